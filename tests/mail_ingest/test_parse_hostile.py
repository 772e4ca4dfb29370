"""Mutated and made-up mail: reading never raises, and never lets out what a database refuses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_ingest import parse
from mail_ingest.parsing import caps
from tests.mail_ingest.mails import HEAD, mail, multipart, part

SEEDS = [
    mail(
        "Date: Tue, 03 Mar 2020 10:00:00 +0100",
        "References: <a@x.test> <b@x.test>",
        "Content-Type: text/plain; charset=utf-8",
        body="Grüße",
    ),
    mail("Subject: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "Content-Type: text/html; charset=utf-7", body="<p>+AOQ-</p>"),
    multipart(
        "mixed",
        multipart("alternative", part("text/plain", "a"), part("text/html", "<b>b</b>")).split(b"\r\n", 3)[3],
        part(
            "message/rfc822",
            mail("Content-Type: application/pdf; name=x.pdf", "Content-Transfer-Encoding: base64", body="JVBERi0="),
        ),
        part(
            "text/plain",
            b"c=\r\nd=FF",
            "Content-Transfer-Encoding: quoted-printable",
            "Content-Disposition: attachment; filename*0*=utf-8''%e2",
        ),
        part("message/delivery-status", b"Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n"),
    ),
    mail(body=b"begin 644 a\n#86)C\n`\nend\n"),
]
SPLICES = [
    b"", b"\x00", b"\r", b"\n", b"\r\n\r\n", b"\xff\xfe", b"\xed\xa0\x80", b"=?utf-8?b?", b"?=", b"=?x?q?=00?=", b'"', b"(", b"<", b">", b";",
    b"--frontier--", b"--frontier\r\n", b"Content-Type: multipart/mixed; boundary=frontier\r\n\r\n", b"Content-Type: message/rfc822\r\n\r\n",
    b"charset=unicode_escape", b"charset=undefined", b"charset=idna", b"charset=utf-16", b"filename*=utf-7''%2BAA-", b"filename*999=x;",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n", b"From: bob@help.test\r\n", b"\x1b$B", b"~{",
]  # fmt: skip


def _mutated(seed: bytes, chance: random.Random) -> bytes:
    raw = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(raw))
        if chance.random() < 0.5:
            raw[at:at] = chance.choice(SPLICES)
        elif chance.random() < 0.5:
            del raw[at : at + chance.randint(1, 40)]
        else:
            raw[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 4)))
    return bytes(raw)


def _check(raw: bytes) -> None:
    caps.exceeded(raw)
    read = parse.parse(raw)
    assert "unreadable" not in read.defects
    texts = [
        read.text,
        read.html or "",
        read.subject,
        read.message_id or "",
        read.content_type,
        *read.references,
        *read.in_reply_to,
    ]
    texts += [one.name + one.address for one in (*read.senders, *read.to, *read.cc, *read.reply_to)]
    texts += [text for field in read.headers for text in field]
    for one in read.attachments:
        texts += [one.filename, one.content_type, one.content_id or ""]
        assert isinstance(one.content, bytes)
        assert not set(one.filename) & set('/\\\r\n"<>:')
    joined = "\n".join(texts)
    assert "\x00" not in joined
    joined.encode("utf-8")
    assert read.date is None or (read.date.tzinfo is not None and 1900 <= read.date.year <= 9998)


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_no_mutation_of_a_mail_raises(number: int) -> None:
    chance = random.Random(number)
    for _ in range(300):
        _check(_mutated(SEEDS[number], chance))


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=400))
def test_no_octets_raise(octets: bytes) -> None:
    _check(octets)
    _check(HEAD + octets)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "Content-Disposition"]),
    st.text(max_size=120),
)
def test_no_field_value_raises(name: str, value: str) -> None:
    _check(f"{name}: ".encode() + value.encode("utf-8", "surrogatepass") + b"\r\n" + HEAD + b"\r\nHello")
