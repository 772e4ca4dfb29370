"""The text of a mail that Outlook sends as RTF: unpacked (MS-OXRTFCP), and back to the HTML it was made from (MS-OXRTFEX).

Only what carries words is read: no fonts, pictures, tables or fields. One pass over the tokens, linear in the RTF.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mail_ingest.parsing import charsets

MOST_OCTETS = 1024 * 1024

_PACKED, _PLAIN = b"LZFu", b"MELA"
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArial"
    rb"Times New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4_096

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n\x00]++)|[\r\n\x00]++|\\"
)
_WORDS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": "\t", "tab": "\t", "emdash": "\u2014",
          "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d",
          "bullet": "\u2022", "emspace": " ", "enspace": " "}  # fmt: skip
_SYMBOLS = {b"\\": "\\", b"{": "{", b"}": "}", b"~": "\xa0", b"_": "\u2011", b"\n": "\n", b"\r": "\n"}
_NO_TEXT = frozenset(
    ("fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "fldinst", "header", "headerl", "headerr", "headerf", "footer",
     "footerl", "footerr", "footerf", "footnote", "annotation", "filetbl", "listtable", "listoverridetable", "revtbl", "bkmkstart",
     "bkmkend", "nonshppict", "xe", "tc")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside one pair of braces; `hidden`: no words in here, `rtf_only`: made up for RTF readers."""

    hidden: bool = False
    starred: bool = False
    rtf_only: bool = False
    fallback: int = 1


def unpacked(octets: bytes) -> bytes:
    """The RTF in a compressed RTF property, at most 1 MiB of it (MS-OXRTFCP section 2.2); ValueError where it is none."""
    kind = octets[8:12]
    wanted = min(int.from_bytes(octets[4:8], "little"), MOST_OCTETS)
    if kind == _PLAIN:
        return octets[16 : 16 + wanted]
    if kind != _PACKED:
        raise ValueError("no compressed RTF")
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\x00"))
    write = len(_DICTIONARY)
    out = bytearray()
    at = 16
    while at < len(octets) and len(out) < wanted:
        flags, at = octets[at], at + 1
        for bit in range(8):
            if at >= len(octets):
                break
            if flags >> bit & 1:
                reference, at = int.from_bytes(octets[at : at + 2], "big"), at + 2
                offset, length = reference >> 4, (reference & 0xF) + 2
                if offset == write:
                    return bytes(out[:wanted])
                piece = bytearray()
                for i in range(length):
                    octet = window[(offset + i) % _WINDOW]
                    window[(write + i) % _WINDOW] = octet
                    piece.append(octet)
            else:
                piece = bytearray(octets[at : at + 1])
                window[write] = piece[0]
                at += 1
            write = (write + len(piece)) % _WINDOW
            out += piece
    return bytes(out[:wanted])


def read(rtf: bytes) -> tuple[str, bool]:
    """(words, are they HTML): RTF that was made from HTML gives that HTML again, any other its text."""
    reader = _Reader(from_html=b"\\fromhtml1" in rtf[:400])
    at = 0
    while at < len(rtf) and (token := _TOKEN.match(rtf, at)) is not None:
        word, number, octet, symbol, brace, text = token.groups()
        at = token.end()
        if word is not None:
            value = int(number) if number else None
            if word == b"bin":
                at += max(0, value or 0)
            else:
                reader.word(word.decode("ascii"), value)
        elif octet is not None:
            reader.octets(bytes.fromhex(octet.decode("ascii")))
        elif brace is not None:
            reader.brace(opens=brace == b"{")
        elif text is not None:
            reader.octets(text)
        elif symbol == b"*":
            reader.star()
        elif symbol is not None:
            reader.say(_SYMBOLS.get(symbol, ""))
    return reader.said(), reader.from_html


class _Reader:
    """Collects the words; `_raw` are octets that wait for their neighbours, because a character may have two."""

    def __init__(self, *, from_html: bool) -> None:
        self.from_html = from_html
        self._charset = "cp1252"
        self._group = _Group()
        self._outer: list[_Group] = []
        self._skip = 0
        self._raw = bytearray()
        self._out: list[str] = []

    def brace(self, *, opens: bool) -> None:
        self._skip = 0
        if opens:
            self._outer.append(self._group)
            self._group = replace(self._group, starred=False)
        elif self._outer:
            self._group = self._outer.pop()

    def star(self) -> None:
        self._group = replace(self._group, starred=True)

    def word(self, name: str, value: int | None) -> None:
        if name == "htmltag" and self._group.starred and self.from_html:
            self._group = replace(self._group, starred=False)
        elif name in _NO_TEXT or self._group.starred:
            self._group = replace(self._group, hidden=True, starred=False)
        elif name == "htmlrtf":
            self._group = replace(self._group, rtf_only=value != 0)
        elif name == "ansicpg" and value:
            self._charset = charsets.of_code_page(value)
        elif name == "uc":
            self._group = replace(self._group, fallback=max(0, min(value or 0, 100)))
        elif name == "u" and value is not None:
            self.say(chr(value & 0xFFFF))
            self._skip = self._group.fallback
        elif name in _WORDS:
            self.say(_WORDS[name])

    def octets(self, octets: bytes) -> None:
        skipped = min(self._skip, len(octets))
        self._skip -= skipped
        if not self._silent():
            self._raw += octets[skipped:]

    def say(self, text: str) -> None:
        if text and not self._silent():
            self._decode()
            self._out.append(text)

    def said(self) -> str:
        self._decode()
        text = "".join(self._out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return charsets.clean_text(text)

    def _silent(self) -> bool:
        return self._group.hidden or (self.from_html and self._group.rtf_only)

    def _decode(self) -> None:
        if self._raw:
            self._out.append(charsets.decode(bytes(self._raw), self._charset)[0])
            self._raw.clear()
