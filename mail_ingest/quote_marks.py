"""What each line of a mail is: text, quoted, an introduction ("On ... wrote:"), a header block, a banner, a rule, empty.

Marks only; what is cut is decided on the sequence of marks in `reply_text.py`. One pass, each line is looked at a bounded number of
times: time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mail_ingest.quote_languages import LANGUAGES, fold, words


class Mark(StrEnum):
    """What a line is."""

    TEXT = "text"
    EMPTY = "empty"
    RULE = "rule"
    QUOTED = "quoted"
    SOFT = "soft"  # a bare HTML blockquote: quoted only where an introduction stands before it
    INTRODUCTION = "introduction"
    HEADER = "header"
    BANNER = "banner"
    ANCHOR = "anchor"  # a known container begins: all that follows is quoted
    FORWARD = "forward"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The printed fields of a quoted or forwarded mail: lines `first` to `last` (excluded), values by kind (sender, date, to, subject)."""

    first: int
    last: int
    values: dict[str, str]


LONGEST_LINE = 1_000  # longer lines are nobody's introduction
LONGEST_INTRODUCTION = 500
MOST_BREAKS = 4

_HEADER_KINDS = {
    **{word: "cc" for language in LANGUAGES for word in words(language.cc)},
    **{word: "to" for language in LANGUAGES for word in words(language.to)},
    **{word: "date" for language in LANGUAGES for word in words(language.date)},
    **{word: "sent" for language in LANGUAGES for word in words(language.sent)},
    **{word: "subject" for language in LANGUAGES for word in words(language.subject)},
    **{word: "sender" for language in LANGUAGES for word in words(language.sender)},
}
_ORIGINAL = frozenset(word for language in LANGUAGES for word in words(language.original))
_FORWARDED = frozenset(word for language in LANGUAGES for word in words(language.forwarded))
_STARTS = frozenset(word.rstrip(".") for language in LANGUAGES for word in words(language.starts))
_FIRST_PERSONS = frozenset(word for language in LANGUAGES for word in words(language.i))


def _alternatives(found: set[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(found, key=lambda word: (-len(word), word)))


_VERBS = {word for language in LANGUAGES for word in words(language.wrote)}
_UNSPACED = {word for word in _VERBS if re.search(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word)}
_VERB = re.compile(rf"(?<!\w)(?:{_alternatives(_VERBS - _UNSPACED)})(?!\w)|(?:{_alternatives(_UNSPACED)})")

_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時时시]\s?\d\d(?!\d)|(?<!\d)\d{1,2} ?[ap]\.?m\b")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)")
_DATE_START = re.compile(r"\W{0,4}(?:\d{1,4}(?:[.,/年년-]|\s)|[^\W\d]{1,14}\.?,?\s\d)")
_RULE = re.compile(r"[-_=*~#—–─━+\s]{3,}")  # noqa: RUF001
_QUOTED = re.compile(r" {0,4}(?:>|&gt;)")
_BOLD = str.maketrans("", "", "*_")


def folded(line: str) -> str:
    """The line as the rules compare it, or "" for one that is too long to be more than text."""
    return fold(line).strip() if len(line) <= LONGEST_LINE else ""


def is_quoted(line: str) -> bool:
    """A line is quoted when it begins with ">" (RFC 3676 section 4.5), at most four blanks before it."""
    return _QUOTED.match(line) is not None


def mark(lines: Sequence[str]) -> list[Mark]:
    """One mark for each line; every line of an introduction or header block carries its mark, blank ones inside included."""
    plain = [folded(line) for line in lines]
    marks = [_simple(line, text) for line, text in zip(lines, plain, strict=True)]
    for i, text in enumerate(plain):
        if marks[i] in {Mark.EMPTY, Mark.INTRODUCTION, Mark.HEADER}:
            continue
        if marks[i] is Mark.TEXT and (block := header_block(lines, i)) is not None:
            marks[block.first : block.last] = [Mark.HEADER] * (block.last - block.first)
        elif _ends_introduction(text, quoted=marks[i] is Mark.QUOTED):
            first = _introduction(plain, marks, i)
            if first is not None:
                marks[first : i + 1] = [Mark.INTRODUCTION] * (i + 1 - first)
    return marks


