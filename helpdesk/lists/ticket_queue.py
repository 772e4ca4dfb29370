"""The queue: filtered views, page by page, the same for the page and the API.

A cursor names the last row seen, never an offset, so that page 400 costs what page 1 costs and nothing is skipped or shown twice.
How a list is narrowed is in conditions.py, what the views hold in views.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, func, literal_column, or_, select, text, tuple_, union
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from helpdesk.errors import Refused
from helpdesk.lists import cursors, time_limit
from helpdesk.lists.conditions import Filters, branches
from helpdesk.lists.cursors import Cursor
from helpdesk.lists.query_language import LONGEST as LONGEST_QUERY
from helpdesk.lists.views import VIEWS, active, undelivered, view_of
from helpdesk.models import Comment, DeliveryProblem, OutboxMessage, Person, PersonAddress, Ticket
from helpdesk.permissions import Action, Viewer, require

__all__ = [
    "LONGEST_QUERY", "MOST_COUNTED", "MOST_ROWS", "VIEWS", "Filters", "Page", "Row", "active", "count", "listing", "neighbours",
    "page", "undelivered",
]  # fmt: skip

MOST_ROWS = 100
MOST_COUNTED = 50  # rows of a filtered list: what is beyond is "50+", for counting costs as much as listing
EXCERPT = 200
TOO_SLOW = "This search takes too long. Add a word, an operator such as status:open, or a time such as after:30d."
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as a row shows them."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in the queue. `excerpt` begins its description; `pending` messages are to accept, `lost` mails did not arrive."""

    number: int
    title: str
    status: str
    priority: str
    type: str
    tags: Sequence[str]
    is_public: bool
    waiting_on: str
    waiting_since: datetime
    updated_at: datetime
    excerpt: str
    requester: Someone
    assignee: Someone | None
    pending: int
    lost: int


