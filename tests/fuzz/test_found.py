"""What the fuzzer has found stays repaired: the smallest mail for each of its finds."""

from __future__ import annotations

import pytest

from mail_ingest import reader_child, reply_text
from mail_ingest.mail import Envelope
from tests.fuzz.invariants import broken, broken_reply

DAEMON = b"Return-Path: <>\nFrom: postmaster@example.org\nSubject: Undeliverable mail\n"
MIXED = (
    b"From: alice@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the mail.\n--b\n"
)
STATUS = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"


@pytest.mark.parametrize("charset", ["idna", "undefined", "punycode", '"utf-8\x00"', "*=utf-8''idna"])
@pytest.mark.parametrize("encoding", ["8bit", "base64", "x-uuencode"])
def test_a_charset_that_is_none_of_text_hides_nothing(charset: str, encoding: str) -> None:
    declared = f"text/plain; charset{'' if charset.startswith('*') else '='}{charset}"
    fields = f"Content-Type: {declared}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    for head in (DAEMON, b"From: alice@example.com\n"):
        reading = reader_child.read(head + fields + "alice@example.com: grün\n".encode(), Envelope("", ()))
        assert broken(reading) == []
        assert reading.mail.text != "" or encoding != "8bit"


@pytest.mark.parametrize(
    "field",
    [
        "Diagnostic-Code: smtp; 550 5.1.1 no\x00body",
        "Diagnostic-Code: smtp; \udce4",
        "Status: 5.1.1\nX-Actual-Recipient: rfc822; a\x00@b.c",
    ],
)
def test_a_delivery_report_holds_what_a_database_takes(field: str) -> None:
    block = f"Final-Recipient: rfc822; alice@example.com\nAction: failed\n{field}\n\n--b--\n".encode("utf-8", "surrogateescape")
    reading = reader_child.read(DAEMON + STATUS + block, Envelope("", ()))
    assert broken(reading) == []
    assert reading.report is not None
    assert [one.action for one in reading.report.recipients] == ["failed"]


@pytest.mark.parametrize(
    "field",
    [
        b"Subject: one\x0cX-Other: two",
        b"Subject: gr\xfcn",
        b"Content-Type: text/plain; charset=idna",
        b"To: " + b"a@b.c, " * 500 + b"d@b.c",
    ],
    ids=["a form feed", "raw octets", "no charset", "long"],
)
def test_an_attached_mail_keeps_its_fields_as_they_were_sent(field: bytes) -> None:
    reading = reader_child.read(MIXED + b"Content-Type: message/rfc822\n\n" + field + b"\n\nHello\n--b--\n", Envelope("", ()))
    assert broken(reading) == []
    assert reading.mail.text.strip() == "See the mail."
    assert [one.content.strip() for one in reading.mail.attachments] == [field + b"\n\nHello"]


def test_a_content_id_ends_at_its_bracket() -> None:
    reading = reader_child.read(
        MIXED + b"Content-Type: image/png\nContent-ID: <light@example.com> x>\n\nx\n--b--\n", Envelope("", ())
    )
    assert [one.content_id for one in reading.mail.attachments] == ["light@example.com"]


def test_a_text_about_html_is_shown_when_the_html_shows_nothing() -> None:
    reply = reply_text.visible("The HTML page is broken.", "<style>p { color: red }</style><img src='cid:x'>")
    assert reply.visible == "The HTML page is broken."


def test_signatures_between_quotes_are_all_kept_somewhere() -> None:
    mail = reader_child.read(b"From: alice@example.com\n\nYes.\n" + b"> a\n-- \nAlice\n" * 50, Envelope("", ())).mail
    assert broken_reply(reply_text.visible(mail.text, None, sender_name="Alice"), mail) == []


def test_a_container_that_begins_between_two_quotes_ends_the_first() -> None:
    long_quote = f"<blockquote type=cite>{'red light ' * 10}</blockquote>"
    html = f"<p>Yes.</p>{long_quote}<div id=divRplyFwdMsg></div><blockquote type=cite>x</blockquote>"
    assert reply_text.visible("", html).visible == "Yes."
