"""winmail.dat as Outlook packs it, written by hand for the tests (MS-OXTNEF, MS-OXRTFCP)."""

from __future__ import annotations

import struct

SUBJECT, BODY, FILE_DATA, FILE_NAME, FILE_BEGINS, MESSAGE, FILE, CODE_PAGE = (
    0x8004, 0x800C, 0x800F, 0x8010, 0x9002, 0x9003, 0x9005, 0x9007,
)  # fmt: skip
P_SUBJECT, P_BODY, P_RTF, P_HTML, P_DATA, P_LONG_NAME, P_TYPE, P_CONTENT_ID, P_CPID = (
    0x0037, 0x1000, 0x1009, 0x1013, 0x3701, 0x3707, 0x370E, 0x3712, 0x3FDE,
)  # fmt: skip
STRING8, UNICODE, BINARY, OBJECT, LONG, SHORT, BOOLEAN, TIME = 0x1E, 0x1F, 0x102, 0x0D, 0x03, 0x02, 0x0B, 0x40
MESSAGE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")
_DICTIONARY_TEXT = (
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
    "Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)

Property = tuple[int, int, object]


def stream(*attributes: bytes) -> bytes:
    """A whole winmail.dat."""
    return (0x223E9F78).to_bytes(4, "little") + b"\x01\x00" + b"".join(attributes)


def attribute(name: int, data: bytes) -> bytes:
    """One attribute with its checksum."""
    level = 2 if name in {FILE_DATA, FILE_NAME, FILE_BEGINS, FILE} else 1
    return struct.pack("<BHHI", level, name, 0x0006, len(data)) + data + (sum(data) & 0xFFFF).to_bytes(2, "little")


def properties(name: int, *values: Property, named: bool = False) -> bytes:
    """An attribute of properties, each (number, type, value); with `named` two named ones stand before them."""
    before = b""
    if named:
        guid = bytes(16)
        before = struct.pack("<HH", LONG, 0x8001) + guid + struct.pack("<II", 0, 7) + struct.pack("<I", 1)
        label = "label".encode("utf-16-le")
        text = b"value\x00"
        before += struct.pack("<HH", STRING8, 0x8002) + guid + struct.pack("<II", 1, len(label)) + _padded(label)
        before += struct.pack("<II", 1, len(text)) + _padded(text)
    body = b"".join(_property(*value) for value in values)
    return attribute(name, struct.pack("<I", len(values) + 2 * named) + before + body)


def file(name: str, content: bytes, *values: Property) -> bytes:
    """The attributes of one attached file."""
    title = name.encode("cp1252", "replace") + b"\x00"
    return (
        attribute(FILE_BEGINS, bytes(14)) + attribute(FILE_NAME, title) + attribute(FILE_DATA, content) + properties(FILE, *values)
    )


def packed(rtf: bytes, *, plain: bool = False) -> bytes:
    """Compressed RTF with references into the dictionary and into itself; not longer than the window of 4,096 octets."""
    if plain:
        return struct.pack("<II", len(rtf) + 12, len(rtf)) + b"MELA" + bytes(4) + rtf
    window = bytearray(_DICTIONARY_TEXT.encode("ascii"))
    tokens: list[bytes] = []
    at = 0
    while at < len(rtf):
        size = next((size for size in range(17, 1, -1) if at + size <= len(rtf) and rtf[at : at + size] in window), 1)
        if size > 1:
            tokens.append((window.find(rtf[at : at + size]) << 4 | (size - 2)).to_bytes(2, "big"))
        else:
            tokens.append(rtf[at : at + 1])
        window += rtf[at : at + size]
        at += size
    assert len(window) < 4_096
    tokens.append((len(window) << 4).to_bytes(2, "big"))
    out = b""
    for first in range(0, len(tokens), 8):
        run = tokens[first : first + 8]
        out += bytes((sum(1 << i for i, token in enumerate(run) if len(token) == 2),)) + b"".join(run)
    return struct.pack("<II", len(out) + 12, len(rtf)) + b"LZFu" + bytes(4) + out


def _property(number: int, kind: int, value: object) -> bytes:
    head = struct.pack("<HH", kind, number)
    if isinstance(value, int):
        return head + value.to_bytes(8 if kind == TIME else 4, "little")
    octets = f"{value}\x00".encode("utf-16-le" if kind == UNICODE else "cp1252") if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]
    return head + struct.pack("<II", 1, len(octets)) + _padded(octets)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)