@dataclass(frozen=True, slots=True)
class Page(Generic[Shown]):
    """One page; `first` counts from 1, `next` and `previous` are cursors or None.

    `total` rows are in the list, more than MOST_COUNTED stands for "more than those"; None where they were not counted.
    """

    rows: list[Shown]
    first: int
    next: str | None
    previous: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """By `moment` and number, rising or falling."""

    moment: InstrumentedAttribute[datetime]
    rising: bool

    def of(self, moment: ColumnElement[Any], number: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        return (moment.asc(), number.asc()) if self.rising else (moment.desc(), number.desc())

    def turned(self) -> _Order:
        return _Order(self.moment, not self.rising)


def page(session: Session, viewer: Viewer, filters: Filters, prefix: str, *, cursor: str = "", most: int = 50) -> Page[Ticket]:
    """One page of whole tickets, requester and assignee at hand. Refused for a filter or cursor that cannot be."""

    def whole(keys: Subquery, order: _Order) -> Select[Any]:
        wanted = select(Ticket, keys.c.moment, keys.c.number, keys.c.total).join(keys, keys.c.number == Ticket.number)
        return wanted.options(joinedload(Ticket.requester), joinedload(Ticket.assignee))

    return _page(session, viewer, filters, prefix, cursor, most, whole, lambda found: found[0])


def listing(
    session: Session, viewer: Viewer, filters: Filters, prefix: str, *, cursor: str = "", most: int = 50, counted: bool = False
) -> Page[Row]:
    """One page as the queue shows it, in one query; `counted`: with the number of all rows, as far as MOST_COUNTED."""
    return _page(session, viewer, filters, prefix, cursor, most, _shown, _row, counted=counted)


def count(session: Session, viewer: Viewer, filters: Filters, prefix: str, most: int = MOST_COUNTED) -> int:
    """How many tickets these filters leave; `most` + 1 stands for more."""
    order = _order(filters)
    with _limited(session, filters):
        keys = _keys(branches(session, viewer, filters, prefix), order, None, most + 1)
        return session.scalar(select(func.count()).select_from(keys)) or 0


def neighbours(session: Session, viewer: Viewer, filters: Filters, prefix: str, ticket: Ticket) -> tuple[int | None, int | None]:
    """Numbers of the tickets before and after this one in the list; after its end comes its top. None where there is no other.

    A ticket that was answered moves to the end of its list: whoever works through it goes on at the top.
    """
    order = _order(filters)
    here = Cursor(getattr(ticket, order.moment.key), ticket.number, 1, backward=False)
    try:
        with _limited(session, filters):
            wanted = branches(session, viewer, filters, prefix)
            others = [one & (Ticket.number != ticket.number) for one in wanted]
            before, after = _nearest(wanted, order.turned(), here), _nearest(wanted, order, here)
            row = session.execute(select(before, after, _nearest(others, order, None))).one()
    except Refused:  # too slow a search: the page is there without its neighbours
        return None, None
    return row[0], row[1] or row[2]


def _nearest(wanted: Sequence[ColumnElement[bool]], order: _Order, after: Cursor | None) -> ScalarSelect[int]:
    return select(_keys(wanted, order, after, 1).c.number).scalar_subquery()


def _order(filters: Filters) -> _Order:
    return _Order(Ticket.waiting_since, True) if view_of(filters.view).waiting else _Order(Ticket.updated_at, False)


def _page(
    session: Session,
    viewer: Viewer,
    filters: Filters,
    prefix: str,
    cursor: str,
    most: int,
    shown: Callable[[Subquery, _Order], Select[Any]],
    made: Callable[[Any], Shown],
    *,
    counted: bool = False,
) -> Page[Shown]:
    require(viewer, Action.SEE_QUEUE)
    most = max(1, min(most, MOST_ROWS))
    at = cursors.read(cursor) if cursor else None
    backward = at is not None and at.backward
    order = _order(filters).turned() if backward else _order(filters)
    counting = counted and at is None
    with _limited(session, filters):
        keys = _keys(branches(session, viewer, filters, prefix), order, at, max(most, MOST_COUNTED if counting else 0) + 1)
        total = func.count().over() if counting else literal_column("0")
        in_order = order.of(keys.c.moment, keys.c.number)
        few = select(keys, total.label("total")).order_by(*in_order).limit(most + 1).subquery()
        found = session.execute(shown(few, order).order_by(*order.of(few.c.moment, few.c.number))).all()
    more, rows = len(found) > most, found[:most]
    if backward:
        rows = rows[::-1]
    first = 1 if at is None else max(1, at.first - len(rows) if backward else at.first)
    known = (rows[0].total if rows else 0) if counting else at.total if at is not None else None

    def leads(row: Any, first: int, *, backward: bool) -> str:
        return cursors.packed(Cursor(row.moment, row.number, first, backward, known))

    return Page(
        [made(row) for row in rows],
        first,
        leads(rows[-1], first + len(rows), backward=False) if rows and (more or backward) else None,
        leads(rows[0], first, backward=True) if rows and (more if backward else at is not None) else None,
        known,
    )


def _keys(wanted: Sequence[ColumnElement[bool]], order: _Order, after: Cursor | None, most: int) -> Subquery:
    """Number and moment of the first `most` rows after the cursor: the first of each branch, and of those the first."""
    moment: ColumnElement[datetime] = order.moment.label("moment")
    found = []
    for branch in wanted:
        keys = select(Ticket.number, moment).where(branch)
        if after is not None:
            key, seen = tuple_(order.moment, Ticket.number), tuple_(after.at, after.number)
            keys = keys.where(key > seen if order.rising else key < seen)
        found.append(keys.order_by(*order.of(order.moment.expression, Ticket.number.expression)).limit(most))
    if len(found) == 1:
        return found[0].subquery()
    merged = union(*(select(one.subquery()) for one in found)).subquery()
    return select(merged).order_by(*order.of(merged.c.moment, merged.c.number)).limit(most).subquery()


_REQUESTER, _ASSIGNEE = aliased(Person), aliased(Person)


def _address(person: type[Person]) -> ScalarSelect[str]:
    first = select(PersonAddress.address).where(PersonAddress.person_id == person.id).order_by(PersonAddress.id).limit(1)
    return first.correlate(person).scalar_subquery()


_PENDING = (
    select(func.count())
    .select_from(Comment)
    .where(Comment.ticket_number == Ticket.number, Comment.state == literal_column("'pending'"))
    .correlate(Ticket)
    .scalar_subquery()
)
_REPORTED = select(DeliveryProblem.id).where(
    DeliveryProblem.outbox_id == OutboxMessage.id, DeliveryProblem.action == literal_column("'failed'")
)
_LOST = (
    select(func.count())
    .select_from(OutboxMessage)
    .where(
        OutboxMessage.ticket_number == Ticket.number,
        or_(OutboxMessage.state == literal_column("'failed'"), _REPORTED.correlate(OutboxMessage).exists()),
    )
    .correlate(Ticket)
    .scalar_subquery()
)
_COLUMNS = (
    Ticket.title, Ticket.status, Ticket.priority, Ticket.type, Ticket.tags, Ticket.is_public, Ticket.waiting_on,
    Ticket.waiting_since, Ticket.updated_at, func.left(Ticket.description, EXCERPT).label("excerpt"),
    _REQUESTER.name.label("who"), _address(_REQUESTER).label("who_at"),
    _ASSIGNEE.id.label("owner_id"), _ASSIGNEE.name.label("owner"), _address(_ASSIGNEE).label("owner_at"),
    _PENDING.label("pending"), _LOST.label("lost"),
)  # fmt: skip


def _shown(keys: Subquery, _order: _Order) -> Select[Any]:
    return (
        select(keys.c.number, keys.c.moment, keys.c.total, *_COLUMNS)
        .select_from(keys)
        .join(Ticket, Ticket.number == keys.c.number)
        .join(_REQUESTER, _REQUESTER.id == Ticket.requester_id)
        .outerjoin(_ASSIGNEE, _ASSIGNEE.id == Ticket.assignee_id)
    )


def _row(found: Any) -> Row:
    return Row(
        found.number, found.title, found.status, found.priority, found.type, found.tags, found.is_public, found.waiting_on,
        found.waiting_since, found.updated_at, found.excerpt, Someone(found.who, found.who_at or ""),
        Someone(found.owner, found.owner_at or "") if found.owner_id is not None else None, found.pending, found.lost,
    )  # fmt: skip


_FOR_ITS_VALUES = text(f"select {time_limit.SET}, set_config('plan_cache_mode', 'force_custom_plan', true)")


@contextmanager
def _limited(session: Session, filters: Filters) -> Iterator[None]:
    """A narrowed list is planned for its own values, and has the time of a search."""
    with time_limit.limited(session, said=TOO_SLOW, by=_FOR_ITS_VALUES) if filters.active else nullcontext():
        yield
