"""HTML as text that a person can read."""

from __future__ import annotations

import pytest

from mail_ingest.parsing import html_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hello <b>bold</b> world", "Hello bold world"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one<div>two</div>three</div>", "one\ntwo\nthree"),
        ("<ul><li>a<li>b</ul>after", "- a\n- b\n\nafter"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<blockquote>quoted<br>twice</blockquote>new", "> quoted\n> twice\n\nnew"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a&nbsp;&lt;b&gt; &amp; c", "a <b> & c"),
        ("  lots \n of\t space  ", "lots of space"),
        ("a<hr>b", "a\n----\nb"),
        ('<a href="https://x.test/a">here</a>', "here <https://x.test/a>"),
        ('<a href="https://x.test/">x.test</a>', "x.test"),
        ('<a href="mailto:a@x.test">write</a>', "write <a@x.test>"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<img src="a.png" alt="logo">', "logo"),
        ('<div style="display:none">preheader</div>shown', "shown"),
        ('<span style="visibility: hidden">x</span><span style="mso-hide:all">y</span><p hidden>z</p>shown', "shown"),
        ('<span style="font-size:0px">x</span><span style="font-size:10px">shown</span>', "shown"),
        ("<style>p{}</style><script>alert(1)</script><title>t</title>shown<!-- comment -->", "shown"),
        ("<p>unclosed <b>everything", "unclosed everything"),
        ("", ""),
    ],
)
def test_html_is_rendered(html: str, text: str) -> None:
    assert html_text.render(html) == text


def test_deep_html_loses_its_looks_and_keeps_its_words() -> None:
    assert html_text.render("<div>" * 300 + "deep<br>words" + "</div>" * 300) == "deep\nwords"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b &amp; c</p>", "a\n\nb & c"),
        ("<style>p{}</style>a<!-- x -->b", "a b"),
        ("a < b", "a < b"),
        ("unclosed <b", "unclosed"),
    ],
)
def test_tags_are_stripped_without_a_tree(html: str, text: str) -> None:
    assert html_text.stripped(html) == text
