"""What may already answer a text that somebody is about to send: known issues and asked questions that share its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, select
from sqlalchemy.orm import Session

from helpdesk.lists.search import ENGLISH
from helpdesk.models import ACTIVE, FaqEntry, Ticket
from helpdesk.permissions import public_tickets

MOST_WORDS = 60  # of the text: who explains at length says what it is about at the start
LEAST_SHARED = 2  # one word in common is chance, unless the text has only one
_LOOKED_AT = 2000  # characters of each candidate


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A known issue (`ticket`, its number) or an answer (`faq`, its id); `text` is what it says."""

    title: str
    text: str
    ticket: int | None = None
    faq: int | None = None


def similar(session: Session, text: str, most: int = 3) -> list[Suggestion]:
    """The known issues that are not solved yet, and the published answers, that share most words with `text`; the best first.

    One word must stand in the title, where it counts twice: "every" and "since" stand in any description.
    """
    words = " ".join(re.findall(r"\w+", text)[:MOST_WORDS])
    if not words:
        return []
    rank, fits = _rank(words, Ticket.title, Ticket.description)
    issues = select(Ticket, rank).where(public_tickets(), Ticket.status.in_(ACTIVE), fits)
    found = [
        (points, Suggestion(one.title, one.description, ticket=one.number))
        for one, points in session.execute(issues.order_by(rank.desc(), Ticket.number).limit(most))
    ]
    rank, fits = _rank(words, FaqEntry.question, FaqEntry.answer)
    answers = select(FaqEntry, rank).where(FaqEntry.published, fits)
    found += [
        (points, Suggestion(one.question, one.answer, faq=one.id))
        for one, points in session.execute(answers.order_by(rank.desc(), FaqEntry.id).limit(most))
    ]
    return [suggestion for _, suggestion in sorted(found, key=lambda one: -one[0])[:most]]


def _rank(
    words: str, title: SQLColumnExpression[str], body: SQLColumnExpression[str]
) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """How well a candidate fits, and whether it fits better than by chance."""
    ours = _stems(words)
    in_title, in_all = (_shared(_stems(one), ours) for one in (title, title + literal(" ") + func.left(body, _LOOKED_AT)))
    least = func.greatest(1, func.least(LEAST_SHARED, func.cardinality(ours)))
    return in_title + in_all, (in_title >= 1) & (in_all >= least)


def _stems(text: SQLColumnExpression[str] | str) -> ColumnElement[Any]:
    return func.tsvector_to_array(func.to_tsvector(ENGLISH, text))


def _shared(theirs: ColumnElement[Any], ours: ColumnElement[Any]) -> ColumnElement[int]:
    stems = func.unnest(theirs).table_valued("stem").render_derived()
    return select(func.count()).select_from(stems).where(stems.c.stem == func.any(ours)).scalar_subquery()
