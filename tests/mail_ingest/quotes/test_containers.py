"""Quotes in HTML: what is marked for certain, and what is not."""

from __future__ import annotations

import pytest

from mail_ingest.quotes import containers
from mail_ingest.quotes.marks import Mark


@pytest.mark.parametrize(
    ("html", "lines", "marks", "container"),
    [
        ("<p>A</p>", ["A"], {}, None),
        ("A<blockquote>B</blockquote>", ["A", "> B"], {"> B": Mark.SOFT}, None),
        ('A<blockquote type="cite">B</blockquote>', ["A", "> B"], {}, "blockquote type=cite"),
        ('A<div id="divRplyFwdMsg">B</div>', ["A", "", "B"], {"": Mark.ANCHOR}, "divRplyFwdMsg"),
        ('A<div class="gmail_signature">B</div>', ["A", "B"], {"B": Mark.SIGNATURE}, None),
        ('A<div class="moz-cite-prefix">B</div>', ["A", "B"], {"B": Mark.INTRODUCTION}, None),
        ("A<div data-helpdesk-quote>B</div>C", ["A", "B", "C"], {"B": Mark.QUOTED}, "marker"),
    ],
)
def test_lines_and_certain_marks(html: str, lines: list[str], marks: dict[str, Mark], container: str | None) -> None:
    rendered = containers.render(html)
    assert [line for line in rendered.lines if line.strip() or line in marks] == lines
    assert {rendered.lines[i]: mark for i, mark in rendered.marks.items()} == marks
    assert rendered.container == container


def test_html_above_the_caps_becomes_plain_lines() -> None:
    rendered = containers.render("<div>" * 500 + "A" + "</div>" * 500)
    assert (rendered.lines, rendered.marks) == (["A"], {})


def test_signs_of_ours_in_the_mail_mean_nothing() -> None:
    rendered = containers.render("".join(chr(0xF2C0 + i) for i in range(9)) + "A")
    assert (rendered.lines, rendered.marks) == (["A"], {})
