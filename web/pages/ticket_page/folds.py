"""What of a long thread is shown at once: its first and its last messages, and what waits; changes in a row are one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from web.pages.event_words import Told
from web.pages.ticket_thread import Message

FOLDED_OVER = 14
LAST_SHOWN = 8
MOST_LINES = 2


@dataclass(frozen=True, slots=True)
class Run:
    """Several changes with no message between them: `last` stands for all, the rest is behind it."""

    events: Sequence[Told]
    last: Told
    kind: str = "run"


@dataclass(frozen=True, slots=True)
class Gap:
    """So many messages are left out here."""

    count: int
    kind: str = "gap"


Shown = Message | Told | Run | Gap


def folded(said: Sequence[Message | Told], *, whole: bool = False) -> list[Shown]:
    """The thread as it is shown, oldest first; `whole`: with every message."""
    kept = said if whole else _cut(said)
    shown: list[Shown] = []
    row: list[Told] = []
    for one in kept:
        if isinstance(one, Told):
            row.append(one)
            continue
        shown += [*_lines(row), one]
        row = []
    return [*shown, *_lines(row)]


def _cut(said: Sequence[Message | Told]) -> list[Message | Told | Gap]:
    places = [at for at, one in enumerate(said) if isinstance(one, Message)]
    if len(places) <= FOLDED_OVER:
        return list(said)
    first, last = places[0], places[-LAST_SHOWN]
    between = said[first + 1 : last]
    pending = [one for one in between if isinstance(one, Message) and one.pending]
    hidden = sum(isinstance(one, Message) for one in between) - len(pending)
    return [*said[: first + 1], Gap(hidden), *pending, *said[last:]]


def _lines(row: Sequence[Told]) -> list[Shown]:
    return [Run(row[:-1], row[-1])] if len(row) > MOST_LINES else list(row)
