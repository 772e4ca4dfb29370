"""How much HTML of a stranger is given to a tree builder: the time of every known one grows with size times depth.

One linear scan decides; what is above a cap is shown as plain text, and the original is kept.
"""

from __future__ import annotations

import re

MOST_CHARACTERS = 1024 * 1024
MOST_DEPTH = 200
MOST_ATTRIBUTES = 200
# Content of a table outside its cells is moved before the table, and an option is copied to its select: both in quadratic time.
MOST_MISPLACED = 2_000
MOST_OPTIONS = 500

# Comments and tags as the HTML standard's tokenizer ends them: a quote counts only after "=", an unclosed one takes the rest.
_ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+"""
_MARK = re.compile(rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<(/?)([a-zA-Z][^\s/>]*+)((?:[\s/]++|{_ATTRIBUTE})*+)(?:>|\Z)", re.DOTALL)
_NO_DEPTH = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p", "li",
     "td", "th", "tr", "tbody", "thead", "tfoot", "colgroup", "option", "dt", "dd", "html", "head", "body", "basefont", "bgsound",
     "frame")
)  # fmt: skip
_OPAQUE = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"))
_CELLS = frozenset(("td", "th", "caption"))
_ROWS = frozenset(("tr", "tbody", "thead", "tfoot", "col", "colgroup"))


def exceeded(html: str) -> str | None:
    """The cap that this HTML exceeds (1 MiB, depth 200 and others), or None; the depth is never underestimated."""
    if len(html) > MOST_CHARACTERS:
        return "1 MiB of HTML"
    if "<" not in html:
        return None
    count = _Count(foreign=re.search(r"<(?:svg|math)", html, re.IGNORECASE) is not None)
    for mark in _MARK.finditer(html):
        closing, name, attributes = mark.groups()
        if name is None:
            continue
        tag = name.lower() if name.isascii() else name
        if closing:
            count.close(tag)
        else:
            count.open(tag)
            if len(attributes) > 2_000 and attributes.count("=") > MOST_ATTRIBUTES:
                return "200 attributes in one HTML tag"
            if count.depth > MOST_DEPTH:
                return "200 levels of HTML"
            if count.misplaced > MOST_MISPLACED:
                return "2,000 elements outside the cells of an HTML table"
            if count.options > MOST_OPTIONS:
                return "500 options in HTML"
    return None


class _Count:
    """What is open after each tag.

    Openings count everywhere but in comments; closings only where a browser sees them too: not inside raw text, and in documents
    with SVG or MathML (`foreign`), whose rules differ, not at all.
    """

    def __init__(self, *, foreign: bool) -> None:
        self.depth = self.misplaced = self.options = 0
        self._foreign = foreign
        self._open: dict[str, int] = {}
        self._opaque = ""
        self._in_cell: list[bool] = []

    def open(self, tag: str) -> None:
        self.options += tag == "option"
        if self._in_cell and tag not in _ROWS and tag not in _CELLS and not self._in_cell[-1]:
            self.misplaced += 1
        if self._in_cell and (tag in _CELLS or tag in _ROWS):
            self._in_cell[-1] = tag in _CELLS and not self._foreign
        if tag in _NO_DEPTH and not self._foreign:
            return
        self.depth += 1
        self._open[tag] = self._open.get(tag, 0) + 1
        if tag == "table":
            self._in_cell.append(False)
        if tag in _OPAQUE and not self._opaque:
            self._opaque = tag

    def close(self, tag: str) -> None:
        if self._opaque:
            if tag != self._opaque:
                return
            self._opaque = ""
        elif self._foreign:
            return
        if self._in_cell and (tag in _CELLS or tag in _ROWS):
            self._in_cell[-1] = False
        if self._open.get(tag, 0):
            self._open[tag] -= 1
            self.depth -= 1
            if tag == "table":
                self._in_cell.pop()
