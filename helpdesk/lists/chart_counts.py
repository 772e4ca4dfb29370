"""The queries behind the charts: few scans, each grouped in several ways at once, every one along an index of time.

All tickets are counted, restricted ones too: every agent may know how many there are. Their words are administrators' alone, so
tags are those of the others only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, and_, cast, func, literal, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from helpdesk.lists import ticket_queue
from helpdesk.models import STAFF, Comment, CommentState, Person, Ticket, WaitingOn

MOST_TAGS = 8
MINUTE, HOUR, DAY = 60, 3600, 86400
RESPONSE_LIMITS = (
    15 * MINUTE,
    HOUR,
    4 * HOUR,
    8 * HOUR,
    DAY,
    3 * DAY,
)  # the upper limits of the bars, in seconds; the last is above
RESOLUTION_LIMITS = (HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY)
AGE_LIMITS = (DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY)


# a ticket may be closed without ever having been resolved
_settled_at: ColumnElement[Any] = func.coalesce(Ticket.resolved_at, Ticket.closed_at)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds, over `count` tickets: half took no longer than `median`, nine in ten than `most`."""

    count: int = 0
    median: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Tickets opened of one kind, and how long their first answer took."""

    key: str
    created: int
    response: Spread


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """What one agent did: public answers written, tickets of theirs resolved, and first answers given with their median time."""

    name: str
    answers: int
    resolved: int
    response: Spread


@dataclass(frozen=True, slots=True)
class Age:
    """Tickets open now that are of one age, by whose turn it is."""

    us: int
    customer: int


@dataclass(frozen=True, slots=True)
class Counted:
    """One scan of tickets, grouped in several ways at once: (way, value) -> how many, and how long it took."""

    found: dict[tuple[str, Any], tuple[int, Spread]]

    def count(self, key: tuple[str, Any]) -> int:
        """How many there are of this value."""
        return self.found.get(key, (0, Spread()))[0]

    def spread(self, key: tuple[str, Any]) -> Spread:
        """How long they took."""
        return self.found.get(key, (0, Spread()))[1]

    def shares(self, way: str) -> list[Share]:
        """Every value of one way, the most frequent first."""
        kinds = [Share(key, *figures) for (one, key), figures in self.found.items() if one == way]
        return sorted(kinds, key=lambda share: (-share.created, share.key))


def opened(session: Session, since: datetime, step: int) -> Counted:
    """Tickets opened since then, by period, type, priority, source, bar of their first answer, and hour of the week."""
    taken = _seconds(Ticket.first_response_at, Ticket.created_at)
    slot = (func.extract("isodow", Ticket.created_at) - 1) * 24 + func.extract("hour", Ticket.created_at)
    rows = select(
        _period(Ticket.created_at, since, step),
        Ticket.type,
        Ticket.priority,
        Ticket.source,
        _bar(taken, RESPONSE_LIMITS).label("bar"),
        cast(slot, Integer).label("slot"),
        taken.label("taken"),
    ).where(_opened_since(since))
    return _counted(session, rows, ("period", "type", "priority", "source", "bar", "slot"))


def settled(session: Session, since: datetime, step: int) -> Counted:
    """Tickets resolved or closed since then, by period, assignee and bar of the time it took."""
    taken = _seconds(_settled_at, Ticket.created_at)
    rows = select(
        _period(_settled_at, since, step),
        Ticket.assignee_id,
        _bar(taken, RESOLUTION_LIMITS).label("bar"),
        taken.label("taken"),
    ).where(_settled_since(since))
    return _counted(session, rows, ("period", "assignee_id", "bar"))


def _counted(session: Session, rows: Select[Any], ways: tuple[str, ...]) -> Counted:
    """Count `rows` by each of the columns in `ways` and all together, in one query; the column `taken` gives the spread."""
    each = rows.subquery()
    columns = [each.c[way] for way in ways]
    sets = func.grouping_sets(*(tuple_(column) for column in columns), literal_column("()"))
    wanted = select(func.grouping(*columns), *columns, func.count(), func.count(each.c.taken), _quantiles(each.c.taken)).group_by(
        sets
    )
    found: dict[tuple[str, Any], tuple[int, Spread]] = {}
    every = 2 ** len(ways) - 1
    for mask, *values, count, timed, quantiles in session.execute(wanted):
        # a bit of the mask is 0 for the column that this row is grouped by
        way = next((place for place in range(len(ways)) if mask == every ^ (1 << (len(ways) - 1 - place))), None)
        key = ("all", None) if way is None else (ways[way], values[way])
        found[key] = (count, _spread(timed, quantiles))
    return Counted(found)


def before(session: Session, since: datetime, until: datetime) -> tuple[int, int, Spread, Spread]:
    """Tickets opened and resolved within an earlier span, and how long answers and resolutions took."""
    taken = _seconds(Ticket.first_response_at, Ticket.created_at)
    created, response = _one(session, taken, _opened_since(since), Ticket.created_at < until)
    taken = _seconds(_settled_at, Ticket.created_at)
    resolved, resolution = _one(session, taken, _settled_since(since), _settled_at < until)
    return created, resolved, response, resolution


def _one(session: Session, taken: ColumnElement[Any], *conditions: ColumnElement[bool]) -> tuple[int, Spread]:
    count, timed, quantiles = session.execute(select(func.count(), func.count(taken), _quantiles(taken)).where(*conditions)).one()
    return count, _spread(timed, quantiles)


def tags(session: Session, since: datetime) -> list[Share]:
    """The tags of most tickets opened since then, of those that every agent sees."""
    taken = _seconds(Ticket.first_response_at, Ticket.created_at)
    each = select(func.unnest(Ticket.tags).label("tag"), taken.label("taken"))
    rows = each.where(_opened_since(since), Ticket.restricted.is_(False)).subquery()
    count = func.count()
    wanted = select(rows.c.tag, count, func.count(rows.c.taken), _quantiles(rows.c.taken)).group_by(rows.c.tag)
    found = session.execute(wanted.order_by(count.desc(), rows.c.tag).limit(MOST_TAGS))
    return [Share(tag, number, _spread(timed, quantiles)) for tag, number, timed, quantiles in found]


def agents(session: Session, since: datetime, settled: Counted) -> list[AgentFigures]:
    """Agents who answered or resolved; a first answer is theirs who wrote it, whoever the ticket belongs to."""
    first = and_(
        Ticket.number == Comment.ticket_number,
        Ticket.first_response_at == Comment.created_at,  # the same moment: one transaction wrote both
        _opened_since(since),
    )
    taken = _seconds(Ticket.first_response_at, Ticket.created_at)
    staff = list(session.scalars(select(Person).where(Person.role.in_(STAFF))))
    written = (
        select(Comment.author_id, func.count(), func.count(taken), _quantiles(taken))
        .outerjoin(Ticket, first)
        .where(
            Comment.author_id.in_([one.id for one in staff]),
            Comment.created_at >= since,
            Comment.by_staff,
            Comment.internal.is_(False),
            Comment.automatic.is_(False),
            Comment.state == CommentState.POSTED,
        )
        .group_by(Comment.author_id)
    )
    answers = {author: (count, _spread(timed, quantiles)) for author, count, timed, quantiles in session.execute(written)}
    found = []
    for one in staff:
        count, response = answers.get(one.id, (0, Spread()))
        resolved = settled.count(("assignee_id", one.id))
        if count or resolved:
            found.append(AgentFigures(one.name or one.address, count, resolved, response))
    return sorted(found, key=lambda each: (-each.answers, -each.resolved, each.name))


def backlog(session: Session, now: datetime) -> list[Age]:
    """Tickets that are open now, by age."""
    age = _bar(_seconds(literal(now), Ticket.created_at), AGE_LIMITS).label("age")
    rows = select(age, Ticket.waiting_on).where(ticket_queue.active).subquery()
    counted: dict[tuple[int, str], int] = {
        (bar, waiting_on): count
        for bar, waiting_on, count in session.execute(
            select(rows.c.age, rows.c.waiting_on, func.count()).group_by(rows.c.age, rows.c.waiting_on)
        )
    }
    return [
        Age(counted.get((bar, WaitingOn.US), 0), counted.get((bar, WaitingOn.CUSTOMER), 0)) for bar in range(len(AGE_LIMITS) + 1)
    ]


def _opened_since(since: datetime) -> ColumnElement[bool]:
    return and_(Ticket.created_at >= since, Ticket.merged_into.is_(None))


def _settled_since(since: datetime) -> ColumnElement[bool]:
    # what was resolved since then was changed since then: there is an index of that
    return and_(Ticket.updated_at >= since, _settled_at >= since, Ticket.merged_into.is_(None))


def _period(moment: Any, since: datetime, step: int) -> ColumnElement[int]:
    return cast(func.floor(_seconds(moment, literal(since)) / (DAY * step)), Integer).label("period")


def _bar(seconds: ColumnElement[Any], limits: tuple[int, ...]) -> ColumnElement[int]:
    return func.width_bucket(seconds, cast(list(limits), ARRAY(Float)))


def _seconds(end: Any, start: Any) -> ColumnElement[Any]:
    return cast(func.extract("epoch", end - start), Float)


def _quantiles(taken: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.percentile_cont(cast([0.5, 0.9], ARRAY(Float))).within_group(taken)


def _spread(count: int, quantiles: list[float] | None) -> Spread:
    return Spread(count, *(round(one, 1) for one in quantiles)) if quantiles and quantiles[0] is not None else Spread()
