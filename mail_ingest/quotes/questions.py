"""Answers between quoted lines: which of the quoted lines may be posted with them.

An agent answers a notice of ours. Around what somebody wrote it holds lines that are for the agent alone: links with their token,
the address of a page, why they were told, a note. Such lines go, and what a program broke off them. What stands nowhere in our mail
is a citation of the agent's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes

from mail_ingest.parsing import html_text
from mail_ingest.quotes import marks
from mail_ingest.quotes.languages import fold
from mail_ingest.quotes.marks import Mark, is_quoted

MOST_KNOWN = 200_000  # characters of the conversation that are compared, the newest ones
MOST_LINES = 2_000  # quoted lines that are compared; further ones go
_WORD = re.compile(r"[^\W_]+")
_TARGET = re.compile(r"\s*[<(](?:https?://|mailto:)?[^\s<>()]{3,2000}[>)]")
_LINK = re.compile(r"https?://\S+")
_ROW = 3  # words in a row that no two texts share by chance


class MaybeQuoted(Exception):
    """A line without a quote mark may be the rest of a quoted one that goes: nobody can tell."""

    def __init__(self, line: str) -> None:
        super().__init__("the line may be quoted")
        self.line = line


@dataclass(slots=True)
class _Sorted:
    """Lines by number: quoted and readable (as they are shown), to go, and quoted ones from elsewhere."""

    asked: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    cited: set[int] = field(default_factory=set)


def kept(text: str, readable: Sequence[str], notice: Sequence[str] = (), *, cites: bool = True) -> str:
    """Of the quoted lines those go that stand in `notice` and in no `readable` text, and readable ones with no answer below them.

    `readable` are the messages that those who get the answer may read, oldest first; `notice` what else of ours may be quoted.
    An unquoted line directly below one that goes, and whose words go on where that one ended, goes too: its program broke the line.
    Raises MaybeQuoted where only its first words do. `cites` False: `notice` may lack what is quoted, so that all goes that is not
    readable. Where no quoted line comes from any of them nothing is touched.
    """
    lines = text.split("\n")
    found = _sorted(lines, _words(readable), _Ours(notice))
    if not found.asked and not found.gone:
        return text
    if not cites:
        found.gone |= found.cited
    shown = list(_shown(lines, found))
    last = max((i for i, line in enumerate(lines) if _stays(i, line, found) and i not in found.asked), default=-1)
    if last < 0:
        return ""
    unanswered = sum(i > last for i in found.asked)
    while shown and (unanswered or not shown[-1].strip("> \t\xa0")):
        unanswered -= bool(shown.pop().strip("> \t\xa0"))
    return "\n".join(shown).strip("\n")


def as_quoted(mime: bytes) -> str:
    """The text of the HTML part of a mail of ours, as a program quotes it: it has words that the plain part has not."""
    for part in message_from_bytes(mime).walk():
        if part.get_content_type() == "text/html":
            octets = part.get_payload(decode=True)
            return html_text.render(octets.decode("utf-8", "replace")) if isinstance(octets, bytes) else ""
    return ""


class _Ours:
    """What may be quoted and is not for the readers: all its words in a row, its rows of three, and its words line by line."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.words = _words(texts)
        self.rows = frozenset(_rows(self.words.split()))
        self.by_line = _words([line for text in texts for line in text.split("\n")])


def _sorted(lines: Sequence[str], known: str, ours: _Ours) -> _Sorted:
    found = _Sorted()
    compared = 0
    for i, line in enumerate(lines):
        if not line.strip("> \t\xa0"):
            continue
        if not is_quoted(line):
            if compared <= MOST_LINES and i - 1 in found.gone and _goes_on(lines, i, ours, found.gone):
                found.gone.add(i)
            continue
        compared += 1
        stands = _as_it_stands(line, known) if compared <= MOST_LINES else None
        if stands is not None:
            found.asked[i] = stands
        elif compared > MOST_LINES or _mostly(ours, line):
            found.gone.add(i)
        else:
            found.cited.add(i)
    if found.asked or found.gone:
        # a rule, a delimiter and "On ... wrote:" say nothing by themselves
        found.gone |= {i for i in found.cited if not _WORD.search(lines[i]) or _introduces(lines[i])}
        found.cited -= found.gone
    return found


def _introduces(line: str) -> bool:
    return marks.mark([line.lstrip("> \t\xa0")]) == [Mark.INTRODUCTION]


def _stays(i: int, line: str, found: _Sorted) -> bool:
    return bool(line.strip("> \t\xa0")) and i not in found.gone


def _shown(lines: Sequence[str], found: _Sorted) -> Iterator[str]:
    """The lines that stay, with the blank ones between them; where something went, one blank line."""
    last: str | None = None
    blank, gone = 0, False
    for i, line in enumerate(lines):
        quoted = is_quoted(line)
        if not line.strip("> \t\xa0"):
            blank += 1
        elif i in found.gone:
            gone = True
        else:
            if last is not None and (blank or gone):
                if quoted and is_quoted(last):
                    yield ">"
                elif gone or quoted != is_quoted(last):
                    yield ""
                else:
                    yield from [""] * blank
            last, blank, gone = found.asked.get(i, line), 0, False
            yield last


def _goes_on(lines: Sequence[str], i: int, ours: _Ours, gone: set[int]) -> bool:
    """Is line `i` the rest of a line of ours that the lines that go above it began?

    A program breaks within a line. Where the words go on from one line to the next, or only the first ones do, nobody can tell.
    """
    first = i
    while first - 1 in gone and i - first < 20:
        first -= 1
    before = [word for line in lines[first:i] for word in _WORD.findall(fold(line))][-_ROW:]
    words = _WORD.findall(fold(lines[i]))
    if not before or not words:
        return False
    whole = _row(ours.words, [*before, *words])
    if whole and _row(ours.by_line, [before[-1], words[0]]):
        return True
    if len(words) >= _ROW and len(before) == _ROW and (whole or _row(ours.words, [*before, *words[:_ROW]])):
        raise MaybeQuoted(lines[i])
    return False


def _as_it_stands(line: str, known: str) -> str | None:
    """The quoted line if its words stand in a row in a known text: as it is, or without the targets that follow its links."""
    for form in (line, _TARGET.sub("", line)):
        if _holds(known, form):
            return form.rstrip()
    return None


def _mostly(ours: _Ours, line: str) -> bool:
    """Does the line stand in our mail: in a row, or with half of its words in rows, as a program that changes links leaves it?"""
    if _as_it_stands(line, ours.words) is not None:
        return True
    without_links = _LINK.sub(" ", line)
    words = _WORD.findall(fold(without_links))
    if without_links != line and len(words) > 1 and _row(ours.words, words):
        return True
    said = list(_rows(words))
    return bool(said) and 2 * sum(row in ours.rows for row in said) >= len(said)


def _rows(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(_ROW)), strict=False)


def _holds(known: str, line: str) -> bool:
    return _row(known, _WORD.findall(fold(line)))


def _row(known: str, words: Sequence[str]) -> bool:
    return bool(words) and f" {' '.join(words)} " in known


def _words(texts: Sequence[str]) -> str:
    """All words in a row; a sign between texts, so that no row runs from one into the next."""
    together = "\n|\n".join(texts)[-MOST_KNOWN:]
    rows = ("|" if line == "|" else " ".join(_WORD.findall(fold(line))) for line in together.split("\n"))
    return " ".join(["", *filter(None, rows), ""])
