"""Signed and encrypted mail: the text inside what is only signed, and a sentence in place of what only the recipient's key opens.

Nothing is verified and nothing decrypted here. Sources: RFC 8551 (S/MIME), RFC 5652 (CMS), RFC 3156 and RFC 9580 (OpenPGP).
"""

from __future__ import annotations

import re

S_MIME_ENCRYPTED = "This message is encrypted (S/MIME). Only the owner of the key can read it; it is kept as {name}."
S_MIME_SIGNED = "This message is signed (S/MIME) and its text could not be read; it is kept as {name}."
PGP_ENCRYPTED = "This message is encrypted (PGP). Only the owner of the key can read it; it is kept as {name}."
PGP_BLOCK = "[A part of this message is encrypted (PGP); it is kept as {name}.]"

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OBJECT_ID, _OCTETS, _OCTETS_IN_PIECES, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_MOST_PIECES = 100_000

_BEGIN = re.compile(r"^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE)-----[ \t]*\n", re.MULTILINE)
_END = {
    "MESSAGE": re.compile(r"^-----END PGP MESSAGE-----[ \t]*$", re.MULTILINE),
    "SIGNED MESSAGE": re.compile(r"^-----END PGP SIGNATURE-----[ \t]*$", re.MULTILINE),
}
_ARMOR_FIELDS = re.compile(r"(?:[A-Za-z]{1,30}: [^\n]*+\n){0,8}[ \t]*\n")
_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"


def without_pgp(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Text whose PGP blocks are files: a signed one leaves its text, an encrypted one a sentence (RFC 9580 sections 6.2 and 7).

    Returns the text and the blocks: (file name, the block as it was sent). Quoted blocks stay as they are.
    """
    out: list[str] = []
    files: list[tuple[str, str]] = []
    position = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        end = _END[begin[1]].search(text, begin.end())
        if end is None:
            break
        signed = begin[1] == "SIGNED MESSAGE"
        name = f"{'signed' if signed else 'encrypted'}-{len(files) + 1}.asc"
        files.append((name, text[begin.start() : end.end()]))
        shown = _signed_text(text[begin.end() : end.start()]) if signed else PGP_BLOCK.format(name=name)
        out += [text[position : begin.start()], shown]
        position = end.end()
    return "".join(out) + text[position:], files


def _signed_text(block: str) -> str:
    """What stands between the armor's fields and the signature, its dashes unescaped."""
    fields = _ARMOR_FIELDS.match(block)
    text = block[fields.end() if fields else 0 :].partition(_SIGNATURE)[0]
    return re.sub(r"^- ", "", text, flags=re.MULTILINE)


def note_for(octets: bytes, name: str) -> str:
    """The sentence that stands for an S/MIME object whose text cannot be shown."""
    return (S_MIME_SIGNED if _SIGNED_DATA in octets[:64] else S_MIME_ENCRYPTED).format(name=name)


def signed_content(octets: bytes) -> bytes | None:
    """The mail inside an S/MIME object that is signed but not encrypted (CMS SignedData), or None where there is none.

    ContentInfo, SignedData, EncapsulatedContentInfo (RFC 5652 sections 3, 5.1 and 5.2) in DER or BER; signatures are not looked at.
    """
    try:
        at = _inside(octets, 0, _SEQUENCE)
        kind, at = _value(octets, at, _OBJECT_ID)
        if kind != _SIGNED_DATA:
            return None
        at = _inside(octets, _inside(octets, at, _EXPLICIT), _SEQUENCE)
        at = _after(octets, _after(octets, at))  # version, digest algorithms
        at = _after(octets, _inside(octets, at, _SEQUENCE))  # type of the content
        at = _inside(octets, at, _EXPLICIT)
        return _octet_string(octets, at)
    except (IndexError, ValueError):
        return None


def _header(octets: bytes, at: int) -> tuple[int, int, int]:
    """(tag, where its content begins, its length or -1 for "until the end mark") of the element at `at`."""
    tag, length, at = octets[at], octets[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of several octets")
    if length == 0x80:
        return tag, at, -1
    if length > 0x80:
        count = length & 0x7F
        if count > 8:
            raise ValueError("a length that is none")
        length, at = int.from_bytes(octets[at : at + count], "big"), at + count
    if at + length > len(octets):
        raise ValueError("an element that ends behind the object")
    return tag, at, length


def _inside(octets: bytes, at: int, wanted: int) -> int:
    tag, start, _ = _header(octets, at)
    if tag != wanted:
        raise ValueError(f"element {tag:#x} is not {wanted:#x}")
    return start


def _value(octets: bytes, at: int, wanted: int) -> tuple[bytes, int]:
    tag, start, length = _header(octets, at)
    if tag != wanted or length < 0:
        raise ValueError(f"element {tag:#x} is not {wanted:#x}")
    return octets[start : start + length], start + length


def _after(octets: bytes, at: int) -> int:
    """Behind the element at `at`; elements of unknown length are walked, their depth counted."""
    depth = 0
    for _ in range(_MOST_PIECES):
        _, start, length = _header(octets, at)
        if octets[at : at + 2] == b"\x00\x00":
            depth -= 1
            at = start
        elif length < 0:
            depth += 1
            at = start
        else:
            at = start + length
        if depth <= 0:
            return at
    raise ValueError("too many elements")


def _octet_string(octets: bytes, at: int) -> bytes:
    """One OCTET STRING, or the joined pieces of one that was sent in pieces (X.690 section 8.7)."""
    tag, start, length = _header(octets, at)
    if tag == _OCTETS:
        return _value(octets, at, _OCTETS)[0]
    if tag != _OCTETS_IN_PIECES:
        raise ValueError("no content")
    end = start + length if length >= 0 else len(octets)
    pieces: list[bytes] = []
    at = start
    while at < end and octets[at] == _OCTETS and len(pieces) < _MOST_PIECES:
        piece, at = _value(octets, at, _OCTETS)
        pieces.append(piece)
    return b"".join(pieces)
