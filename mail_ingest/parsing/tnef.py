"""winmail.dat opened: the text and the files of a mail that Outlook packed in its own format (MS-OXTNEF).

What is not here: what becomes of them (`mime_parts`) and RTF (`rtf`). One pass over the octets, nothing is copied but what is kept;
a damaged stream gives what came before the damage.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mail_ingest.mail import Attachment
from mail_ingest.parsing import charsets, part_fields, rtf

SIGNATURE = (0x223E9F78).to_bytes(4, "little")
MOST_ATTRIBUTES = 20_000
MOST_FILES = 500
MOST_DEPTH = 4

_SUBJECT, _BODY, _FILE_DATA, _FILE_NAME, _FILE_BEGINS, _MESSAGE_PROPERTIES, _FILE_PROPERTIES, _CODE_PAGE = (
    0x8004, 0x800C, 0x800F, 0x8010, 0x9002, 0x9003, 0x9005, 0x9007,
)  # fmt: skip
_P_SUBJECT, _P_BODY, _P_RTF, _P_HTML, _P_NAME, _P_DATA, _P_SHORT_NAME, _P_LONG_NAME, _P_TYPE, _P_CONTENT_ID, _P_CODE_PAGE = (
    0x0037, 0x1000, 0x1009, 0x1013, 0x3001, 0x3701, 0x3704, 0x3707, 0x370E, 0x3712, 0x3FDE,
)  # fmt: skip
_STRING8, _UNICODE, _OBJECT = 0x1E, 0x1F, 0x0D
_VARIABLE = frozenset((_STRING8, _UNICODE, _OBJECT, 0x0102, 0x0000))
_FIXED = {0x02: 2, 0x0B: 2, 0x03: 4, 0x04: 4, 0x0A: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}")
_MESSAGE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in it: `html` as it was packed (unsanitised) or None; `damaged`: it ended before its end."""

    subject: str
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    damaged: bool


@dataclass(slots=True)
class _Found:
    """One message while it is read: values of its attributes and properties, and of those of its files."""

    message: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    files: list[dict[int, tuple[int, bytes]]] = field(default_factory=list)
    code_page: int = 1252
    damaged: bool = False


def read(octets: bytes, depth: int = 0) -> Opened:
    """The text and files of a TNEF stream; files of a message inside come out beside it, and its text as a file. Never raises."""
    found = _found(memoryview(octets))
    charset = charsets.of_code_page(found.code_page)
    cpid = found.message.get(_P_CODE_PAGE, (0, b""))[1]
    body_charset = charsets.of_code_page(int.from_bytes(cpid[:4], "little")) if cpid else charset
    html = _words(found.message.get(_P_HTML), body_charset) or None
    text = _words(found.message.get(_P_BODY), charset) or _words(found.message.get(_BODY), charset)
    packed = found.message.get(_P_RTF)
    if packed is not None and html is None:
        words, from_html = _rtf(packed[1])
        html = words if from_html and words.strip() else None
        text = text or ("" if from_html else words)
    attachments: list[Attachment] = []
    for file in found.files[:MOST_FILES]:
        attachments += _file(file, charset, len(attachments) + 1, depth)
    subject = _words(found.message.get(_P_SUBJECT), charset) or _words(found.message.get(_SUBJECT), charset)
    return Opened(charsets.clean_line(subject), text, html, tuple(attachments[:MOST_FILES]), found.damaged)


def _found(octets: memoryview) -> _Found:
    found = _Found()
    try:
        if bytes(octets[:4]) != SIGNATURE:
            raise ValueError("no TNEF")
        for name, data in _attributes(octets):
            if name == _FILE_BEGINS:
                found.files.append({})
            elif name in {_FILE_DATA, _FILE_NAME} and found.files:
                found.files[-1].setdefault(name, (_STRING8, bytes(data)))
            elif name == _FILE_PROPERTIES and found.files:
                _properties(data, found.files[-1])
            elif name in {_BODY, _SUBJECT}:
                found.message.setdefault(name, (_STRING8, bytes(data)))
            elif name == _MESSAGE_PROPERTIES:
                _properties(data, found.message)
            elif name == _CODE_PAGE:
                found.code_page = int.from_bytes(data[:4], "little")
    except (ValueError, struct.error):
        found.damaged = True
    return found


