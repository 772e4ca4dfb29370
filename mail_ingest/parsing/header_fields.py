"""The header block: where it ends, what its fields are, and the repairs that keep one bad line from losing the others.

What is not here: what a field means (`mailboxes`, `parse`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from email.message import Message

from mail_ingest.parsing import charsets

# A block that the standard library reads rightly: fields with folded lines, then an empty line or the end.
_WELL_FORMED = re.compile(
    rb"(?:From [^\r\n]*+\r?+\n)?+(?:[!-9;-~]++[ \t]*+:[^\r\n]*+(?:\r?+\n[ \t]++[^\s][^\r\n]*+)*+\r?+\n)++(?:\r?+\n|\Z)"
)
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|received|message-id|mime-version|content-[a-z-]+|return-path|reply-to|sender|references|"
    rb"in-reply-to|delivered-to|x-[a-z0-9-]+|list-[a-z-]+|dkim-signature|bcc|resent-[a-z-]+|importance|precedence|"
    rb"auto-submitted)[ \t]*:",
    re.IGNORECASE,
)
_BARE_CR = re.compile(rb"\r(?!\n)")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*+(?:\?(?!=)[^?\r\n]*+){0,8}+)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")


def repaired(raw: bytes) -> tuple[bytes, list[str]]:
    """The mail with a header block that the standard library reads to its end, and the defects that were repaired.

    A line that is no field and no continuation is dropped if fields follow it; without any known field there is no header block and
    all is text. A lone CR is a space, unless the block has no LF at all. An mbox "From " line and empty lines before it go.
    """
    if _WELL_FORMED.match(raw):
        return raw, []
    defects: list[str] = []
    start = len(raw) - len(raw.lstrip(b"\r\n \t\x00\xef\xbb\xbf"))
    if start and (_KNOWN.match(raw, start) or raw.startswith(b"From ", start)):
        raw = raw[start:]
        defects.append("blank-before-header")
    head, body, ended = _split(raw)
    if b"\r" in head and _BARE_CR.search(head):
        defects.append("bare-cr")
        head = _BARE_CR.sub(b" ", head)
    if b"\x00" in head:
        defects.append("nul-octet")
        head = head.replace(b"\x00", b"")
    lines, rest = _sorted_lines(head.split(b"\n"), defects)
    if not lines:
        return b"\n" + raw, ["header-block-missing"] if raw.strip() else ["empty-mail"]
    if rest is not None:
        body = b"\n".join(rest) + (b"\n\n" if ended else b"") + body
    return b"\n".join(lines) + b"\n\n" + body, defects


def _split(raw: bytes) -> tuple[bytes, bytes, bool]:
    """(header block, body, was there an empty line between): line ends may be CRLF, LF or, in the whole mail, CR."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    end = re.search(rb"\r?\n\r?\n", raw)
    if raw[:1] == b"\n" or raw[:2] == b"\r\n":
        return b"", raw, True
    if end is None:
        return raw, b"", False
    return raw[: end.start()], raw[end.end() :], True


def _sorted_lines(lines: list[bytes], defects: list[str]) -> tuple[list[bytes], list[bytes] | None]:
    """Field lines, and the lines that belong to the body because no field follows them (None: there are none)."""
    lines = [line.rstrip(b"\r") for line in lines]
    last_known = max((i for i, line in enumerate(lines) if _KNOWN.match(line)), default=-1)
    if last_known < 0:
        return [], None
    kept: list[bytes] = []
    for number, line in enumerate(lines):
        if not line.strip():
            following = lines[number + 1] if number + 1 < len(lines) else b""
            if not _FIELD.match(following) and (following[:1] not in (b" ", b"\t") or number > last_known):
                return kept, lines[number + 1 :]
            defects.append("header-line-of-blanks")
        elif _FIELD.match(line) or (kept and line[:1] in b" \t"):
            kept.append(line)
        elif number > last_known:
            defects.append("header-end-missing")
            return kept, lines[number:]
        elif number or not line.startswith((b"From ", b">From ")):
            defects.append("header-line-without-colon")
    return kept, None


