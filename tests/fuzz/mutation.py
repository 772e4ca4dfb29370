"""Mails that no program wrote: one real mail, changed in up to four ways. The same number gives the same mutant again."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

MOST_OCTETS = 512 * 1024

_CHARSETS = (
    "utf-8", "utf-7", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-8-i", "windows-1251", "koi8-r", "gb2312", "gb18030", "big5", "shift_jis",
    "iso-2022-jp", "iso-2022-kr", "euc-kr", "hz", "idna", "punycode", "unicode_escape", "undefined", "rot13", "zlib", "x-unknown", "", "\x00",
)  # fmt: skip
_ENCODINGS = ("7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-gzip64", "")
_TYPES = (
    "text/plain", "text/html", "text/calendar", "multipart/mixed", "multipart/alternative", "multipart/report; report-type=delivery-status",
    "multipart/digest", "multipart/signed", "message/rfc822", "message/delivery-status", "message/partial", "message/external-body",
    "application/ms-tnef", "application/pkcs7-mime", "multipart/encrypted", "application/ics", "text/plain; format=flowed; delsp=yes", "application/octet-stream", "image/png", "multipart", "/", "",
)  # fmt: skip
_FRAGMENTS = (
    b"\x00", b"\r", b"\n", b"\r\n\r\n", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"=?utf-8?b?", b"=?x?q?=00?=", b"=?utf-16?b?2AA=?=", b"?=", b'"', b"(", b"<",
    b">", b";", b"\x1b$B", b"\x1b(", b"~{", b"=", b"=3D=\r\n", b"&#0;&#xd800;&#x110000;", b"<blockquote>", b"</blockquote>", b"<div>" * 300, b"<!--", b"<table><tr>",
    b"> ", b"\r\n-- \r\n", b"\r\nOn Mon, 2 Mar 2026 at 10:00, Bob <bob@help.test> wrote:\r\n> ", b"\r\nFrom: Bob\r\nSent: today\r\nTo: x\r\nSubject: y\r\n",
    b"\r\n-----Original Message-----\r\n", b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n", b"Content-Type: message/rfc822\r\n\r\n", b"X-Failed-Recipients: a@b.c\r\n",
    b"Final-Recipient: rfc822; a@b.c\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n", b"Return-Path: <>\r\n", b"Auto-Submitted: auto-replied\r\n", b"filename*=utf-7''%2BAA-",
    b"filename*999*=x;", b"Date: Mon, 32 Foo 99999 25:61:61 +9999\r\n", b"From: bob@help.test\r\n", b"References: " + b"<a@b> " * 400, "\u202e\u200b\ufeff".encode(),
    b"\x78\x9f\x3e\x22\x01\x00", b"LZFu", b"{\\*\\htmltag ", b"\\u55357?", b"\\bin999 ", b"\x30\x80", b"\x24\x80\x04\x84\xff\xff", b" \r\n", b"\r\n>> ",
    b"\r\nBEGIN:VEVENT\r\nSUMMARY:a\r\nDTSTART:99999999\r\n", b"\r\nATTENDEE;CN=\"a;PARTSTAT=:x\r\n", b"\r\n-----BEGIN PGP MESSAGE-----\r\n", b"\r\n-----END PGP MESSAGE-----\r\n",
    b"\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n", b"\r\n-----BEGIN PGP SIGNATURE-----\r\n", b"\r\n-----END PGP SIGNATURE-----\r\n", b"<p style='display:none'>", b"<script>a</script>",
    b'<div class="gmail_quote">', b'<div id="divRplyFwdMsg">', b"<table><td>", b"<svg><style><img src=x onerror=a>",
)  # fmt: skip

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]


def mutant(number: int, seed: int, mails: Sequence[bytes]) -> bytes:
    """One of `mails`, changed by one to four mutations; the same arguments give the same octets."""
    chance = Random(f"{seed}/{number}")
    raw = chance.choice(mails)
    for _ in range(chance.randint(1, 4)):
        raw = chance.choice(MUTATIONS)(raw, chance, mails)[:MOST_OCTETS]
    return raw


def flip_bits(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Up to forty single bits are wrong."""
    octets = bytearray(raw)
    for _round in range(chance.randint(1, 40) if octets else 0):
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    return bytes(octets)


