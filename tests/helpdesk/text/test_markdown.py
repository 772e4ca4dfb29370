"""Markdown from the web becomes HTML in which nothing runs."""

from __future__ import annotations

import pytest

from helpdesk.text import markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** `code`", "<p><strong>bold</strong> <code>code</code></p>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n"),
    ],
)
def test_markdown_is_rendered_and_html_in_it_is_text(text: str, html: str) -> None:
    assert markdown.to_html(text) == html


def test_a_link_opens_elsewhere_and_tells_nothing_and_a_remote_image_is_not_loaded() -> None:
    html = markdown.to_html("[x](https://example.com) ![i](https://example.com/i.png)") or ""
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'data-remote-src="https://example.com/i.png"' in html
    assert ' src="' not in html


def test_what_is_too_long_to_render_stays_text() -> None:
    assert markdown.to_html("[" * (markdown.LONGEST + 1)) is None
