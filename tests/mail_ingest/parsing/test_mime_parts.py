"""Which parts are the text, which are attachments, and what their octets are."""

from __future__ import annotations

import base64
import binascii

import pytest

from mail_ingest import parse
from mail_ingest.mail import ParsedMail
from tests.mail_ingest.mails import mail, multipart, part

PLAIN = part("text/plain", "plain")
HTML = part("text/html", "<p>rich</p>")
PDF = part('application/pdf; name="a.pdf"', base64.b64encode(b"%PDF"), "Content-Transfer-Encoding: base64")
IMAGE = part("image/png", b"PNG", "Content-ID: <logo@x.test>")


def _files(read: ParsedMail) -> list[tuple[str, str, bytes, bool]]:
    return [(one.filename, one.content_type, one.content, one.inline) for one in read.attachments]


@pytest.mark.parametrize(
    ("raw", "text", "html"),
    [
        (multipart("alternative", PLAIN, HTML), "plain", "<p>rich</p>"),
        (multipart("alternative", HTML, PLAIN), "plain", "<p>rich</p>"),
        (multipart("alternative", part("text/plain", " "), HTML), "rich", "<p>rich</p>"),
        (multipart("mixed", PLAIN, part("text/plain", "footer")), "plain\nfooter", None),
        (multipart("mixed", HTML, part("text/plain", "a < b")), "rich\na < b", "<p>rich</p>\n<div>a &lt; b</div>"),
        (mail("Content-Type: text/html", body="<p>rich</p>"), "rich", "<p>rich</p>"),
        (mail("Content-Type: text", body="plain"), "plain", None),
        (mail("Content-Type: text/enriched", body="<bold>strong</bold> <<x>"), "strong <x>", None),
        (mail('Content-Type: text/plain; name="letter.txt"', body="plain"), "plain", None),
        (mail("Content-Transfer-Encoding: quoted-printable", body="a=\r\nb=20c"), "ab c", None),
        (mail("Content-Transfer-Encoding: x-unknown", body="plain"), "plain", None),
        (mail("Content-Transfer-Encoding: base64", body="cGxhaW4=\r\n_____\r\nlist footer\r\n"), "plain", None),
    ],
)
def test_the_text_is_what_the_reader_is_meant_to_see(raw: bytes, text: str, html: str | None) -> None:
    read = parse.parse(raw)
    assert (read.text, read.html, read.attachments) == (text, html, ())


def test_attachments_keep_their_octets_and_marks() -> None:
    read = parse.parse(
        multipart("mixed", PLAIN, PDF, IMAGE, part("text/csv", "a;b", 'Content-Disposition: attachment; filename="t.csv"'))
    )
    assert _files(read) == [
        ("a.pdf", "application/pdf", b"%PDF", False),
        ("attachment-2.png", "image/png", b"PNG", True),
        ("t.csv", "text/csv", b"a;b", False),
    ]
    assert read.attachments[1].content_id == "logo@x.test"
    assert read.text == "plain"


def test_images_of_a_related_part_are_inline() -> None:
    read = parse.parse(multipart("related", part("text/html", '<img src="cid:logo@x.test">'), IMAGE))
    assert read.html == '<img src="cid:logo@x.test">'
    assert [(one.content_id, one.inline) for one in read.attachments] == [("logo@x.test", True)]


@pytest.mark.parametrize(
    ("attached", "filename", "content_type"),
    [
        (part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR"), "invite.ics", "text/calendar"),
        (part('application/ms-tnef; name="winmail.dat"', "TNEF"), "winmail.dat", "application/ms-tnef"),
        (part("application/pkcs7-signature", "sig"), "attachment-1.p7s", "application/pkcs7-signature"),
        (part("application/pgp-encrypted", "Version: 1"), "attachment-1.txt", "application/pgp-encrypted"),
        (
            part("message/delivery-status", "Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\n"),
            "delivery-status.txt",
            "message/delivery-status",
        ),
        (part('text/plain; name="notes.txt"', "note"), "notes.txt", "text/plain"),
    ],
)
def test_special_parts_are_kept_as_attachments(attached: bytes, filename: str, content_type: str) -> None:
    read = parse.parse(multipart("mixed", PLAIN, attached))
    assert [(one.filename, one.content_type) for one in read.attachments] == [(filename, content_type)]
    assert read.text == "plain"


NESTED = b"From: charlie@example.org\r\nSubject: The other one\r\n\r\ninner text\r\n"


def test_an_attached_mail_is_one_attachment() -> None:
    read = parse.parse(multipart("mixed", PLAIN, part("message/rfc822", NESTED)))
    assert [(one.filename, one.content_type) for one in read.attachments] == [("The other one.eml", "message/rfc822")]
    assert b"inner text" in read.attachments[0].content
    assert b"Subject: The other one" in read.attachments[0].content
    assert read.text == "plain"


def test_the_text_of_an_attached_mail_shows_where_it_is_the_only_text() -> None:
    read = parse.parse(multipart("mixed", part("message/rfc822", NESTED)))
    assert read.text.strip() == "inner text"
    assert len(read.attachments) == 1


def test_an_attached_mail_in_base64_keeps_its_octets() -> None:
    attached = part('message/rfc822; name="fwd"', base64.b64encode(NESTED), "Content-Transfer-Encoding: base64")
    read = parse.parse(multipart("mixed", PLAIN, attached))
    assert (read.attachments[0].filename, read.attachments[0].content) == ("fwd.eml", NESTED)


def test_a_uuencoded_file_in_the_text_becomes_an_attachment() -> None:
    lines = b"".join(binascii.b2a_uu(b"content of a file"[i : i + 9]) for i in range(0, 17, 9))
    read = parse.parse(mail(body=b"before\nbegin 644 a.txt\n" + lines + b"`\nend\nafter\n"))
    assert _files(read) == [("a.txt", "application/octet-stream", b"content of a file", False)]
    assert read.text == "before\n\nafter\n"


def test_prose_that_begins_like_uuencoding_stays_text() -> None:
    assert (
        parse.parse(mail(body="begin 644 things\nöß is no uuencoding\nend\n")).text
        == "begin 644 things\nöß is no uuencoding\nend\n"
    )


@pytest.mark.parametrize("fields", ["Content-Type: multipart/mixed", "Content-Type: multipart/mixed; boundary=absent"])
def test_a_multipart_without_parts_is_text(fields: str) -> None:
    read = parse.parse(mail(fields, body="only words\r\n"))
    assert "only words" in read.text


def test_broken_base64_gives_what_can_be_read() -> None:
    read = parse.parse(multipart("mixed", part('application/pdf; name="a.pdf"', "JVBE!Rg", "Content-Transfer-Encoding: base64")))
    assert read.attachments[0].content == b"%PDF"
    assert "base64-malformed" in read.defects


def test_html_over_its_cap_is_shown_as_plain_text() -> None:
    read = parse.parse(mail("Content-Type: text/html", body="<div>" * 1_000 + "deep" + "</div>" * 1_000))
    assert (read.text, "html-over-cap" in read.defects) == ("deep", True)
