"""RTF to words."""

from __future__ import annotations

import pytest

from mail_ingest.parsing import rtf
from tests.mail_ingest.parsing.tnef_writer import packed


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (rb"{\rtf1\ansi hello world}", "hello world"),
        (rb"{\rtf1\ansi one\par two\line three\tab four}", "one\ntwo\nthree\tfour"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}", "При"),
        (rb"{\rtf1\ansi\ansicpg932 \'83v\'83\'8a}", "プリ"),
        (rb"{\rtf1\ansi\uc1\u8364?\u-3913?x}", "€\uf0b7x"),
        (rb"{\rtf1\ansi\uc2\u8364\'80?x}", "€x"),
        (rb"{\rtf1\ansi\u-10179?\u-8704?}", "😀"),
        (rb"{\rtf1 {\fonttbl{\f0 Arial;}}{\colortbl;\red1;}{\info{\title No}}{\*\generator No;}yes}", "yes"),
        (rb"{\rtf1 {\field{\*\fldinst HYPERLINK x}{\fldrslt shown}}}", "shown"),
        (rb"{\rtf1 \{braces\} and \\ and\~space\emdash}", "{braces} and \\ and\xa0space—"),
        (rb"{\rtf1 a\bin5 }}}}}b}", "ab"),
        (rb"{\rtf1 broken\'zz }}}} and on", "brokenzz  and on"),
        (rb"{\rtf1 a" + b"{" * 5_000 + b"b", "ab"),
        (b"{\\rtf1 a\\", "a"),
        (b"", ""),
        (rb"{\rtf1\htmlrtf no HTML here\htmlrtf0}", "no HTML here"),
    ],
)
def test_words_are_found_and_all_else_is_not(source: bytes, text: str) -> None:
    assert rtf.read(source) == (text, False)


@pytest.mark.parametrize("plain", [True, False], ids=["stored", "packed"])
def test_packed_rtf_is_unpacked(plain: bool) -> None:
    source = rb"{\rtf1\ansi\ansicpg1252\pard one two one two one two one two \par \b bold}" * 3
    assert rtf.unpacked(packed(source, plain=plain)) == source


def test_what_is_not_packed_rtf_is_refused() -> None:
    with pytest.raises(ValueError, match="no compressed RTF"):
        rtf.unpacked(b"\x00" * 40)
    assert rtf.unpacked(packed(rb"{\rtf1 a}")[:18]) != b""


def test_unpacking_stops_at_a_mebibyte() -> None:
    claims = (0xFFFFFFFF).to_bytes(4, "little") * 2 + b"LZFu" + bytes(4)
    bomb = claims + (b"\xff" + b"\x00\x0e" * 8) * 20_000
    assert len(rtf.unpacked(bomb)) == rtf.MOST_OCTETS
