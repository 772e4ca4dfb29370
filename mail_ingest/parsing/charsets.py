"""Octets of a stranger to text: the allow-list of charsets, the order in which they are tried, and what never gets out.

What is not here: encoded words (`header_fields`) and transfer encodings (`mime_parts`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from functools import lru_cache

# Python codec name -> the charset to read it with. Senders label a subset and send its superset: the order is the WHATWG's.
_READ_AS = {
    "ascii": "ascii",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "shift_jis": "cp932",
    "shift_jis_2004": "shift_jis_2004",
    "shift_jisx0213": "shift_jisx0213",
    "euc_kr": "cp949",
    "big5": "cp950",
    "iso2022_jp": "iso2022_jp_ext",
}
_AS_THEY_ARE = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le", "utf-7", "iso8859-2",
    "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-10", "iso8859-13", "iso8859-14",
    "iso8859-15", "iso8859-16", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp437",
    "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp857", "cp858", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865",
    "cp866", "cp869", "cp874", "cp1125", "koi8-r", "koi8-u", "koi8-t", "kz1048", "ptcp154", "mac-roman", "mac-cyrillic",
    "mac-greek", "mac-latin2", "mac-turkish", "mac-iceland", "big5hkscs", "cp950", "gb18030", "cp932", "cp949", "johab", "euc_jp",
    "euc_jis_2004", "euc_jisx0213", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext",
    "iso2022_kr",
)  # fmt: skip
_ALLOWED = {**{name: name for name in _AS_THEY_ARE}, **_READ_AS}
_MULTIBYTE = re.compile(r"utf|gb|big5|hz|jis|euc|iso2022|cp9(32|49|50)|johab")
# Names seen in mail that Python does not know.
_ALIASES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-unicode-2-0-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "ansi_x3.110-1983": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-user-defined": "cp1252",
    "x-sjis": "cp932",
    "x-ms-cp932": "cp932",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "windows-936": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-windows-949": "cp949",
    "x-euc-jp": "euc_jp",
    "x-euc-kr": "cp949",
    "x-x-big5": "cp950",
    "x-big5": "cp950",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
}
_CODE_PAGES = {
    65001: "utf-8", 65000: "utf-7", 1200: "utf-16-le", 20127: "ascii", 20866: "koi8-r", 21866: "koi8-u", 10000: "mac-roman",
    10007: "mac-cyrillic", 932: "cp932", 936: "gb18030", 54936: "gb18030", 949: "cp949", 950: "cp950", 1361: "johab", 50220:
    "iso-2022-jp", 50221: "iso-2022-jp", 50222: "iso-2022-jp", 50225: "iso-2022-kr", 51932: "euc-jp", 20932: "euc-jp", 51949:
    "euc-kr",
}  # fmt: skip
_DETECT_OCTETS = 16_384
_HIGH = re.compile(rb"[\x80-\xff]+")
# Letters of Windows-1252 and the punctuation of word processors, at most two in a row.
_WESTERN = re.compile(
    rb"(?:[\x00-\x7f]|(?<![\x80-\xff]{2})[\x80\x85\x8a\x8c\x8e\x91-\x97\x99-\x9c\x9e-\xa1\xa3\xa7\xa9\xab\xae\xb0\xb7\xbb\xbf-\xff])*+"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS: dict[int, str | None] = {c: None for c in (*range(0x20), 0x7F) if c not in (0x09, 0x0A, 0x0C, 0x0D)}
_C1_AS_CP1252: dict[int, str | None] = {
    c: bytes((c,)).decode("cp1252", "ignore") or None for c in range(0x80, 0xA0) if c != 0x85
} | {0x85: "…"}
_WIDE_CONTROLS = _CONTROLS | _C1_AS_CP1252 | {0xFEFF: None}
# Bidirectional controls, zero-width characters and other invisibles make one name look like another. U+200C and U+200D are needed
# by real scripts and by emoji, but a name, subject or file name loses only looks without them.
_INVISIBLE = {
    c: None
    for low, high in (
        (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
        (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB),
        (0xE0000, 0xE007F),
    )
    for c in range(low, high + 1)
}  # fmt: skip


def decode(octets: bytes, declared: str | None, hints: Sequence[str] = ()) -> tuple[str, str | None]:
    """The declared charset is believed if it reads the octets strictly; else UTF-8, the hints or detection, at last replacement.

    `declared` is the name from the mail, `hints` are charsets that the mail uses elsewhere or that were detected in all of it:
    with any of them nothing is detected here. Returns (text, defect or None); the text holds no NUL, no lone surrogate and no C0
    control but TAB, LF, FF and CR. UTF-8 with at least one multibyte sequence beats a declared single-byte charset: such octets
    are no text in any of them. Never raises.
    """
    if octets.isascii() and (declared is None or not _needs_state(declared)):
        defect = "unknown-charset" if declared and python_name(declared) is None else None
        return clean_text(octets.decode("ascii")), defect
    name = python_name(declared) if declared else None
    defect = "unknown-charset" if declared and name is None else None
    if name and not _MULTIBYTE.match(name):
        as_utf8 = _strict(octets, "utf-8")
        if as_utf8 is not None:
            return clean_text(as_utf8), None if name == "ascii" else "charset-misdeclared"
    for candidate in (name, "big5hkscs" if name == "cp950" else None):
        text = _strict(octets, candidate) if candidate else None
        if text is not None:
            return clean_text(text), defect
    if name == "iso2022_jp_ext":
        text = _strict(_jis_to_shift_jis(octets), "cp932")
        if text is not None:
            return clean_text(text), defect
    defect = defect or ("charset-misdeclared" if name else None)
    as_utf8 = _strict(octets, "utf-8")
    if as_utf8 is not None:
        return clean_text(as_utf8), defect
    for candidate in (name, "utf-8"):
        text = _mostly(octets, candidate) if candidate and _MULTIBYTE.match(candidate) else None
        if text is not None:
            return clean_text(text), "undecodable-octets"
    for candidate in map(python_name, hints) if hints else (detect(octets),):
        text = _strict(octets, candidate) if candidate else None
        if text is not None:
            return clean_text(text), defect
    return clean_text(octets.decode(name if name and name != "ascii" else "utf-8", "replace")), defect or "undecodable-octets"


@lru_cache(maxsize=512)
def python_name(charset: str) -> str | None:
    """A charset name of the mail is the codec to read it with, or None where it is not on the allow-list.

    The allow-list keeps out Python's transforms and source codecs (unicode_escape, idna, punycode, rot13, zlib).
    """
    wanted = charset.strip(" \t\"'<>;").split("*", 1)[0].lower()
    if not wanted or len(wanted) > 40 or not wanted.isascii():
        return None
    if wanted in _ALIASES:
        return _ALIASES[wanted]
    if wanted.startswith(("charset=", "x-charset=")):
        wanted = wanted.split("=", 1)[1]
    wanted = re.sub(r"^(?:cp|windows)[-_ ]?(\d{3,5})$", r"cp\1", wanted)
    try:
        return _ALLOWED.get(codecs.lookup(wanted).name)
    except (LookupError, ValueError, UnicodeError):
        return None


def of_code_page(number: int) -> str:
    """The charset of a Windows code page, as TNEF and RTF name it; an unknown one is Western."""
    if number in _CODE_PAGES:
        return _CODE_PAGES[number]
    name = f"iso-8859-{number - 28590}" if 28591 <= number <= 28606 else f"cp{number}"
    return name if python_name(name) else "cp1252"


def detect(octets: bytes) -> str | None:
    """The charset that these octets look like, by chardet on their first 16 KiB, or None; only charsets on the allow-list.

    A few accented letters among ASCII are Western: too little for statistics, and by far the likeliest.
    """
    if len(_HIGH.findall(octets)) <= 8 and _WESTERN.fullmatch(octets):
        return "cp1252"
    import chardet

    guess = chardet.detect(octets[:_DETECT_OCTETS]).get("encoding")
    return python_name(guess) if guess else None


def clean_text(text: str) -> str:
    """Text that leaves this package holds nothing that a database or a terminal refuses: no NUL, no lone surrogate, no C0 control.

    TAB, LF, FF and CR stay; C1 controls are read as the Windows-1252 characters that their senders meant.
    """
    if text.isascii():
        return text if text.isprintable() else text.translate(_CONTROLS)
    if _SURROGATES.search(text):
        text = _SURROGATES.sub("\ufffd", text)
    return text.translate(_WIDE_CONTROLS)


def clean_line(text: str) -> str:
    """One line for a name, subject or file name: controls are spaces, runs of space are one, invisible characters are gone."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(clean_text(re.sub(r"[\x00-\x20\x7f\u2028\u2029\x85]+", " ", text)).translate(_INVISIBLE).split())


