"""What each line of a mail is."""

from __future__ import annotations

import pytest

from mail_ingest.quotes import marks
from mail_ingest.quotes.marks import Mark


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("", Mark.EMPTY), ("\u00a0\u200b", Mark.EMPTY), ("text", Mark.TEXT), ("> text", Mark.QUOTED), (">> text", Mark.QUOTED), ("    > text", Mark.QUOTED),
        ("      > indented", Mark.TEXT), ("-----", Mark.RULE), ("________________", Mark.RULE), ("--", Mark.TEXT), ("-> text", Mark.TEXT), ("< text", Mark.TEXT),
        ("-----Original Message-----", Mark.BANNER), ("Original Message", Mark.TEXT), ("-----Some Message-----", Mark.TEXT),
        ("---------- Forwarded message ----------", Mark.FORWARD), ("Begin forwarded message:", Mark.FORWARD), ("Begin forwarded message", Mark.TEXT),
        ("On Wed, 3 May 2023, Bob wrote:", Mark.INTRODUCTION), ("x" * 2_000 + " wrote:", Mark.TEXT),
    ],
)  # fmt: skip
def test_a_line_gets_its_mark(line: str, mark: Mark) -> None:
    assert marks.mark([line]) == [mark]


def test_all_lines_of_a_broken_introduction_and_of_a_header_block_are_marked() -> None:
    lines = [
        "a",
        "On Wed, May 3, 2023 at 10:00 AM Bob <",
        "bob@help.test> wrote:",
        "",
        "From: Bob",
        "Sent: today",
        "Cc: c@example.com;",
        "d@example.com",
        "Subject: x",
        "",
        "b",
    ]
    assert marks.mark(lines) == [Mark.TEXT, *[Mark.INTRODUCTION] * 2, Mark.EMPTY, *[Mark.HEADER] * 5, Mark.EMPTY, Mark.TEXT]
