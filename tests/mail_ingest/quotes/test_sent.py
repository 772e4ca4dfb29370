"""Which lines are ours: words compared in runs, whatever wraps or marks them."""

from __future__ import annotations

import pytest

from mail_ingest.quotes import sent

OURS = "Please unplug the printer, wait for thirty seconds, and plug it in again."


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        (OURS, True),
        (f"> {OURS}", True),
        (f"> *{OURS.upper()}*", True),
        (OURS.replace(" ", "\u00a0"), True),
        ("Please unplug the printer and send it to me, since it is broken for good.", False),
        ("wait for thirty seconds", False),
        ("", False),
    ],
)
def test_a_line_is_ours_when_its_words_stand_in_a_run_that_we_sent(line: str, ours: bool) -> None:
    assert sent.coverage([line], [OURS]).ours == (ours,)


def test_scripts_without_blanks_are_compared_by_sign() -> None:
    text = "请先拔掉打印机的电源插头等待三十秒然后重新插上"
    assert sent.coverage([text[:11], text[11:], "好的"], [text]).ours == (True, True, False)


def test_the_share_tells_how_much_of_our_text_was_found() -> None:
    assert sent.coverage([OURS], [OURS]).share == 1.0
    assert sent.coverage(["something else"], [OURS]).share == 0.0
    assert sent.coverage([OURS], []).share == 0.0