def truncate(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """The connection broke: the end is missing, or the beginning."""
    at = chance.randint(0, len(raw))
    return raw[:at] if chance.random() < 0.8 else raw[at:]


def shuffle_fields(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """The header fields stand in another order."""
    fields, body = _split(raw)
    chance.shuffle(fields)
    return _joined(fields, body)


def repeat_field(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """One header field stands there again, once or a few hundred times."""
    fields, body = _split(raw)
    at = chance.randrange(len(fields))
    return _joined([*fields[:at], *[fields[at]] * chance.choice((1, 2, 300)), *fields[at:]], body)


def remove_field(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """One header field is missing."""
    fields, body = _split(raw)
    del fields[chance.randrange(len(fields))]
    return _joined(fields, body)


def swap_values(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Two header fields have each other's value."""
    fields, body = _split(raw)
    one, two = chance.randrange(len(fields)), chance.randrange(len(fields))
    (name, colon, value), (other, other_colon, other_value) = fields[one].partition(b":"), fields[two].partition(b":")
    fields[one], fields[two] = name + colon + other_value, other + other_colon + value
    return _joined(fields, body)


def swap_charset(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A declared charset is another one, in a MIME field or in an encoded word."""
    word = chance.choice(_CHARSETS).encode()
    return _replaced(rb"(?i)(charset\s*=\s*\"?|=\?)([\w-]*)", raw, chance, lambda found: found[1] + word)


def swap_encoding(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A transfer encoding is another one."""
    word = chance.choice(_ENCODINGS).encode()
    return _replaced(rb"(?i)(content-transfer-encoding\s*:\s*)([\w-]*)", raw, chance, lambda found: found[1] + word)


def swap_type(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A content type is another one, its parameters stay."""
    word = chance.choice(_TYPES).encode()
    return _replaced(rb"(?i)(content-type\s*:\s*)([\w/+.-]*)", raw, chance, lambda found: found[1] + word)


def nest(raw: bytes, chance: Random, mails: Sequence[bytes]) -> bytes:
    """The mail is a part of a mail, up to sixty levels deep, next to another one."""
    for level in range(chance.choice((1, 2, 5, 60))):
        kind = chance.choice(("multipart/mixed", "multipart/alternative", "multipart/related", "message/rfc822"))
        head = f"From: alice@example.com\r\nSubject: {level}\r\nMIME-Version: 1.0\r\nContent-Type: {kind}"
        if kind == "message/rfc822":
            raw = head.encode() + b"\r\n\r\n" + raw
            continue
        inner = raw if chance.random() < 0.5 else b"Content-Type: message/rfc822\r\n\r\n" + raw
        boundary = chance.choice(("b", f"b{level}"))
        beside = b"\r\n" + chance.choice(mails)[:2_000] if chance.random() < 0.3 else b""
        line = f"\r\n--{boundary}\r\n".encode()
        raw = (
            f'{head}; boundary="{boundary}"\r\n'.encode()
            + line
            + inner
            + (line + beside if beside else b"")
            + line.rstrip()
            + b"--\r\n"
        )
    return raw


def splice(raw: bytes, chance: Random, mails: Sequence[bytes]) -> bytes:
    """The header block of one mail above the body of another, or one in the middle of the other."""
    other = chance.choice(mails)
    if chance.random() < 0.5:
        return _joined(_split(raw)[0], _split(other)[1])
    at = chance.randint(0, len(raw))
    return raw[:at] + other + raw[at:]


def inject(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Something with a meaning stands where it does not belong."""
    for _round in range(chance.randint(1, 6)):
        at = chance.randint(0, len(raw))
        raw = raw[:at] + chance.choice(_FRAGMENTS) + raw[at:]
    return raw


def repeat_slice(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A piece of the mail stands there very often."""
    at = chance.randint(0, len(raw))
    piece = raw[at : at + chance.choice((1, 3, 20, 200, 2_000))]
    return raw[:at] + piece * chance.choice((2, 50, 2_000)) + raw[at:]


def drop_slice(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A piece of the mail is missing, a boundary or an empty line perhaps."""
    at = chance.randint(0, len(raw))
    return raw[:at] + raw[at + chance.randint(1, 60) :]


def swap_line_ends(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """All lines end in another way."""
    return re.sub(rb"\r?\n", chance.choice((b"\r\n", b"\n", b"\r", b"\r\r\n", b"")), raw)


def noise(raw: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Random octets stand in the middle."""
    at = chance.randint(0, len(raw))
    return raw[:at] + chance.randbytes(chance.randint(1, 400)) + raw[at:]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, truncate, shuffle_fields, repeat_field, remove_field, swap_values, swap_charset, swap_encoding, swap_type, nest, splice, inject,
    repeat_slice, drop_slice, swap_line_ends, noise,
)  # fmt: skip


def _split(raw: bytes) -> tuple[list[bytes], bytes]:
    """The fields of the header block, at least one, and what follows them; line ends are LF in the fields."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    return re.split(rb"\n(?![ \t])", head), body


def _joined(fields: list[bytes], body: bytes) -> bytes:
    return b"\n".join(fields) + b"\n\n" + body


def _replaced(pattern: bytes, raw: bytes, chance: Random, by: Callable[[re.Match[bytes]], bytes]) -> bytes:
    found = list(re.finditer(pattern, raw))
    if not found:
        return raw
    one = chance.choice(found)
    return raw[: one.start()] + by(one) + raw[one.end() :]
