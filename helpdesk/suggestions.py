"""What may already answer a text that somebody is about to send: known issues and asked questions that share its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from helpdesk.models import ACTIVE, FaqEntry, Ticket
from helpdesk.permissions import public_tickets
from helpdesk.search import ENGLISH

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
    """The known issues that are not solved yet, and the published answers, that share most words with `text`; the best first."""
    words = " ".join(re.findall(r"\w+", text)[:MOST_WORDS])
    if not words:
        return []
    shared, enough = _shared(Ticket.title + literal(" ") + Ticket.description, words)
    issues = select(Ticket, shared).where(public_tickets(), Ticket.status.in_(ACTIVE), enough)
    found = [
        (count, Suggestion(one.title, one.description, ticket=one.number))
        for one, count in session.execute(issues.order_by(shared.desc(), Ticket.number).limit(most))
    ]
    shared, enough = _shared(FaqEntry.question + literal(" ") + FaqEntry.answer, words)
    answers = select(FaqEntry, shared).where(FaqEntry.published, enough)
    found += [
        (count, Suggestion(one.question, one.answer, faq=one.id))
        for one, count in session.execute(answers.order_by(shared.desc(), FaqEntry.id).limit(most))
    ]
    return [suggestion for _, suggestion in sorted(found, key=lambda one: -one[0])[:most]]


def _shared(document: ColumnElement[str], words: str) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """How many stems of `words` stand in the document, and whether that is more than chance."""
    theirs: ColumnElement[Any] = func.tsvector_to_array(func.to_tsvector(ENGLISH, func.left(document, _LOOKED_AT)))
    ours: ColumnElement[Any] = func.tsvector_to_array(func.to_tsvector(ENGLISH, words))
    stems = func.unnest(theirs).table_valued("stem").render_derived()
    shared = select(func.count()).select_from(stems).where(stems.c.stem == func.any(ours)).scalar_subquery()
    return shared, shared >= func.greatest(1, func.least(LEAST_SHARED, func.cardinality(ours)))
