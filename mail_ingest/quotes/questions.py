"""Answers between quoted lines: which of the quoted lines may be posted with them.

An agent answers a notice of ours. Around what somebody wrote it holds lines that are for the agent alone: links with their token,
the address of a page, why they were told. Only what stands in the conversation is a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mail_ingest.quotes.languages import fold
from mail_ingest.quotes.marks import is_quoted

MOST_KNOWN = 200_000  # characters of the conversation that are compared, the newest ones
MOST_LINES = 2_000  # quoted lines that are compared; further ones go
_WORD = re.compile(r"[^\W_]+")
_TARGET = re.compile(r"\s*[<(](?:https?://|mailto:)?[^\s<>()]{3,2000}[>)]")


def kept(text: str, readable: Sequence[str], notice: Sequence[str] = ()) -> str:
    """Of the quoted lines those stay that stand in a `readable` text and have an answer below them; all else is as it was typed.

    `readable` are the messages that those who get the answer may read, oldest first; `notice` what else of ours may be quoted.
    Where no quoted line comes from any of them the writer cites something else, and nothing is touched.
    """
    lines = text.split("\n")
    quoted = [i for i, line in enumerate(lines) if is_quoted(line)][:MOST_LINES]
    known, ours = _words(readable), _words(notice)
    asked = {i: stands for i in quoted if (stands := _as_it_stands(lines[i], known)) is not None}
    if not asked and not any(_holds(ours, lines[i]) for i in quoted):
        return text
    shown = list(_shown(lines, asked))
    while shown and (not shown[-1].strip() or is_quoted(shown[-1])):
        shown.pop()
    return "\n".join(shown).strip("\n")


def _shown(lines: Sequence[str], asked: dict[int, str]) -> Iterator[str]:
    """The lines that stay, with the blank ones between them; where something went, one blank line."""
    last: str | None = None
    blank, gone = 0, False
    for i, line in enumerate(lines):
        quoted = is_quoted(line)
        if not line.strip("> \t\xa0"):
            blank += 1
        elif quoted and i not in asked:
            gone = True
        else:
            if last is not None and (blank or gone):
                if quoted and is_quoted(last):
                    yield ">"
                elif gone or quoted != is_quoted(last):
                    yield ""
                else:
                    yield from [""] * blank
            last, blank, gone = asked.get(i, line), 0, False
            yield last


def _as_it_stands(line: str, known: str) -> str | None:
    """The quoted line if its words stand in a row in a known text: as it is, or without the targets that follow its links."""
    for form in (line, _TARGET.sub("", line)):
        if _holds(known, form):
            return form.rstrip()
    return None


def _holds(known: str, line: str) -> bool:
    words = _WORD.findall(fold(line))
    return bool(words) and f" {' '.join(words)} " in known


def _words(texts: Sequence[str]) -> str:
    """All words in a row; a sign between texts, so that no row runs from one into the next."""
    together = "\n|\n".join(texts)[-MOST_KNOWN:]
    rows = ("|" if line == "|" else " ".join(_WORD.findall(fold(line))) for line in together.split("\n"))
    return " ".join(["", *filter(None, rows), ""])
