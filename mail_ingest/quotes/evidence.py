"""Small signs that a text speaks of a mail: a time of day, a date, an address. All are linear."""

from __future__ import annotations

import re

LONGEST_LINE = 1_000  # a longer line is nobody's introduction, header or signature

TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時时시]\s?\d\d(?!\d)|(?<!\d)\d{1,2} ?[ap]\.?m\b")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)")


def has_address(text: str) -> bool:
    """Is there an "@" between two letters or digits?"""
    at = text.find("@")
    while at >= 0:
        if 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum():
            return True
        at = text.find("@", at + 1)
    return False
