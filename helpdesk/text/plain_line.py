"""Markdown as one line of plain words: the beginning of a text in a list, where its marks would only be in the way."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(?:```|~~~)[^\n]*$", re.MULTILINE)
_RULE = re.compile(r"^ {0,3}(?:[-_*=] ?){3,}$", re.MULTILINE)
_BEFORE_A_LINE = re.compile(r"^[ \t]*(?:>[ \t]?)*[ \t]*(?:#{1,6}[ \t]+|[-*+][ \t]+)?", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,500}(?:\)|\Z)|<(https?://[^<>\s]{1,500})>")
# marks that stand close to a word on one side and not inside one: 2 * 3 and snake_case keep theirs
_EMPHASIS = re.compile(r"(?<![\w*_~\\])(\*{1,3}|_{1,3}|~~)(?=[^\s*_~])([^\n]{0,400}?[^\s\\])\1(?![\w*])")
_BOLD_INSIDE = re.compile(r"\*\*(?=\S)([^*\n]{0,400}?\S)\*\*")
_CODE = re.compile(r"(`{1,3})(?=[^`])([^\n]{0,400}?[^`])\1(?!`)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS = (
    (_FENCE, ""), (_RULE, ""), (_BEFORE_A_LINE, ""), (_LINK, r"\1\2"), (_CODE, r"\2"), (_BOLD_INSIDE, r"\1"),
    (_EMPHASIS, r"\2"), (_EMPHASIS, r"\2"), (_ESCAPE, r"\1"),  # twice: one inside the other
)  # fmt: skip
_READ = 8  # so many characters are read for each that is shown: marks and addresses may be longer than their words


def plain_line(text: str, most: int) -> str:
    """The beginning of a Markdown text as one line without its marks, at most so many characters and "…" where more follows."""
    read = text[: most * _READ]
    for pattern, kept in _MARKS:
        read = pattern.sub(kept, read)
    line = " ".join("".join(one if one.isprintable() else " " for one in read).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
