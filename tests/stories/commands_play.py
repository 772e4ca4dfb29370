"""Stories of commands, played: a ticket for each text, all of them answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.smtp_sink import Received
from tests.stories.commands_world import CUSTOMERS, Case, Office


@dataclass(frozen=True)
class Played:
    """A story that was played: what became of Bob's mail, the ticket as it was before, and what was mailed because of it."""

    case: Case
    other: Case
    state: str
    before: dict[str, Any]
    told: dict[str, list[str]]
    mails: list[Received]


def filled(text: str, case: Case, other: Case) -> str:
    """The text with the names of this story."""
    return text.replace("{tag}", case.tag).replace("{other}", other.tag).replace("{third}", third(case))


def third(case: Case) -> str:
    """The mailbox of somebody who did not write to us."""
    return f"charlie{case.number}@{CUSTOMERS}"


def play(
    office: Office, texts: Sequence[str], cases: Sequence[Case] = (), *, firsts: Sequence[str] = (), proofs: Sequence[bool] = ()
) -> list[Played]:
    """A ticket for each text, all answered at once; a text that names another ticket has one of its own for it."""
    cases = cases[: len(texts)] or office.opens(*(f"Printer {n}" for n in range(len(texts))))
    others = office.opens(*(f"Other {n}" for n, text in enumerate(texts) if "{other}" in text)) or [cases[0]]
    left = iter(others)
    pairs = [(case, next(left) if "{other}" in text else others[0]) for case, text in zip(cases, texts, strict=True)]
    office.posts([office.answer(case.notice, first) for (case, _), first in zip(pairs, firsts, strict=False) if first])
    before, mark = [case.fields() for case in cases], office.mark
    proved = list(proofs) or [True] * len(texts)
    mails = [
        office.answer(case.notice, filled(text, case, other), proof=proof)
        for (case, other), text, proof in zip(pairs, texts, proved, strict=True)
    ]
    states = [state for state, _ in office.posts(mails)]
    return [
        Played(case, other, state, fields, case.told(mark), case.mails(mark))
        for (case, other), state, fields in zip(pairs, states, before, strict=True)
    ]
