"""Octets to text: the label is believed as far as it fits, then what the octets themselves say."""

from __future__ import annotations

import pytest

from mail_ingest.parsing import charsets


@pytest.mark.parametrize(
    ("text", "written_as", "declared"),
    [
        ("Grüße", "utf-8", "utf-8"),
        ("“Grüße”", "cp1252", "iso-8859-1"),
        ("Zażółć gęślą jaźń", "iso8859-2", "ISO-8859-2"),
        ("测试囧", "gb18030", "gb2312"),
        ("①テスト", "cp932", "shift_jis"),
        ("고맙습니다 똠", "cp949", "ks_c_5601-1987"),
        ("日本語", "iso2022_jp", "iso-2022-jp"),
        ("測試郵件", "utf-8", "big5"),
        ("Grüße", "utf-8", "us-ascii"),
        ("Grüße", "utf-8", "iso-8859-1"),
        ("Größe", "cp1252", "us-ascii"),
        ("¿Cómo está?", "cp1252", "utf-8"),
        ("Привет, как дела?", "koi8-r", None),
        ("Привет, как дела?", "cp1251", None),
        ("שלום עולם, מה שלומך", "cp1255", None),
        ("こんにちは", "shift_jis", None),
        ("Grüße", "utf-7", "unicode-1-1-utf-7"),
        ("naïve", "cp1252", "utf-99"),
        ("naïve", "cp1252", "unicode_escape"),
    ],
)
def test_a_text_survives_its_label(text: str, written_as: str, declared: str | None) -> None:
    assert charsets.decode(text.encode(written_as), declared)[0] == text


@pytest.mark.parametrize(
    ("declared", "defect"),
    [("utf-8", None), ("us-ascii", None), (None, None), ("utf-99", "unknown-charset"), ("big5", "charset-misdeclared")],
)
def test_a_wrong_label_is_a_defect(declared: str | None, defect: str | None) -> None:
    assert charsets.decode("Grüße".encode(), declared)[1] == defect


def test_a_few_damaged_octets_cost_no_more_than_themselves() -> None:
    assert charsets.decode("Здравствуйте".encode() + b"\xd0", "utf-8") == ("Здравствуйте\ufffd", "undecodable-octets")


def test_the_hint_decides_between_single_byte_charsets() -> None:
    assert charsets.decode("Łódź".encode("cp1250"), None, ["windows-1250"])[0] == "Łódź"


@pytest.mark.parametrize(
    "name",
    [
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "rot13",
        "zlib",
        "hex",
        "undefined",
        "mbcs",
        "x" * 99,
        "ü",
        "",
        " ",
    ],
)
def test_only_charsets_of_mail_are_on_the_allow_list(name: str) -> None:
    assert charsets.python_name(name) is None


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\x00b\x07c", "abc"),
        ("tab\there\r\nnext\x0cpage", "tab\there\r\nnext\x0cpage"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("\x93quoted\x94", "“quoted”"),
        ("\ufeffmark", "mark"),
        ("family 👨\u200d👩", "family 👨\u200d👩"),
    ],
)
def test_clean_text_holds_nothing_that_a_database_refuses(dirty: str, clean: str) -> None:
    assert charsets.clean_text(dirty) == clean


def test_a_clean_line_has_no_invisible_characters() -> None:
    assert charsets.clean_line(" in\u202evoice\u200b\u2028exe\ttwo \x00three\u00ad ") == "invoice exe two three"


@pytest.mark.parametrize("octets", [bytes(range(256)), b"\x1b$B\xff\xff", b"+2AA-", b"\xff\xfe\x00\xd8", b"\x80" * 50])
@pytest.mark.parametrize(
    "declared", ["utf-8", "utf-7", "utf-16", "iso-2022-jp", "hz-gb-2312", "big5", "iso-8859-8-i", None, "nonsense"]
)
def test_decoding_never_raises_and_never_leaks_surrogates(octets: bytes, declared: str | None) -> None:
    charsets.decode(octets, declared)[0].encode("utf-8")


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1251, "cp1251"),
        (65001, "utf-8"),
        (28592, "iso-8859-2"),
        (50221, "iso-2022-jp"),
        (20127, "ascii"),
        (28602, "cp1252"),
        (0, "cp1252"),
        (99999, "cp1252"),
    ],
)
def test_a_code_page_is_a_charset_and_an_unknown_one_is_western(number: int, name: str) -> None:
    assert charsets.of_code_page(number) == name
    assert charsets.python_name(name) is not None
