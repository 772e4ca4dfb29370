"""Markdown as people type it on the web, made into HTML that is safe to show."""

from __future__ import annotations

from markdown_it import MarkdownIt

from helpdesk.text import safe_html

LONGEST = 20_000  # the time grows with the square: 0.2 s for 20,000 opening brackets
# a line break that somebody typed stays one: this is mail, not a book
_markdown = MarkdownIt("js-default", {"html": False, "breaks": True, "linkify": False})


def to_html(text: str) -> str | None:
    """Sanitised HTML of a Markdown text; None where it is too much for a reader of HTML: show the text as it is."""
    return safe_html.sanitise(_markdown.render(text)) if len(text) <= LONGEST else None
