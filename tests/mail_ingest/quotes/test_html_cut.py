"""The HTML of a reply shows just what its text shows."""

from __future__ import annotations

import pytest

from mail_ingest import reply_text
from mail_ingest.parsing import html_text
from mail_ingest.quotes import html_cut

GMAIL = (
    '<div dir="ltr">It is <b>red</b>:<div><img src="cid:light@example.com" alt="light.png"></div></div><br>'
    '<div class="gmail_quote"><div class="gmail_attr">On Tue, Mar 3, 2026 at 10:00 AM Bob &lt;<a href="mailto:bob@help.test">bob@help.test</a>&gt; wrote:<br></div>'
    '<blockquote class="gmail_quote"><div>Which colour?<img src="cid:logo@help.test"></div></blockquote></div>'
)
OUTLOOK = (
    "<body><div><p>It is <i>red</i>.</p><p>Alice</p></div>"
    '<div id="divRplyFwdMsg"><b>From:</b> Bob &lt;bob@help.test&gt;<br><b>Sent:</b> Tuesday<br><b>To:</b> Alice<br><b>Subject:</b> x</div>'
    '<div><table><tr><td>Which colour?</td><td><img src="https://help.test/a.png"></td></tr></table></div></body>'
)
APPLE_BETWEEN = (
    '<div>On 3 Mar 2026, at 10:00, Bob &lt;bob@help.test&gt; wrote:</div><blockquote type="cite"><div>Which colour?</div></blockquote>'
    '<div>It is <b>red</b>.</div><blockquote type="cite"><div>And the trays?</div></blockquote><div>Full.</div>'
)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (
            GMAIL,
            '<div dir="ltr">It is <b>red</b>:<div><img src="cid:light@example.com" alt="light.png" loading="lazy"></div></div><br>',
        ),
        (
            OUTLOOK,
            "<div><p>It is <i>red</i>.</p></div>",
        ),
        (
            APPLE_BETWEEN,
            "<blockquote><div>Which colour?</div></blockquote><div>It is <b>red</b>.</div>"
            "<blockquote><div>And the trays?</div></blockquote><div>Full.</div>",
        ),
        (
            "It is <b>red</b>.<br>-- <br>Alice<br><img src='cid:logo@example.com'>",
            "It is <b>red</b>.<br>-- <br>",
        ),
        (
            "<div>On Tue, 3 Mar 2026 at 10:00, Bob &lt;bob@help.test&gt; wrote:<blockquote type=cite>Colour?</blockquote></div><p>It is <b>red</b>.</p>",
            "<p>It is <b>red</b>.</p>",
        ),
        (
            "<pre>It is red.\n\nOn Tue, 3 Mar 2026 at 10:00, Bob &lt;bob@help.test&gt; wrote:\n&gt; Which colour?\n</pre>",
            "<pre>It is red.\n\n</pre>",
        ),
    ],
    ids=["a container", "a header block and a name", "answers between quotes", "a signature", "below the quote", "inside one text"],
)  # fmt: skip
def test_formatting_and_pictures_of_the_answer_stay(html: str, shown: str) -> None:
    reply = reply_text.visible(html_text.render(html), html, sender_name="Alice Archer")
    assert reply.trimmed or reply.signature
    assert reply.html is not None
    assert reply.html.strip() == shown


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("It is *red*:\n[image: light.png]", True),
        ("It is red:\n\n[cid:light@example.com]", True),
        ("It is red:", True),
        ("It is red: light.png", True),
        ("It is blue:", False),
        ("It is", True),
        ("red", True),
        ("It is red: and more", False),
        ("???", False),
        ("", False),
    ],
)
def test_only_what_reads_like_the_text_is_shown(text: str, same: bool) -> None:
    found = html_cut.cut(GMAIL, text)
    assert (found is not None) == same
    assert found is None or "colour" not in found


def test_a_text_part_of_its_own_decides_what_is_shown() -> None:
    text = "It is *red*:\n[image: light.png]\n\nOn Tue, Mar 3, 2026 at 10:00 AM Bob <bob@help.test> wrote:\n\n> Which colour?\n"
    reply = reply_text.visible(text, GMAIL)
    assert reply.visible == "It is *red*:\n[image: light.png]"
    assert reply.html is not None
    assert "<b>red</b>" in reply.html
    assert "logo" not in reply.html
    other = reply_text.visible(text.replace("red", "green"), GMAIL)
    assert (other.visible.startswith("It is *green*"), other.html) == (True, None)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Yes.</p><p style='display:none'>secret</p>",
        "<p>Yes.<span hidden>secret</span></p>",
        "<p>Yes.</p><blockquote>Yes.</blockquote><p>No</p>",
        "<p>Ye<script>alert(1)</script>s.</p><p>x</p>",
        "<p>Yes.</p>" + "<div>" * 300,
    ],
)
def test_what_the_text_hides_never_shows(html: str) -> None:
    found = html_cut.cut(html, "Yes.")
    assert found is None or html_text.render(found).strip() == "Yes."
    assert found is None or "secret" not in found
    assert found is None or "script" not in found


def test_words_that_stand_in_two_places_are_not_guessed() -> None:
    assert html_cut.cut("<p>a</p><p>Yes</p><p>b</p><p>Yes</p><p>c</p>", "Yes") is None
    assert html_cut.cut("<p>a</p><p>Yes</p><p>c</p>", "Yes") == "<p>Yes</p>"


def test_a_mail_that_is_shown_whole_has_no_html_of_its_own() -> None:
    assert reply_text.visible("It is red.", "<p>It is <b>red</b>.</p>").html is None
    assert reply_text.visible("It is red.\n\nOn 3 Mar 2026 at 10:00, Bob <bob@help.test> wrote:\n> Colour?", None).html is None
