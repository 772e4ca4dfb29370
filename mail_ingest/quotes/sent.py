"""Which lines of a mail are ours: compared with the texts that we sent, whatever the language, the wrapping or the quote marks.

Texts are compared as runs of words, so that line breaks, ">" marks, bold stars and added links do not matter. Linear time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mail_ingest.quotes.evidence import TIME, YEAR, has_address
from mail_ingest.quotes.languages import fold
from mail_ingest.quotes.marks import MOST_BREAKS, Mark

# A word, or one sign of a script that is written without blanks.
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_GRAM = 4
SHORTEST_RUN = 8  # fewer words in a row may be the same by chance
WHOLE = 0.8


@dataclass(frozen=True, slots=True)
class Coverage:
    """`ours[i]`: line i consists of words that we sent. `share`: how much of the best covered sent text was found (0 to 1)."""

    ours: tuple[bool, ...]
    share: float


def coverage(lines: Sequence[str], sent: Sequence[str]) -> Coverage:
    """A line is ours when at least four fifths of its words stand in a run of eight words that one sent text also has in a row."""
    ours = [False] * len(lines)
    share = 0.0
    tokens: list[str] = []
    owner: list[int] = []
    for i, line in enumerate(lines):
        found = _WORD.findall(fold(line))
        tokens += found
        owner += [i] * len(found)
    for text in sent:
        wanted = _WORD.findall(fold(text))
        if not wanted or not tokens:
            continue
        covered = _covered(tokens, wanted)
        share = max(share, min(1.0, sum(covered) / len(wanted)))
        counts = [[0, 0] for _ in lines]
        for line_number, hit in zip(owner, covered, strict=True):
            counts[line_number][0] += hit
            counts[line_number][1] += 1
        ours = [mine or (total > 0 and hits * 5 >= total * 4) for mine, (hits, total) in zip(ours, counts, strict=True)]
    return Coverage(tuple(ours), share)


def _covered(tokens: list[str], wanted: list[str]) -> list[bool]:
    size = min(_GRAM, len(wanted))
    grams = {tuple(wanted[i : i + size]) for i in range(len(wanted) - size + 1)}
    covered = [False] * len(tokens)
    for i in range(len(tokens) - size + 1):
        if tuple(tokens[i : i + size]) in grams:
            covered[i : i + size] = [True] * size
    shortest = min(SHORTEST_RUN, len(wanted))
    start = 0
    for i in range(len(covered) + 1):
        if i < len(covered) and covered[i]:
            continue
        if i - start < shortest:
            covered[start:i] = [False] * (i - start)
        start = i + 1
    return covered


def mark_ours(lines: Sequence[str], marks: list[Mark], compared: Coverage) -> frozenset[int]:
    """Marks the lines that are ours as quoted, and what a client wrote above them as introduction; answers the numbers of ours.

    Below a forward nothing is a quote. What stands directly above our text and speaks of a mail (a date, an address, labels) is an
    introduction in whatever language.
    """
    end = next((i for i, mark in enumerate(marks) if mark is Mark.FORWARD), len(lines))
    ours = frozenset(i for i in range(end) if compared.ours[i])
    for i in ours:
        if marks[i] in {Mark.TEXT, Mark.SOFT, Mark.SIGNATURE}:
            marks[i] = Mark.QUOTED
    if ours:
        for i in _introduction_above(lines, marks, min(ours)):
            marks[i] = Mark.INTRODUCTION
    return ours


def _introduction_above(lines: Sequence[str], marks: Sequence[Mark], first: int) -> range:
    end = first
    while end and marks[end - 1] in {Mark.EMPTY, Mark.RULE}:
        end -= 1
    start = end
    speaks = False
    labels = 0
    while start and end - start <= MOST_BREAKS and marks[start - 1] is Mark.TEXT:
        line = fold(lines[start - 1]).strip()
        label, colon, value = line.partition(":")
        labelled = bool(colon and value.strip()) and len(label) <= 30
        if speaks and labels == 0 and line.endswith((".", "!", "?", ",")):
            break
        if labels > 1 and not labelled:
            break
        labels += labelled
        speaks = speaks or has_address(line) or TIME.search(line) is not None or YEAR.search(line) is not None
        start -= 1
        if speaks and labels == 0 and end - start == 1 and not _continues(line):
            break
    last = fold(lines[end - 1]).strip() if end else ""
    said = speaks and (last.endswith((":", ">", ")", "]")) or labels > 1)
    return range(start, end) if said else range(end, end)


def _continues(line: str) -> bool:
    """Does an introduction's last line look like the end of a broken one?"""
    return line.startswith(("<", "(", '"')) or (TIME.search(line) is None and YEAR.search(line) is None)


def hidden_lines(marks: Sequence[Mark], compared: Coverage, cut: range) -> int:
    """Lines of the cut part that are neither quote nor introduction nor ours, from our first line on to the next older mail."""
    if compared.share < WHOLE / 2:
        return 0
    count = 0
    seen = False
    for i in cut:
        if compared.ours[i]:
            seen = True
        elif seen and marks[i] in {Mark.HEADER, Mark.BANNER, Mark.INTRODUCTION}:
            break
        elif seen and marks[i] is Mark.TEXT:
            count += 1
    return count
