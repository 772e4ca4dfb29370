"""How browsers are called."""

from __future__ import annotations

import pytest

from web.pages.access import words


@pytest.mark.parametrize(
    ("agent", "name", "phone"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux", False),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36 Edg/138.0",
            "Edge on Windows",
            False,
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
            "Safari on macOS",
            False,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 CriOS/138 Mobile Safari/604.1",
            "Chrome on iPhone",
            True,
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36", "Chrome on Android", True),
        ("curl/8.9", "curl", False),
        ("", "Another browser", False),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, name: str, phone: bool) -> None:
    assert (words.browser(agent), words.is_phone(agent)) == (name, phone)