def has_invisible(text: str) -> bool:
    """Does the text hold a character that cannot be seen (bidirectional or zero-width control, surrogate, C0, C1)?"""
    return not text.isprintable() or any(ord(c) in _INVISIBLE for c in text if not c.isascii())


def _needs_state(charset: str) -> bool:
    name = python_name(charset)
    return name is not None and name.startswith(("utf-7", "utf-16", "utf-32", "iso2022", "hz"))


def _strict(octets: bytes, name: str) -> str | None:
    try:
        return octets.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None


def _mostly(octets: bytes, name: str) -> str | None:
    """A text that a few damaged octets do not make another charset's: one in four wide characters at most."""
    text = octets.decode(name, "replace")
    damaged = text.count("\ufffd")
    wide = sum(1 for c in text[:_DETECT_OCTETS] if not c.isascii())
    return text if damaged * 4 <= wide else None


def _jis_to_shift_jis(octets: bytes) -> bytes:
    """ISO-2022-JP as senders write it: with the vendors' rows (circled digits, the numero sign) that only Shift_JIS codecs know."""
    out = bytearray()
    wide = False
    for run in re.split(rb"(\x1b\$\(?[@BD]|\x1b\([BJI])", octets):
        if run.startswith(b"\x1b"):
            wide = run[1:2] == b"$"
        elif not wide:
            out += run
        else:
            for high, low in zip(run[0::2], run[1::2], strict=False):
                lead = (high + 1) // 2 + (0x70 if high < 0x5F else 0xB0)
                out += bytes((lead & 0xFF, (low + (0x1F if low < 0x60 else 0x20) if high % 2 else low + 0x7E) & 0xFF))
    return bytes(out)