def _attributes(octets: memoryview) -> Iterator[tuple[int, memoryview]]:
    """(name, data) of each attribute: level, name, type, length, data, checksum (MS-OXTNEF section 2.1.3.1)."""
    at = 6
    for _ in range(MOST_ATTRIBUTES):
        if at + 11 > len(octets):
            break
        _, name, _, size = struct.unpack_from("<BHHI", octets, at)
        at += 9
        if at + size > len(octets):
            raise ValueError("an attribute that ends behind the stream")
        yield name, octets[at : at + size]
        at += size + 2


def _properties(data: memoryview, into: dict[int, tuple[int, bytes]]) -> None:
    """The first value of each property as (type, octets) (MS-OXTNEF section 2.1.3.4); those read before a damage are there."""
    (count,) = struct.unpack_from("<I", data)
    at = 4
    for _ in range(min(count, MOST_ATTRIBUTES)):
        kind, name = struct.unpack_from("<HH", data, at)
        at += 4
        if name >= 0x8000:
            at = _after_name(data, at)
        values, at = _values(data, at, kind)
        if name < 0x8000 and values:
            into.setdefault(name, (kind & 0x0FFF, values[0]))


def _after_name(data: memoryview, at: int) -> int:
    """Behind the name of a named property: a GUID, then a number or a text."""
    (kind,) = struct.unpack_from("<I", data, at + 16)
    if kind == 0:
        return at + 24
    (size,) = struct.unpack_from("<I", data, at + 20)
    return at + 24 + _padded(int(size))


def _values(data: memoryview, at: int, kind: int) -> tuple[list[bytes], int]:
    several, kind = bool(kind & 0x1000), kind & 0x0FFF
    count = 1
    if several or kind in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    if kind not in _VARIABLE:
        if kind not in _FIXED:
            raise ValueError(f"an unknown type {kind:#x}")
        size = _FIXED[kind] * count
        return [bytes(data[at : at + _FIXED[kind]])], at + _padded(size)
    values: list[bytes] = []
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, at)
        at += 4
        if at + size > len(data):
            raise ValueError("a property that ends behind its attribute")
        if not values:
            values.append(bytes(data[at : at + size]))
        at += _padded(int(size))
    return values, at


def _padded(size: int) -> int:
    return size + -size % 4


def _words(value: tuple[int, bytes] | None, charset: str) -> str:
    """A value as text: Unicode as such, octets in the charset, up to the NUL that ends it."""
    if value is None:
        return ""
    kind, octets = value
    text = octets.decode("utf-16-le", "replace") if kind == _UNICODE else charsets.decode(octets.rstrip(b"\x00"), charset)[0]
    return charsets.clean_text(text.split("\x00", 1)[0] if kind == _UNICODE else text).replace("\r\n", "\n").replace("\r", "\n")


def _rtf(packed: bytes) -> tuple[str, bool]:
    try:
        return rtf.read(rtf.unpacked(packed))
    except ValueError:
        return "", False


def _file(file: dict[int, tuple[int, bytes]], charset: str, number: int, depth: int) -> list[Attachment]:
    names = (_words(file.get(name), charset) for name in (_P_LONG_NAME, _FILE_NAME, _P_SHORT_NAME, _P_NAME))
    name = part_fields.safe_filename(next(filter(None, names), ""))
    kind, content = file.get(_P_DATA) or file.get(_FILE_DATA) or (0, b"")
    if kind == _OBJECT and content.startswith(_MESSAGE_INTERFACE) and depth < MOST_DEPTH:
        return _message(content[16:], name, number, depth + 1)
    declared = _words(file.get(_P_TYPE), charset).strip().lower()
    content_type = declared if _TYPE.fullmatch(declared) else part_fields.type_of(name)
    content_id = part_fields.content_id_in(_words(file.get(_P_CONTENT_ID), charset))
    return [Attachment(name or f"file-{number}.dat", content_type, content, content_id is not None, content_id)]


def _message(octets: bytes, name: str, number: int, depth: int) -> list[Attachment]:
    """A message inside a message: its text or HTML as a file, then its files."""
    inner = read(octets, depth)
    words, extension = (inner.html, ".html") if inner.html and not inner.text.strip() else (inner.text, ".txt")
    stem = part_fields.safe_filename(inner.subject[:100]) or name or f"message-{number}"
    content = f"{inner.subject}\n\n{words}" if extension == ".txt" else words or ""
    kind = "text/html" if extension == ".html" else "text/plain"
    return [Attachment(stem + extension, kind, content.encode("utf-8", "replace")), *inner.attachments]
