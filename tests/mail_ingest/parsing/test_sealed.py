"""Signed and encrypted mail is never an empty message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mail_ingest import parse
from mail_ingest.parsing import sealed
from tests.mail_ingest.mails import mail, multipart, part

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
DATA = bytes.fromhex("06092a864886f70d010701")
INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe signed light is gr\xc3\xbcn.\r\n"


def element(tag: int, *content: bytes) -> bytes:
    """One element in DER."""
    octets = b"".join(content)
    size = len(octets)
    count = (size.bit_length() + 7) // 8
    return (
        bytes((tag, size) if size < 0x80 else (tag, 0x80 | count)) + (b"" if size < 0x80 else size.to_bytes(count, "big")) + octets
    )


def endless(tag: int, *content: bytes) -> bytes:
    """One element in BER whose length is told by its end."""
    return bytes((tag, 0x80)) + b"".join(content) + b"\x00\x00"


def signed(content: bytes) -> bytes:
    algorithms = element(0x31, element(0x30, element(0x06, b"\x2a")))
    inner = element(0x30, DATA, element(0xA0, element(0x04, content)))
    return element(0x30, SIGNED_DATA, element(0xA0, element(0x30, b"\x02\x01\x01", algorithms, inner, element(0x31))))


def signed_in_pieces(content: bytes) -> bytes:
    pieces = [element(0x04, content[i : i + 10]) for i in range(0, len(content), 10)]
    inner = endless(0x30, DATA, endless(0xA0, endless(0x24, *pieces)))
    algorithms = endless(0x31, endless(0x30, element(0x06, b"\x2a")))
    return endless(0x30, SIGNED_DATA, endless(0xA0, endless(0x30, b"\x02\x01\x01", algorithms, inner)))


ENCRYPTED = element(0x30, ENVELOPED_DATA, element(0xA0, element(0x30, b"\x02\x01\x00")))
P7M = 'application/pkcs7-mime; name="smime.p7m"'


@pytest.mark.parametrize("make", [signed, signed_in_pieces])
@pytest.mark.parametrize("content", [INNER, b"", INNER * 500])
def test_the_content_of_a_signature_is_found(make: Callable[[bytes], bytes], content: bytes) -> None:
    assert sealed.signed_content(make(content)) == content


def test_what_is_no_signed_object_has_no_content() -> None:
    whole = signed(INNER)
    for octets in (b"", b"\x30", ENCRYPTED, b"\x30\x84\xff\xff\xff\xff", b"\x1f\x81\x01\x00", b"\x30\x80" * 60_000, INNER):
        assert sealed.signed_content(octets) is None
    for size in range(len(whole)):
        assert sealed.signed_content(whole[:size]) in {None, INNER}


@pytest.mark.parametrize("make", [signed, signed_in_pieces])
def test_a_mail_that_is_only_signed_is_read(make: Callable[[bytes], bytes]) -> None:
    inner = multipart("mixed", INNER, part("image/png; name=a.png", b"png"), part("text/html", "<p>Bye</p>"))
    read = parse.parse(mail(f"Content-Type: {P7M}; smime-type=signed-data", body=make(inner)))
    assert read.text.split("\n") == ["The signed light is grün.", "Bye"]
    assert [one.filename for one in read.attachments] == ["smime.p7m", "a.png"]
    assert read.html is not None


def test_signed_mails_inside_each_other_end_somewhere() -> None:
    inner = INNER
    for _ in range(20):
        inner = f"Content-Type: {P7M}\r\nContent-Transfer-Encoding: binary\r\n\r\n".encode() + signed(inner)
    read = parse.parse(mail(f"Content-Type: {P7M}", body=signed(inner)))
    assert "signed (S/MIME)" in read.text


def test_the_caps_hold_inside_a_signature() -> None:
    inner = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(200))
    read = parse.parse(mail(f"Content-Type: {P7M}", body=signed(inner)))
    assert ("unreadable" in read.defects, "signed (S/MIME)" in read.text) == (False, True)


def test_an_encrypted_mail_says_so_and_keeps_its_file() -> None:
    read = parse.parse(mail(f"Content-Type: {P7M}; smime-type=enveloped-data", body=ENCRYPTED))
    assert read.text == "This message is encrypted (S/MIME). Only the owner of the key can read it; it is kept as smime.p7m."
    assert [(one.filename, one.content) for one in read.attachments] == [("smime.p7m", ENCRYPTED)]


def test_pgp_mime_says_so_and_keeps_its_file() -> None:
    armored = "-----BEGIN PGP MESSAGE-----\r\n\r\nhQ==\r\n-----END PGP MESSAGE-----\r\n"
    raw = multipart(
        "encrypted",
        part("application/pgp-encrypted", "Version: 1\r\n"),
        part('application/octet-stream; name="encrypted.asc"', armored),
    )
    read = parse.parse(raw)
    assert read.text == "This message is encrypted (PGP). Only the owner of the key can read it; it is kept as encrypted.asc."
    assert [one.filename for one in read.attachments] == ["attachment-1.txt", "encrypted.asc"]


def test_text_beside_something_encrypted_is_the_text() -> None:
    read = parse.parse(multipart("mixed", part("text/plain", "See the file"), part(P7M, ENCRYPTED)))
    assert read.text == "See the file"


@pytest.mark.parametrize("kind", ["pkcs7", "pgp"])
def test_a_signature_beside_the_text_changes_nothing(kind: str) -> None:
    signature = part(f'application/{kind}-signature; name="signature.asc"', b"x")
    read = parse.parse(multipart("signed", part("text/plain", "The light is red."), signature))
    assert (read.text, [one.filename for one in read.attachments]) == ("The light is red.", ["signature.asc"])


ENCRYPTED_BLOCK = "-----BEGIN PGP MESSAGE-----\nVersion: 2\n\nhQEM\n-----END PGP MESSAGE-----"
SIGNED_BLOCK = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe light is red.\n- -- \nAlice\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n"
    "-----END PGP SIGNATURE-----"
)


def test_inline_pgp_leaves_a_sentence_or_the_signed_text() -> None:
    text = f"Hello\n{ENCRYPTED_BLOCK}\nand\n{SIGNED_BLOCK}\nBye\n"
    read = parse.parse(mail("Content-Type: text/plain", body=text))
    assert read.text.split("\n") == [
        "Hello",
        "[A part of this message is encrypted (PGP); it is kept as encrypted-1.asc.]",
        "and",
        "The light is red.",
        "-- ",
        "Alice",
        "Bye",
        "",
    ]
    assert [(one.filename, one.content.decode()) for one in read.attachments] == [
        ("encrypted-1.asc", ENCRYPTED_BLOCK),
        ("signed-2.asc", SIGNED_BLOCK),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "What does -----BEGIN PGP MESSAGE----- mean, and -----END PGP MESSAGE-----?",
        "> " + ENCRYPTED_BLOCK.replace("\n", "\n> "),
        "-----BEGIN PGP MESSAGE-----\nnever ends",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----",
    ],
)
def test_what_is_no_block_of_the_writer_stays_text(text: str) -> None:
    assert sealed.without_pgp(text) == (text, [])


def test_many_blocks_without_an_end_are_looked_at_once() -> None:
    text = "-----BEGIN PGP MESSAGE-----\n" * 100_000 + "-----END PGP SIGNATURE-----"
    assert sealed.without_pgp(text) == (text, [])
