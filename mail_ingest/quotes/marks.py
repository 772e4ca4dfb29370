"""What each line of a mail is: text, quoted, an introduction ("On ... wrote:"), a header block, a banner, a rule, empty.

Marks only; what is cut is decided on the sequence of marks in `reply_text`. One pass, each line is looked at a bounded number of
times: time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from mail_ingest.quotes.evidence import LONGEST_LINE, TIME, YEAR, has_address
from mail_ingest.quotes.header_block import fields_of, header_block
from mail_ingest.quotes.languages import LANGUAGES, fold, words


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


LONGEST_INTRODUCTION = 500
MOST_BREAKS = 4

_ORIGINAL = frozenset(word for language in LANGUAGES for word in words(language.original))
_FORWARDED = frozenset(word for language in LANGUAGES for word in words(language.forwarded))
_STARTS = frozenset(word.rstrip(".") for language in LANGUAGES for word in words(language.starts))
_FIRST_PERSONS = frozenset(word for language in LANGUAGES for word in words(language.i))


def _alternatives(found: set[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(found, key=lambda word: (-len(word), word)))


_VERBS = {word for language in LANGUAGES for word in words(language.wrote)}
_UNSPACED = {word for word in _VERBS if re.search(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word)}
_VERB = re.compile(rf"(?<!\w)(?:{_alternatives(_VERBS - _UNSPACED)})(?!\w)|(?:{_alternatives(_UNSPACED)})")

_DATE_START = re.compile(r"\W{0,4}(?:\d{1,4}(?:[.,/年년-]|\s)|[^\W\d]{1,14}\.?,?\s\d)")
_RULE = re.compile(r"[-_=*~#—–─━+\s]{3,}")
_QUOTED = re.compile(r" {0,4}(?:>|&gt;)")


def folded(line: str) -> str:
    """The line as the rules compare it, or "" for one that is too long to be more than text."""
    return fold(line).strip() if line and len(line) <= LONGEST_LINE else ""


def is_quoted(line: str) -> bool:
    """A line is quoted when it begins with ">" (RFC 3676 section 4.5), at most four blanks before it."""
    return _QUOTED.match(line) is not None


def mark(lines: Sequence[str]) -> list[Mark]:
    """One mark for each line; every line of an introduction or header block carries its mark, blank ones inside included."""
    plain = [folded(line) for line in lines]
    fields = [fields_of(line) for line in lines]
    marks = [_simple(line, text) for line, text in zip(lines, plain, strict=True)]
    for i, text in enumerate(plain):
        if marks[i] not in {Mark.TEXT, Mark.QUOTED}:
            continue
        if marks[i] is Mark.TEXT and fields[i] and (block := header_block(lines, i, fields)) is not None:
            marks[block.first : block.last] = [Mark.HEADER] * (block.last - block.first)
        elif _ends_introduction(text, quoted=marks[i] is Mark.QUOTED) or _dates_quote(text, marks, i):
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
        if bare in _ORIGINAL and text[0] in "-_=*—–#" and text[:2] == text[0] * 2:
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
    return text.endswith((":", ":*", ":_")) or (len(text) > 8 and text.startswith("--") and text.endswith("--"))


def _dates_quote(text: str, marks: Sequence[Mark], i: int) -> bool:
    """Old Gmail: nothing but a date and a mailbox, and the quote directly below it."""
    return marks[i] is Mark.TEXT and text.endswith(">") and _stamps(text) and _next_quoted(marks, i)


def _stamps(text: str) -> bool:
    return len(text) < 120 and YEAR.match(text) is not None and has_address(text)


def _introduction(plain: Sequence[str], marks: Sequence[Mark], end: int) -> int | None:
    """The first line of the introduction that ends in line `end`, or None; joined over at most four line breaks."""
    found: int | None = None
    dated = False
    joined = ""
    for i in range(end, max(-1, end - MOST_BREAKS - 1), -1):
        if i != end and marks[i] not in {Mark.TEXT, Mark.EMPTY}:
            break
        if found is not None and (plain[i].endswith((".", "!", "?")) or (not plain[i] and dated)):
            break
        joined = f"{plain[i]} {joined}".strip()
        if len(joined) > LONGEST_INTRODUCTION:
            break
        if _opens(plain[i], strong=found is not None) and introduces(joined):
            found, dated = i, dated or _DATE_START.match(plain[i]) is not None
    if found is not None or marks[end] is Mark.QUOTED:
        return found
    if introduces(plain[end]) or _stamps(plain[end]) or (_only_name_and_verb(plain[end]) and _next_quoted(marks, end)):
        above = end - 1
        broken = plain[end].startswith(("<", "(")) and above >= 0 and marks[above] is Mark.TEXT and len(plain[above]) < 80
        return above if broken else end
    return None


def _opens(text: str, *, strong: bool) -> bool:
    """Can an introduction begin here? `strong`: by a start word, not only by something like a date."""
    if not ("@" in text or any(map(str.isdigit, text))):
        return False
    head = text.lstrip("-—*_ \"'<[(")
    first = head.split(" ", 2)
    one, two = first[0].rstrip(".,"), " ".join(first[:2]).rstrip(".,")
    numbered = any(character.isdigit() for character in head)
    if numbered and (one in _STARTS or two in _STARTS or one.startswith(("ב-", "在", "于", "於"))):
        return True
    if strong:
        return False
    return _DATE_START.match(head) is not None or (has_address(text) and (text.endswith(">") or _VERB.search(text) is not None))


def introduces(text: str) -> bool:
    """Is this folded text an introduction: a verb of writing with a date or an address, or date, time and an address at the end?"""
    wrapped = text.startswith("--") and text.endswith("--")
    core = text.strip("-—*_ ")
    body = core.rstrip(":*_ ")
    if not body or (body == core and not wrapped):
        return False
    timed, dated, addressed = TIME.search(body) is not None, YEAR.search(body) is not None, has_address(body)
    for verb in _VERB.finditer(body):
        if _first_person(body, verb):
            continue
        rest = body[verb.end() :].strip(" -:*")
        if not rest:
            if timed or dated or addressed or (wrapped and len(body.split()) <= 8):
                return True
        elif (timed or dated) and (addressed or _named(text, rest, timed=timed)):
            return True
    if not timed or not has_address(body[-120:]):
        return False
    begins = _DATE_START.match(body) is not None
    return (begins and body.endswith((">", ")", "]"))) or (dated and (begins or _opens(body, strong=True)))


def _named(text: str, rest: str, *, timed: bool) -> bool:
    """Does a name or the date follow the verb ("schrieb Max Mustermann:", "kirjoitti 3.5.2023 kello 10.00:")?"""
    if TIME.search(rest) or YEAR.search(rest):
        return True
    return timed and len(rest.split()) <= 6 and _opens(text, strong=True) and "," not in rest


def _first_person(body: str, verb: re.Match[str]) -> bool:
    before = body[: verb.start()].rsplit(None, 1)[-1:]
    after = body[verb.end() :].split(None, 1)[:1]
    return any(word.strip(" ,") in _FIRST_PERSONS for word in (*before, *after))


def _only_name_and_verb(text: str) -> bool:
    body = text.rstrip(": *")
    verbs = [verb for verb in _VERB.finditer(body) if verb.end() == len(body)]
    return len(body.split()) <= 8 and any(not _first_person(body, verb) for verb in verbs)


def _next_quoted(marks: Sequence[Mark], i: int) -> bool:
    following = next((mark for mark in marks[i + 1 : i + 4] if mark is not Mark.EMPTY), None)
    return following is Mark.QUOTED


def _shared(line: str) -> int | None:
    """Where in this line an introduction begins after the writer's own words ("yes On Wed, Apr 4, 2012, x wrote:"), or None."""
    if len(line) > LONGEST_INTRODUCTION or not line.rstrip().endswith(":") or _opens(folded(line), strong=True):
        return None
    position = line.find(" ")
    while position >= 0:
        rest = line[position + 1 :]
        word = fold(rest[:20]).split(" ", 1)[0]
        if word in _STARTS and any(character.isdigit() for character in rest[:30]) and introduces(fold(rest).strip()):
            return position + 1
        position = line.find(" ", position + 1)
    return None


def unshared(lines: Sequence[str]) -> list[str]:
    """The lines, with an introduction that shares its line with the writer's last words put on a line of its own.

    Only where quoted text follows directly.
    """
    found: list[str] = []
    for i, line in enumerate(lines):
        at = _shared(line) if i + 1 < len(lines) and is_quoted(lines[i + 1]) and not is_quoted(line) else None
        found += [line] if at is None else [line[:at].rstrip(), line[at:]]
    return found


def begins_forward(line: str) -> bool:
    """Does this quoted line say that a forwarded mail begins?"""
    return len(line) < 120 and folded(line).strip("-_=*~—–> <:#") in _FORWARDED
