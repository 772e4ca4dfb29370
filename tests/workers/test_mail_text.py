from __future__ import annotations

import re

import pytest

from workers.mail_text import LONGEST, as_html, as_text


def _bare(html: str) -> str:
    return re.sub(r' (?:style|class)="[^"]*"', "", html)


@pytest.mark.parametrize(
    ("content", "html"),
    [
        pytest.param("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>", id="paragraphs and line breaks"),
        pytest.param("one\r\ntwo\rthree", "<p>one<br>\ntwo<br>\nthree</p>", id="any line ends"),
        pytest.param("> asked\n>again\nanswered", "<blockquote>asked<br>\nagain</blockquote>\n<p>answered</p>", id="quotes"),
        pytest.param("- one\n* two\n1. three", "<ul><li>one</li>\n<li>two</li></ul>\n<ol><li>three</li></ol>", id="lists"),
        pytest.param("```\na < b\n\n- c\n```\nd", "<pre>a &lt; b\n\n- c</pre>\n<p>d</p>", id="fenced code"),
        pytest.param("```\nnever closed", "<pre>never closed</pre>", id="a fence left open"),
        pytest.param("use `a<b` and **now**", "<p>use <code>a&lt;b</code> and <strong>now</strong></p>", id="inline code and bold"),
        pytest.param("# 3 is no heading, 2 * 3 * 4", "<p># 3 is no heading, 2 * 3 * 4</p>", id="what mail means literally stays"),
        pytest.param(
            "see https://example.com/a?b=1&c=2.",
            '<p>see <a href="https://example.com/a?b=1&amp;c=2">https://example.com/a?b=1&amp;c=2</a>.</p>',
            id="a link without the full stop",
        ),
        pytest.param(
            "(https://example.com/x_(y))",
            '<p>(<a href="https://example.com/x_(y)">https://example.com/x_(y)</a>)</p>',
            id="a link in brackets",
        ),
        pytest.param(
            "[the page](https://example.com/)",
            '<p><a href="https://example.com/">the page</a></p>',
            id="words that link",
        ),
        pytest.param("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>", id="only http and https are links"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_an_agent_wrote_is_shown(content: str, html: str) -> None:
    assert _bare(as_html(content, by_staff=True)) == html


def test_words_of_outsiders_never_hide_where_a_link_leads() -> None:
    html = _bare(as_html("[https://bank.example](https://evil.example/)", by_staff=False))
    assert html == '<p>https://bank.example (<a href="https://evil.example/">https://evil.example/</a>)</p>'


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "`<svg onload=alert(1)>`",
        "**<b onclick=x>**",
        "```\n</pre><script>\n```",
        '[<img src=x>](https://example.com/"onmouseover=alert(1))',
        'https://example.com/"onmouseover="alert(1)',
        "- <iframe srcdoc=x>",
        "> <math><mi//xlink:href=data:x>",
        "{{ 7*7 }}",
    ],
)
def test_everything_people_write_is_escaped(content: str) -> None:
    html = as_html(content, by_staff=True)
    assert set(re.findall(r"<(/?\w+)", html)) <= {
        one for tag in ("p", "br", "a", "ul", "li", "pre", "code", "strong", "blockquote") for one in (tag, f"/{tag}")
    }  # fmt: skip
    assert all(set(re.findall(r'([\w-]+)="', tag)) <= {"style", "class", "href"} for tag in re.findall(r"<[^>]+>", html))


def test_characters_that_turn_or_hide_text_are_taken_out() -> None:
    assert as_text("a\u202eb\u2066c\x00d\x1be\u200ff\ud800") == "abcdef"
    assert as_text("👩\u200d💻\tx\u2028y") == "👩\u200d💻\tx\ny"


def test_a_very_long_message_is_cut_and_says_so() -> None:
    text = as_text("x" * 1_000_000)
    assert len(text) < LONGEST + 200
    assert text.endswith("the rest is on the page of the ticket.]")


@pytest.mark.parametrize(
    "content",
    [
        "[" * LONGEST,
        "`" * LONGEST,
        "**" * (LONGEST // 2),
        "https://" * (LONGEST // 8),
        "> " * (LONGEST // 2),
        "(" * 100 + ")" * LONGEST,
    ],
    ids=["brackets", "backticks", "stars", "links", "quotes", "closing"],
)
def test_no_text_makes_it_slow(content: str) -> None:
    # the bound is the linear work itself: a quadratic reader would need hours and the run would never end
    assert as_html("https://example.com/" + content, by_staff=True)
