"""Words of a search are marked in what people read, and nothing else changes."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from web.pages.highlight import marked


@pytest.mark.parametrize(
    ("html", "q", "expected"),
    [
        ("Plain <b> & words", "words", "Plain &lt;b&gt; &amp; <mark>words</mark>"),
        (Markup('<a href="/word">a word</a>'), "word", '<a href="/word">a <mark>word</mark></a>'),
        (Markup("a &amp; b &lt;amp&gt;"), "amp lt", "a &amp; b &lt;<mark>amp</mark>&gt;"),
        ("sword wordy", "word", "sword <mark>word</mark>y"),
        ("a.b axb", "a.b", "<mark>a.b</mark> axb"),
        ("Über", "über", "<mark>Über</mark>"),
        ("<x>", "<x>", "&lt;x&gt;"),
        ("a b", "a", "a b"),
        ("text", "  ", "text"),
    ],
)
def test_marking(html: str | Markup, q: str, expected: str) -> None:
    assert marked(html, q) == expected
