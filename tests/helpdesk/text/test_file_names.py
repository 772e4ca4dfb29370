"""Names of files: shown as they are, without what could hurt."""

from __future__ import annotations

import pytest

from helpdesk.text.file_names import MOST_OCTETS, shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.pdf", "report.pdf"), ("Bericht über Öl.pdf", "Bericht über Öl.pdf"), ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.txt", "b.txt"), ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"), ("\u202egnp.exe", "gnp.exe"),
        ("\u200b.htaccess", "htaccess"), ("", "file"), ("...", "file"), ("/", "file"), ("a\0b", "ab"), ('q"uote<1>.html', "q_uote_1_.html"),
    ],
)  # fmt: skip
def test_a_name_is_fit_to_be_shown(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize("name", ["x" * 5000 + ".pdf", "ü" * 5000 + ".pdf", "🙂" * 200])
def test_a_long_name_keeps_its_extension(name: str) -> None:
    shown = shown_name(name)
    assert len(shown.encode()) <= MOST_OCTETS
    assert shown.endswith(".pdf") == name.endswith(".pdf")