def _simple(line: str, text: str) -> Mark:
    if not text:
        return Mark.TEXT if line.strip() and len(line) > LONGEST_LINE else Mark.EMPTY
    if _QUOTED.match(line):
        return Mark.QUOTED
    bare = text.strip("-_=*~—–> <:#").strip()
    if not bare:
        return Mark.RULE if _RULE.fullmatch(text) else Mark.TEXT
    if text != bare and len(bare) < 60:
        if bare in _ORIGINAL and text[0] in "-_=*—–" and text[:2] == text[0] * 2:
            return Mark.BANNER
        if bare in _FORWARDED or (bare.startswith("forwarded by ") and text.startswith("--")):
            return Mark.FORWARD
    return Mark.TEXT


# ------------------------------------------------------------------------------------------------------------- introductions


def _ends_introduction(text: str, *, quoted: bool) -> bool:
    if not text or len(text) > LONGEST_INTRODUCTION:
        return False
    if quoted:  # "> wrote:" is the end of a broken "<address\n> wrote:"
        return text.endswith(":") and _VERB.fullmatch(text.lstrip("> ").rstrip(": ")) is not None
    return text.endswith((":", ":*", ":_")) or (text.startswith("--") and text.endswith("--"))


def _introduction(plain: Sequence[str], marks: Sequence[Mark], end: int) -> int | None:
    """The first line of the introduction that ends in line `end`, or None; joined over at most four line breaks."""
    found: int | None = None
    joined = ""
    for i in range(end, max(-1, end - MOST_BREAKS - 1), -1):
        if i != end and marks[i] not in {Mark.TEXT, Mark.EMPTY}:
            break
        if found is not None and (not plain[i] or plain[i].endswith((".", "!", "?"))):
            break
        joined = f"{plain[i]} {joined}".strip()
        if len(joined) > LONGEST_INTRODUCTION:
            break
        if _opens(plain[i], strong=found is not None) and introduces(joined):
            found = i
    if found is not None or marks[end] is Mark.QUOTED:
        return found
    if introduces(plain[end]) or (_only_name_and_verb(plain[end]) and _next_quoted(marks, end)):
        above = end - 1
        broken = plain[end].startswith(("<", "(")) and above >= 0 and marks[above] is Mark.TEXT and len(plain[above]) < 80
        return above if broken else end
    return None


def _opens(text: str, *, strong: bool) -> bool:
    """Can an introduction begin here? `strong`: by a start word, not only by something like a date."""
    if not text:
        return False
    head = text.lstrip("-—*_ \"'<[(")
    first = head.split(" ", 2)
    one, two = first[0].rstrip(".,"), " ".join(first[:2]).rstrip(".,")
    numbered = any(character.isdigit() for character in head)
    if numbered and (one in _STARTS or two in _STARTS or one.startswith(("ב-", "在", "于", "於"))):
        return True
    return not strong and _DATE_START.match(head) is not None


def introduces(text: str) -> bool:
    """Is this folded text an introduction? A verb of writing and a date or an address, or a date, a time and an address at the end."""
    wrapped = text.startswith("--") and text.endswith("--")
    core = text.strip("-—*_ ")
    body = core.rstrip(":*_ ")
    if not body or (body == core and not wrapped):
        return False
    timed, dated, addressed = _TIME.search(body) is not None, _YEAR.search(body) is not None, _has_address(body)
    for verb in _VERB.finditer(body):
        if _first_person(body, verb):
            continue
        rest = body[verb.end() :].strip(" -:*")
        if not rest:
            if timed or dated or addressed or (wrapped and len(body.split()) <= 8):
                return True
        elif (timed or dated) and (addressed or _named(text, rest, timed=timed)):
            return True
    return timed and body.endswith((">", ")", "]")) and _has_address(body[-120:]) and _DATE_START.match(body) is not None or (
        timed and dated and _has_address(body[-80:]) and (_opens(body, strong=True) or _DATE_START.match(body) is not None)
    )


def _named(text: str, rest: str, *, timed: bool) -> bool:
    """Does a name or the date follow the verb ("schrieb Max Mustermann:", "kirjoitti 3.5.2023 kello 10.00:")?"""
    if _TIME.search(rest) or _YEAR.search(rest):
        return True
    return timed and len(rest.split()) <= 6 and _opens(text, strong=True) and "," not in rest


def _first_person(body: str, verb: re.Match[str]) -> bool:
    before = body[: verb.start()].rsplit(None, 1)[-1:]
    after = body[verb.end() :].split(None, 1)[:1]
    return any(word.strip(" ,") in _FIRST_PERSONS for word in (*before, *after))


