"""The words of a search marked in the text that was found: in what a reader sees, never inside a tag or an entity."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

MOST_WORDS = 12
_TAG = re.compile(r"(<[^>]*>)")


def marked(html: Markup | str, words: str) -> Markup:
    """The HTML (plain text is escaped first) with every word of the search in <mark>, wherever it begins a word."""
    safe = escape(html)
    wanted = sorted({str(escape(word)) for word in words.split()[:MOST_WORDS] if len(word) > 1}, key=len, reverse=True)
    if not wanted:
        return safe
    # an entity is passed over whole, so that "amp" is not found in "&amp;"
    pattern = re.compile(rf"&#?\w+;|(?<!\w)({'|'.join(map(re.escape, wanted))})", re.IGNORECASE)
    parts = _TAG.split(safe)
    parts[::2] = [pattern.sub(lambda hit: f"<mark>{hit[0]}</mark>" if hit[1] else hit[0], part) for part in parts[::2]]
    return Markup("".join(parts))  # noqa: S704  (it was safe, and <mark> is added)
