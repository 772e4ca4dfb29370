"""Reading a whole mail: what comes out of ordinary, broken and hostile bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mail_ingest import parse
from mail_ingest.mail import Address
from tests.mail_ingest.mails import HEAD, mail, multipart, part

ALICE = Address("Alice", "alice@example.com")


def test_an_ordinary_mail_is_read_without_defects() -> None:
    raw = mail(
        "Cc: bob@help.test, Charlie <charlie@example.org>",
        "Reply-To: desk@example.com",
        "Message-ID: <1@example.com>",
        "In-Reply-To: <0@help.test>",
        "References: <a@help.test>,<0@help.test>",
        "Date: Tue, 03 Mar 2020 10:00:00 +0100",
        "Content-Type: text/plain; charset=utf-8",
        body="Grüße\r\n",
    )
    read = parse.parse(raw)
    assert (read.sender, read.to) == (ALICE, (Address("Support", "support@help.test"),))
    assert [one.address for one in read.cc] == ["bob@help.test", "charlie@example.org"]
    assert [one.address for one in read.reply_to] == ["desk@example.com"]
    assert (read.subject, read.message_id, read.in_reply_to) == ("Printer", "1@example.com", ("0@help.test",))
    assert read.references == ("a@help.test", "0@help.test")
    assert read.date == datetime(2020, 3, 3, 9, 0, tzinfo=UTC)
    assert (read.text, read.html, read.attachments, read.content_type) == ("Grüße\n", None, (), "text/plain")
    assert read.first("CC") == "bob@help.test, Charlie <charlie@example.org>"
    assert read.defects == ()


@pytest.mark.parametrize(
    ("raw", "subject", "defect"),
    [
        (b"", "", "empty-mail"),
        (b"\r\n\r\n", "", "empty-mail"),
        (b"Just some words\r\nand more: of them\r\n", "", "header-block-missing"),
        (HEAD.replace(b"Subject", b"no colon here\r\nSubject") + b"\r\nHello", "Printer", "header-line-without-colon"),
        (b"From alice@example.com Tue Mar 3 10:00:00 2020\r\n" + HEAD + b"\r\nHello", "Printer", None),
        (b"\r\n\r\n" + HEAD + b"\r\nHello", "Printer", "blank-before-header"),
        (HEAD.replace(b"\r\n", b"\r") + b"\rHello", "Printer", None),
        (HEAD.replace(b"\r\n", b"\n") + b"\nHello", "Printer", None),
        (HEAD.replace(b"Printer", b"Prin\rter") + b"\r\nHello", "Prin ter", "bare-cr"),
        (HEAD.replace(b"Printer", b"Printer\r\n \r\nX-A: b") + b"\r\nHello", "Printer", "header-line-of-blanks"),
        (HEAD + b"Hello without an empty line\r\nsecond line\r\n", "Printer", "header-end-missing"),
        (HEAD + b"Subject: another\r\n\r\nHello", "Printer", "repeated-subject"),
    ],
)
def test_a_broken_header_block_costs_no_more_than_its_bad_lines(raw: bytes, subject: str, defect: str | None) -> None:
    read = parse.parse(raw)
    assert read.subject == subject
    assert defect is None or defect in read.defects
    if subject:
        assert read.sender == ALICE
        assert "Hello" in read.text
    else:
        assert read.text.strip() == raw.decode().replace("\r\n", "\n").strip()


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ==?=", "Grüße"),
        (b"=?iso-8859-1?q?a?= and =?iso-8859-1?q?b?=", "a and b"),
        (b"=?utf-8?q?not closed", "=?utf-8?q?not closed"),
        (b"=?utf-8?q?two words inside?=", "two words inside"),
        (b"=?utf-99?q?J=F6rg?=", "Jörg"),
        (b"=?unicode_escape?q?=5Cu0041?=", "\\u0041"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("cp1252"), "Grüße"),
        ("שלום עולם".encode("cp1255"), "שלום עולם"),
        (b"=?utf-8?q?x=0D=0ABcc:_mallory=40example=2Eorg?=", "x Bcc: mallory@example.org"),
        ("in\u202evoice\u200b".encode(), "invoice"),
        (b"nul\x00here", "nul here"),
        (b"folded\r\n\tover\r\n two", "folded over two"),
        (b"=?iso-2022-jp?b?GyRCLWIbKEI=?=", "№"),
    ],
)
def test_a_subject_becomes_one_line_of_clean_text(field: bytes, subject: str) -> None:
    hinted = b"Content-Type: text/plain; charset=windows-1255\r\n" if b"\xf9" in field else b""
    read = parse.parse(HEAD.replace(b"Printer", field) + hinted + b"\r\nHello")
    assert read.subject == subject
    assert read.all("bcc") == ()


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 03 Mar 2020 10:00:00 +0000", datetime(2020, 3, 3, 10, tzinfo=UTC)),
        ("3 Mar 20 10:00 EST", datetime(2020, 3, 3, 15, tzinfo=UTC)),
        ("Mon, 03 Mar 2020 10:00:00 +0000 (wrong day)", datetime(2020, 3, 3, 10, tzinfo=UTC)),
        ("Tue, 03 Mar 2020 10:00:00", datetime(2020, 3, 3, 10, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Fri, 31 Dec 9999 23:59:59 +0000", None),
        ("Tue, 99 Mar 2020 10:00:00 +0000", None),
        ("Tue, 03 Mar 99999999999999 10:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_aware_or_none(date: str, expected: datetime | None) -> None:
    assert parse.parse(mail(f"Date: {date}")).date == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("<a@x.test> <b@x.test>", ("a@x.test", "b@x.test")),
        ("<a@x.test>,<b@x.test>", ("a@x.test", "b@x.test")),
        ("a@x.test\r\n b@x.test", ("a@x.test", "b@x.test")),
        ("Your message of Monday <a@x.test>", ("a@x.test",)),
        ("<no-at-sign>", ("no-at-sign",)),
        ("<>", ()),
        ("(comment)", ()),
    ],
)
def test_references_are_split_on_white_space_commas_and_brackets(field: str, expected: tuple[str, ...]) -> None:
    assert parse.parse(mail(f"References: {field}")).references == expected


@pytest.mark.parametrize(
    ("letters", "sign", "is_one"), [(996, "a", True), (997, "a", False), (248, "𠀀", True), (250, "𠀀", False)]
)
def test_an_id_of_more_octets_than_a_line_may_have_is_none(letters: int, sign: str, is_one: bool) -> None:
    identifier = f"{sign * letters}@x"
    head = HEAD + f"Message-ID: <{identifier}>\r\nIn-Reply-To: <{identifier}>\r\nReferences: <a@b> {identifier}\r\n".encode()
    read = parse.parse(mail(head=head))
    assert read.message_id == (identifier if is_one else None)
    assert read.in_reply_to == ((identifier,) if is_one else ())
    assert read.references == (("a@b", identifier) if is_one else ("a@b",))


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        (b"Return-Path: <prvs=1234abcdef=alice@example.com>\r\n", "alice@example.com"),
        (b"Return-Path: <PRVS=1234abcdef=alice@example.com>\r\n", "alice@example.com"),
        (b"Return-Path: <prvs=alice@example.com>\r\n", "prvs=alice@example.com"),
        (b"Return-Path: <>\r\n", ""),
        (b"From: prvs=1234abcdef=alice@example.com\r\n", "alice@example.com"),
        (b"Subject: x\r\n", "unknown@invalid"),
    ],
)
def test_the_envelope_sender_of_a_mail_without_envelope_has_no_tag(head: bytes, sender: str) -> None:
    assert parse.sender_without_envelope(head + b"\r\nx") == sender


def test_the_newest_fifty_references_are_kept() -> None:
    read = parse.parse(mail("References: " + "\r\n ".join(f"<{n}@x.test>" for n in range(10_000 // 20))))
    assert read.references == tuple(f"{n}@x.test" for n in range(450, 500))


def test_text_and_names_never_hold_what_a_database_refuses() -> None:
    raw = multipart("mixed", part("text/plain; charset=utf-7", b"a+2AA-b\x00c"), part('text/x-a; name="a\x00\x1b.txt"', b"x"))
    read = parse.parse(raw.replace(b"Alice", b"Al\x00ice\xff"))
    everything = [read.text, read.subject, *(one.name for one in read.senders), *(one.filename for one in read.attachments)]
    everything += [value for field in read.headers for value in field]
    assert not any("\x00" in text or any("\ud800" <= c <= "\udfff" for c in text) for text in everything)


def test_a_mail_that_no_library_reads_still_has_its_header() -> None:
    read = parse.parse(b"From: Alice <alice@example.com>\r\nSubject: Printer\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3000)
    assert (read.sender, read.subject, read.text, "unreadable" in read.defects) == (ALICE, "Printer", "", True)


def test_the_minimal_scan_reads_the_header_block_only() -> None:
    read = parse.minimal(mail("X-Long: " + "a" * 300_000), "over-cap")
    assert (read.sender, read.subject, read.text, read.attachments) == (ALICE, "Printer", "", ())
    assert "over-cap" in read.defects


def test_message_of_reads_the_repaired_mail() -> None:
    message = parse.message_of(HEAD.replace(b"To:", b"broken line\r\nTo:") + b"\r\nHello")
    assert message["subject"] == "Printer"
    assert parse.message_of(b"")["subject"] is None


def test_the_charset_of_raw_fields_is_detected_in_all_of_them_at_once() -> None:
    fields = [f"X-Word-{n}: {word}".encode("cp1251") for n, word in enumerate("Принтер не работает второй день подряд".split())]
    read = parse.parse(mail(*fields, head=HEAD.replace(b"Printer", "Лампа".encode("cp1251"))))
    assert read.subject == "Лампа"
    assert [read.first(f"x-word-{n}") for n in range(6)] == "Принтер не работает второй день подряд".split()


@pytest.mark.parametrize("field", [b"X-A: =?x-none?q?=D0=D1=FE?=", b"X-A: \xb0\xd1\xfe\xc1"])
def test_a_thousand_fields_that_nothing_reads_are_still_a_mail(field: bytes) -> None:
    read = parse.parse(mail(*[field] * 990))
    assert (read.subject, len(read.all("x-a")), read.text) == ("Printer", 990, "Hello\n")