def _only_name_and_verb(text: str) -> bool:
    body = text.rstrip(": *")
    return len(body.split()) <= 8 and any(verb.end() == len(body) and not _first_person(body, verb) for verb in _VERB.finditer(body))


def _next_quoted(marks: Sequence[Mark], i: int) -> bool:
    following = next((mark for mark in marks[i + 1 : i + 4] if mark is not Mark.EMPTY), None)
    return following is Mark.QUOTED


def _has_address(text: str) -> bool:
    at = text.find("@")
    while at >= 0:
        if 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum():
            return True
        at = text.find("@", at + 1)
    return False


def shared_line(line: str) -> int | None:
    """Where in this line an introduction begins after the writer's own words ("yes On Wed, Apr 4, 2012 at 3:59 PM, x wrote:"), or None."""
    if len(line) > LONGEST_INTRODUCTION or not line.rstrip().endswith(":"):
        return None
    found = None
    position = line.find(" ")
    while position >= 0:
        rest = line[position + 1 :]
        word = fold(rest[:20]).split(" ", 1)[0]
        if word in _STARTS and any(character.isdigit() for character in rest[:30]) and introduces(fold(rest).strip()):
            found = position + 1
        position = line.find(" ", position + 1)
    return found


# ------------------------------------------------------------------------------------------------------------- header blocks


def header_block(lines: Sequence[str], first: int) -> HeaderBlock | None:
    """The block of printed header fields that begins in line `first`, or None.

    It needs a sender and one more field, and something that only mail has: an address, a subject, a "Sent" label or a time of day.
    Fields may be broken over lines and stand apart by up to two empty ones; To and Cc may be long.
    """
    if label_of(lines[first]) is None:
        return None
    values: dict[str, str] = {}
    last, current, gap, empty = first, "", 0, 0
    for i in range(first, min(len(lines), first + 60)):
        fields = _fields(lines[i])
        if fields:
            if any(kind in values and kind not in {"cc", "to"} for kind, _ in fields):
                break
            for kind, value in fields:
                values[kind] = value
                current = kind
            last, gap, empty = i + 1, 0, 0
            continue
        if not lines[i].strip():
            empty += 1
            if empty > 2:
                break
            continue
        if _is_block(values) and empty:
            break
        gap += 0 if current in {"to", "cc"} and ("@" in lines[i] or ";" in lines[i]) else 1
        if gap > 3 or len(lines[i]) > LONGEST_LINE:
            break
        if current and not empty or not values.get(current, "x"):
            values[current] = f"{values[current]} {lines[i].strip()}".strip()
            if not empty:
                last = i + 1 if _is_block(values) and current != "subject" else last
    return HeaderBlock(first, last, values) if _is_block(values) else None


def label_of(line: str) -> str | None:
    """The kind of header field that this line prints (sender, date, sent, to, cc, subject), or None."""
    if len(line) > LONGEST_LINE:
        return None
    head, colon, _ = line.replace("：", ":", 1).partition(":")
    if not colon or len(head) > 40:
        return None
    return _HEADER_KINDS.get(" ".join(fold(head).translate(_BOLD).lstrip("> \t|").split()))


def _fields(line: str) -> list[tuple[str, str]]:
    kind = label_of(line)
    if kind is None:
        return []
    value = line.replace("：", ":", 1).partition(":")[2].strip().strip("*").strip()
    if kind == "sender":  # some clients print two fields on one line
        parts = value.split(" ")
        for i, part in enumerate(parts[1:], 1):
            other = _HEADER_KINDS.get(fold(part[:-1])) if part.endswith(":") and len(part) > 3 else None
            if other in {"date", "sent"}:
                return [(kind, " ".join(parts[:i])), (other, " ".join(parts[i + 1 :]))]
    return [(kind, value)]


def _is_block(values: dict[str, str]) -> bool:
    if "sender" not in values or len(values) < 2:
        return False
    if "sent" in values or ("subject" in values and ("date" in values or "to" in values or "cc" in values)):
        return True
    if "subject" in values or "date" in values or "to" in values:
        return _has_address(values["sender"]) or (_has_address(values.get("to", "")) and "date" in values) or (
            "date" in values and _TIME.search(values["date"]) is not None and _YEAR.search(values["date"]) is not None
        )
    return False