def fields_of(message: Message) -> list[tuple[str, str]]:
    """All fields in order: (name in lower case, undecoded value with its octets as surrogates)."""
    return [(name.strip().lower(), str(value)) for name, value in message.raw_items()]


def one_line(value: str, hints: Sequence[str] = ()) -> str:
    """The value of a field as one line of decoded text, without control or invisible characters (RFC 5322 2.2.3, RFC 2047)."""
    if value.isascii() and "=?" not in value:
        return charsets.clean_line(value)
    return charsets.clean_line(decoded(value, hints))


def decoded(value: str, hints: Sequence[str] = ()) -> str:
    """Encoded words and raw 8-bit octets become text (RFC 2047); adjacent words of one charset are joined before they are decoded.

    A word may be split inside a character, hold spaces, or stand inside other text: all are seen in mail and unambiguous.
    """
    if "=?" not in value:
        return raw_octets(value, hints)
    value = _BETWEEN_WORDS.sub(r"\1", value)
    out: list[str] = []
    pending: list[bytes] = []
    charset = ""
    position = 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        if pending and (between or word[1].lower() != charset):
            out.append(charsets.decode(b"".join(pending), charset, hints)[0])
            pending = []
        if between:
            out.append(raw_octets(between, hints))
        charset = word[1].lower()
        pending.append(_word_octets(word[2], word[3]))
        position = word.end()
    if pending:
        out.append(charsets.decode(b"".join(pending), charset, hints)[0])
    out.append(raw_octets(value[position:], hints))
    return "".join(out)


def raw_octets(value: str, hints: Sequence[str] = ()) -> str:
    """Octets above 127 in a header (the standard library's surrogates) are UTF-8, else the mail's charset, else a guess."""
    if value.isascii():
        return value
    try:
        octets = value.encode("utf-8", "surrogateescape")
    except UnicodeError:
        return charsets.clean_text(value)
    return charsets.decode(octets, None, hints)[0]


def undeclared(values: Iterable[str]) -> bytes:
    """The octets of field values that no charset reads for certain: raw ones that are no UTF-8, and words in an unknown charset."""
    found: list[bytes] = []
    for value in values:
        if not value.isascii():
            octets = re.sub("[^\0-\x7f\udc80-\udcff]+", " ", value).encode("utf-8", "surrogateescape")
            try:
                octets.decode("utf-8")
            except UnicodeError:
                found.append(octets)
        elif "=?" in value:
            words = (word for word in _WORD.finditer(value) if charsets.python_name(word[1]) is None)
            found += (_word_octets(word[2], word[3]) for word in words)
    return b"\n".join(found)


def canonical_words(value: str) -> str:
    """Every run of encoded words rewritten as one UTF-8 word, so that a reader of structure needs to know no other charset."""
    if "=?" not in value:
        return value
    value = _BETWEEN_WORDS.sub(r"\1", value)
    return re.sub(
        rf"(?:{_WORD.pattern})+",
        lambda run: "=?utf-8?b?" + base64.b64encode(charsets.clean_line(decoded(run[0])).encode()).decode("ascii") + "?=",
        value,
    )


def _word_octets(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return binascii.a2b_qp(octets.replace(b"_", b" ").replace(b"\n", b""), header=False)
    return base64_octets(octets)


def base64_octets(octets: bytes) -> bytes:
    """Base64 as mail clients read it: foreign characters and padding in the middle are skipped, missing padding is added."""
    alphabet = re.sub(rb"[^A-Za-z0-9+/=]", b"", octets.translate(bytes.maketrans(b"-_", b"+/")) if b"-" in octets else octets)
    out = []
    for run in re.split(rb"=+", alphabet):
        # A lone last character carries no octet.
        whole = run[:-1] if len(run) % 4 == 1 else run
        out.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(out)
