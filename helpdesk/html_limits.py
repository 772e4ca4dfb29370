"""How much HTML of a stranger is given to a tree builder: the time of every known one grows with size times depth.

One linear scan decides; what is above a cap is shown as plain text, and the original is kept.
"""

from __future__ import annotations

import re

MOST_CHARACTERS = 1024 * 1024
MOST_DEPTH = 200
MOST_ATTRIBUTES = 200

_COMMENT_OR_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(/?)([a-zA-Z][^\s/>]*+)((?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>\"'][^\s>]*+)?+)?+)*+)(?:>|\Z)",
    re.DOTALL,
)
_NO_DEPTH = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p", "li", "td",
     "th", "tr", "tbody", "thead", "tfoot", "colgroup", "option", "dt", "dd", "html", "head", "body", "basefont", "bgsound", "frame")
)  # fmt: skip
_OPAQUE = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"))


def exceeded(html: str) -> str | None:
    """The cap that this HTML exceeds (1 MiB, depth 200, 200 attributes in a tag), or None; the depth is never underestimated.

    Openings count everywhere but in comments; closings only where a browser sees them too: not inside raw text, and in documents
    with SVG or MathML, whose rules differ, not at all.
    """
    if len(html) > MOST_CHARACTERS:
        return "1 MiB of HTML"
    lower = html.lower()
    if "<" not in lower:
        return None
    foreign = "<svg" in lower or "<math" in lower
    open_: dict[str, int] = {}
    depth = 0
    opaque = ""
    for mark in _COMMENT_OR_TAG.finditer(lower):
        closing, tag, attributes = mark.groups()
        if tag is None or tag in _NO_DEPTH and not foreign:
            continue
        if closing:
            if opaque:
                if tag == opaque:
                    opaque = ""
                    open_[tag] -= 1
                    depth -= 1
            elif not foreign and open_.get(tag, 0):
                open_[tag] -= 1
                depth -= 1
            continue
        depth += 1
        open_[tag] = open_.get(tag, 0) + 1
        if tag in _OPAQUE and not opaque:
            opaque = tag
        if depth > MOST_DEPTH:
            return "200 levels of HTML"
        if len(attributes) > 2_000 and attributes.count("=") > MOST_ATTRIBUTES:
            return "200 attributes in one HTML tag"
    return None
