"""From filters and a parsed search to SQL: the conditions of a list, in branches that an index can answer each.

A ticket is found by its words, or its requester's name or address, or its number. One condition with OR between them could use no
index, so each is a branch of its own; whoever reads the list takes the first rows of every branch and then the first of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal_column, not_, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpdesk.errors import Refused
from helpdesk.lists import query_language, search
from helpdesk.lists.query_language import Query, Term
from helpdesk.lists.views import active, asleep, view_of, word
from helpdesk.models import Attachment, Person, Priority, SearchDocument, Status, Ticket, TicketType
from helpdesk.permissions import Viewer, visible_tickets

MOST_NAMES = 4  # words that a person's name is looked for by
MANY_PEOPLE = 1000
# a page of 30 rows, times what looking into a ticket's messages costs more than fetching one message found by its words
WALKING = 400
LONGEST_NUMBER = 12  # digits
_WORDS: dict[str, tuple[InstrumentedAttribute[str], tuple[str, ...]]] = {
    "status": (Ticket.status, tuple(Status)),
    "type": (Ticket.type, tuple(TicketType)),
    "priority": (Ticket.priority, tuple(Priority)),
}
_IS: dict[str, ColumnElement[bool]] = {
    "open": active,
    "closed": or_(word(Ticket.status, "resolved"), word(Ticket.status, "closed")),
    "known": Ticket.is_public.is_(True),
    "snoozed": active & asleep,
    "unassigned": Ticket.assignee_id.is_(None),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; "" is any. `assignee` is an address, "me" or "none"; `q` is in the language of searches.

    `created` is what may follow "created:" there: a day, a month, or "7d" for the last seven days.
    """

    view: str = "all"
    status: str = ""
    type: str = ""
    priority: str = ""
    assignee: str = ""
    tag: str = ""
    q: str = ""
    created: str = ""

    @property
    def active(self) -> int:
        """How many are set, the text included."""
        return sum(1 for one in (self.status, self.type, self.priority, self.assignee, self.tag, self.q, self.created) if one)


def branches(session: Session, viewer: Viewer, filters: Filters, prefix: str) -> list[ColumnElement[bool]]:
    """The ways to be in this list, one at least; Refused for a word that is none of ours."""
    query = query_language.parse(filters.q, now=datetime.now(UTC), prefix=prefix)
    every = [visible_tickets(viewer), view_of(filters.view).where(viewer)]
    for name, (column, words) in _WORDS.items():
        if value := getattr(filters, name):
            if value not in words:
                raise Refused(f"“{value}” is none of {', '.join(words)}.", name)
            every.append(word(column, value))
    if filters.assignee:
        every.append(_assigned_to(session, viewer, filters.assignee.strip().lower()))
    if filters.tag:
        every.append(Ticket.tags.contains([filters.tag.strip().lower()]))
    if filters.created:
        when = query_language.parse(f"created:{filters.created}", now=datetime.now(UTC))
        if when.hints:
            raise Refused(when.hints[0], "created")
        every += [_condition(session, viewer, term) for term in when.terms]
    every += [_condition(session, viewer, term) for term in query.terms if term not in query.text]
    if not query.text:
        # nothing that could be found was typed
        return [and_(*every)] if query.terms or not filters.q.strip() else [false()]
    return [and_(*every, found) for found in _by_text(session, query)]


def _by_text(session: Session, query: Query) -> list[ColumnElement[bool]]:
    texts = [term.values[0] for term in query.text]
    found = [_with_words(session, query)]
    if len(texts) <= MOST_NAMES and all(term.field == "word" for term in query.text):
        found += _asked_by(session, search.people_like(texts))
    if len(texts) == 1 and texts[0].isascii() and texts[0].isdigit() and len(texts[0]) <= LONGEST_NUMBER:
        found.append(Ticket.number == int(texts[0]))
    return found


def _asked_by(session: Session, who: Sequence[Select[int]]) -> list[ColumnElement[bool]]:
    """The requester is one of these people: no way to be, one, or one for each way of being like them.

    The planner takes the beginning of a name for a fiftieth of all names, whatever it is: so we look, and leave it only many.
    """
    if not who:
        return []
    few = list(session.scalars(select(union_all(*who).subquery().c[0]).limit(MANY_PEOPLE + 1)))
    if len(few) > MANY_PEOPLE:
        return [Ticket.requester_id.in_(one) for one in who]
    return [Ticket.requester_id == func.any(few)] if few else []


def _with_words(session: Session, query: Query) -> ColumnElement[bool]:
    """All words and phrases stand in one message: found by the index of words while they are rare, by walking the list else.

    The planner would walk for a word that it does not know, and never find the page it hopes to fill; and words that are common
    apart are seldom neighbours.
    """
    found = search.having(search.tsquery([(term.values[0], term.field == "phrase") for term in query.text]))
    rare = any(term.field == "phrase" for term in query.text)
    if not rare:
        newest = session.scalar(select(func.max(Ticket.number))) or 0
        rare = search.expected(session, found) ** 2 < WALKING * newest
    return Ticket.number == func.any(func.array(found.scalar_subquery())) if rare else _has(found)


def _has(found: Select[int]) -> ColumnElement[bool]:
    """As EXISTS, which the planner turns into a join even when it is negated."""
    return exists(found.where(SearchDocument.ticket_number == Ticket.number).correlate(Ticket))


def _condition(session: Session, viewer: Viewer, term: Term) -> ColumnElement[bool]:
    """One operator, or a word that must not be there."""
    found = _positive(session, viewer, term)
    # what is unknown is not it either: -assignee:bob holds the tickets of nobody
    if not term.negated:
        return found
    return found.is_not(True) if term.field in ("assignee", "is") else not_(found)


def _positive(session: Session, viewer: Viewer, term: Term) -> ColumnElement[bool]:
    values: Sequence[str] = term.values
    match term.field:
        case "word" | "phrase":
            return _has(search.having(search.tsquery([(values[0], term.field == "phrase")])))
        case "number":
            return Ticket.number.in_([int(one) for one in values])
        case "status" | "type" | "priority" as name:
            return or_(*(word(_WORDS[name][0], one) for one in values))
        case "assignee":
            return or_(*(_assigned_to(session, viewer, one) for one in values))
        case "from":
            return or_(*(_from(session, viewer, one) for one in values))
        case "tag":
            return Ticket.tags.contains([values[0]])
        case "is":
            return or_(*(_IS[one] for one in values))
        case "has":
            return exists(select(Attachment.id).where(Attachment.ticket_number == Ticket.number))
    moment: InstrumentedAttribute[Any] = Ticket.created_at if term.field == "created" else Ticket.updated_at
    return and_(*(() if term.since is None else (moment >= term.since,)), *(() if term.until is None else (moment < term.until,)))


def _assigned_to(session: Session, viewer: Viewer, wanted: str) -> ColumnElement[bool]:
    if wanted == "none":
        return Ticket.assignee_id.is_(None)
    if wanted == "me":
        return Ticket.assignee_id == viewer.person_id
    team = select(Person.id).where(Person.role != literal_column("'customer'"))  # the index's own condition
    like = or_(false(), *(Person.id.in_(who) for who in search.people_like(wanted.split())))
    found = list(session.scalars(team.where(like)))
    return Ticket.assignee_id == found[0] if len(found) == 1 else Ticket.assignee_id.in_(found)


def _from(session: Session, viewer: Viewer, wanted: str) -> ColumnElement[bool]:
    if wanted == "me":
        return Ticket.requester_id == viewer.person_id
    return or_(false(), *_asked_by(session, search.people_like(wanted.split())))
