"""The queue: saved views, filters, and pages by keyset, the same for the page and the API.

A cursor names the last row seen, never an offset, so that page 400 costs what page 1 costs and nothing is skipped or shown twice.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, false, func, literal_column, or_, select, text, tuple_, union
from sqlalchemy.orm import Session, defer, joinedload

from helpdesk import addressing, people
from helpdesk.errors import Refused
from helpdesk.lists import search
from helpdesk.models import (
    Comment,
    CommentState,
    DeliveryProblem,
    OutboxMessage,
    OutboxState,
    Person,
    PersonAddress,
    Priority,
    Status,
    Ticket,
    TicketType,
)
from helpdesk.permissions import Action, Viewer, require, visible_tickets

MOST_ROWS = 100
LONGEST_QUERY = 500
RECENTLY = timedelta(days=7)
EXCERPT = 200

# spelled as in the partial indexes, and not as parameters, or a generic plan could not use them
active: ColumnElement[bool] = and_(
    Ticket.status.in_([literal_column("'open'"), literal_column("'in_progress'")]), Ticket.merged_into.is_(None)
)
awake = or_(Ticket.snoozed_until.is_(None), Ticket.snoozed_until <= func.now())
_pending = Ticket.number.in_(select(Comment.ticket_number).where(Comment.state == literal_column("'pending'")))
undelivered = Ticket.number.in_(
    union(
        select(OutboxMessage.ticket_number).where(OutboxMessage.state == literal_column("'failed'")),
        select(OutboxMessage.ticket_number).join(DeliveryProblem).where(DeliveryProblem.action == "failed"),
    )
)


@dataclass(frozen=True, slots=True)
class View:
    """One saved view. `waiting` True: longest waiting first, else last updated first. `hint` is shown when it is empty."""

    key: str
    label: str
    hint: str
    where: Callable[[Viewer], ColumnElement[bool]]
    waiting: bool = True


VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View("unassigned", "Unassigned", "Every ticket has an owner.", lambda _: active & awake & Ticket.assignee_id.is_(None)),
        View("mine", "Mine", "Nothing is assigned to you.", lambda v: active & awake & (Ticket.assignee_id == v.person_id)),
        View("open", "All open", "No ticket is open.", lambda _: active & awake),
        View("us", "Waiting on us", "Everybody has an answer.", lambda _: active & awake & (Ticket.waiting_on == "us")),
        View("held", "To accept", "No message waits to be accepted.", lambda _: _pending, waiting=False),
        View("problems", "Delivery problems", "Every mail arrived.", lambda _: active & undelivered),
        View("snoozed", "Snoozed", "Nothing sleeps.", lambda _: active & (Ticket.snoozed_until > func.now())),
        View(
            "resolved", "Recently resolved", "Nothing was resolved in the last seven days.",
            lambda _: (Ticket.status == Status.RESOLVED) & (Ticket.resolved_at > func.now() - RECENTLY), waiting=False,
        ),
        View("all", "All tickets", "There is no ticket yet.", lambda _: Ticket.merged_into.is_(None), waiting=False),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; "" is any. `assignee` is an address, "me" or "none"; `q` words, an address or a tag."""

    view: str = "all"
    status: str = ""
    type: str = ""
    priority: str = ""
    assignee: str = ""
    tag: str = ""
    q: str = ""

    @property
    def active(self) -> int:
        """How many are set, the text included."""
        return sum(1 for one in (self.status, self.type, self.priority, self.assignee, self.tag, self.q) if one)


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in a list, with requester and assignee at hand; `excerpt` is the beginning of its description."""

    ticket: Ticket
    excerpt: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `first` counts from 1, `next` and `previous` are cursors or None."""

    rows: list[Row]
    first: int
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class _Cursor:
    at: datetime
    number: int
    first: int
    backward: bool


def page(
    session: Session, viewer: Viewer, filters: Filters, prefix: str, *, cursor: str = "", most: int = 50, light: bool = True
) -> Page:
    """One page of the queue; `light` leaves the descriptions in the database. Refused for a filter or cursor that cannot be."""
    require(viewer, Action.SEE_QUEUE)
    most = max(1, min(most, MOST_ROWS))
    view = _view(filters)
    at = _read_cursor(cursor) if cursor else None
    backward = at is not None and at.backward
    moment = Ticket.waiting_since if view.waiting else Ticket.updated_at
    wanted = select(Ticket, func.left(Ticket.description, EXCERPT)).where(*_conditions(session, viewer, filters, prefix))
    if at is not None:
        key, seen = tuple_(moment, Ticket.number), tuple_(at.at, at.number)
        wanted = wanted.where(key > seen if view.waiting != backward else key < seen)
    rising = view.waiting != backward
    order = (moment, Ticket.number) if rising else (moment.desc(), Ticket.number.desc())
    wanted = wanted.order_by(*order).limit(most + 1).options(joinedload(Ticket.requester), joinedload(Ticket.assignee))
    if light:
        wanted = wanted.options(defer(Ticket.description), defer(Ticket.description_html))
    rows = [Row(ticket, " ".join(excerpt.split())) for ticket, excerpt in session.execute(wanted)]
    more, rows = len(rows) > most, rows[:most]
    if backward:
        rows.reverse()
    first = 1 if at is None else max(1, at.first - len(rows) if backward else at.first)
    return Page(
        rows,
        first,
        _cursor(view, rows[-1], first + len(rows), backward=False) if rows and (more or backward) else None,
        _cursor(view, rows[0], first, backward=True) if rows and (more if backward else at is not None) else None,
    )


def count(session: Session, viewer: Viewer, filters: Filters, prefix: str) -> int:
    """How many tickets these filters leave."""
    return session.scalar(select(func.count()).select_from(Ticket).where(*_conditions(session, viewer, filters, prefix))) or 0


def counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """How many tickets each saved view holds, but for `all`, in one query."""
    require(viewer, Action.SEE_QUEUE)
    wanted = sizes(viewer)
    return dict(zip(wanted, session.execute(select(*wanted.values())).one(), strict=True))


def sizes(viewer: Viewer) -> dict[str, ScalarSelect[int]]:
    """What counts each saved view, but for `all`: columns for one query."""
    return {
        key: select(func.count()).select_from(Ticket).where(view.where(viewer), visible_tickets(viewer)).scalar_subquery()
        for key, view in VIEWS.items()
        if key != "all"
    }


def neighbours(session: Session, viewer: Viewer, filters: Filters, prefix: str, ticket: Ticket) -> tuple[int | None, int | None]:
    """Numbers of the tickets before and after this one in the list; after its end comes its top. None where there is no other.

    A ticket that was answered moves to the end of its list: whoever works through it goes on at the top.
    """
    view = _view(filters)
    moment, own = (Ticket.waiting_since, ticket.waiting_since) if view.waiting else (Ticket.updated_at, ticket.updated_at)
    key, here = tuple_(moment, Ticket.number), tuple_(own, ticket.number)
    wanted = select(Ticket.number).where(*_conditions(session, viewer, filters, prefix)).limit(1)
    falling, rising = (moment.desc(), Ticket.number.desc()), (moment, Ticket.number)
    first = wanted.where(Ticket.number != ticket.number).order_by(*(rising if view.waiting else falling))
    below, above, top = session.execute(
        select(
            wanted.where(key < here).order_by(*falling).scalar_subquery(),
            wanted.where(key > here).order_by(*rising).scalar_subquery(),
            first.scalar_subquery(),
        )
    ).one()
    return (below, above or top) if view.waiting else (above, below or top)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a row warns of: messages to accept, mails not delivered."""

    pending: int = 0
    undelivered: int = 0


def marks(session: Session, numbers: list[int]) -> dict[int, Marks]:
    """The marks of these tickets; those without any are left out."""
    waiting = (
        select(Comment.ticket_number, func.count())
        .where(Comment.ticket_number.in_(numbers), Comment.state == CommentState.PENDING)
        .group_by(Comment.ticket_number)
    )
    failed = (OutboxMessage.state == OutboxState.FAILED) | DeliveryProblem.id.is_not(None)
    unsent = (
        select(OutboxMessage.ticket_number, func.count(OutboxMessage.id.distinct()))
        .outerjoin(DeliveryProblem, and_(DeliveryProblem.outbox_id == OutboxMessage.id, DeliveryProblem.action == "failed"))
        .where(OutboxMessage.ticket_number.in_(numbers), failed)
        .group_by(OutboxMessage.ticket_number)
    )
    pending, lost = dict(session.execute(waiting).all()), dict(session.execute(unsent).all())
    return {n: Marks(pending.get(n, 0), lost.get(n, 0)) for n in numbers if n in pending or n in lost}


def _conditions(session: Session, viewer: Viewer, filters: Filters, prefix: str) -> list[ColumnElement[bool]]:
    wanted = [visible_tickets(viewer), _view(filters).where(viewer)]
    for name, words in (("status", Status), ("type", TicketType), ("priority", Priority)):
        value = getattr(filters, name)
        if value and value not in list(words):
            raise Refused(f"“{value}” is none of {', '.join(words)}.", name)
        if value:
            wanted.append(getattr(Ticket, name) == value)
    if filters.assignee:
        wanted.append(_assigned_to(session, viewer, filters.assignee))
    if filters.tag:
        wanted.append(Ticket.tags.contains([filters.tag.strip().lower()]))
    if filters.q.strip():
        wanted.append(Ticket.number.in_(_found(session, filters.q.strip()[:LONGEST_QUERY], prefix)))
    return wanted


def _view(filters: Filters) -> View:
    view = VIEWS.get(filters.view or "all")
    if view is None:
        raise Refused(f"There is no view “{filters.view}”: {', '.join(VIEWS)}.", "view")
    return view


def _assigned_to(session: Session, viewer: Viewer, wanted: str) -> ColumnElement[bool]:
    if wanted == "none":
        return Ticket.assignee_id.is_(None)
    if wanted == "me":
        return Ticket.assignee_id == viewer.person_id
    person = people.person_at(session, wanted.strip())
    return Ticket.assignee_id == person.id if person is not None else false()


def _found(session: Session, query: str, prefix: str) -> Any:
    session.execute(text("set local statement_timeout = '3s'"))
    likely = "%" + query.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    who: Select[int] = select(Person.id).where(func.lower(Person.name).like(likely))
    at: Select[int] = select(PersonAddress.person_id).where(PersonAddress.address.like(likely))
    number = addressing.read_tag(prefix, query)
    if number is None and query.isascii() and query.isdigit() and len(query) <= 12:
        number = int(query)
    return union(
        search.matching(query, with_notes=True),
        select(Ticket.number).where(Ticket.requester_id.in_(union(who, at))),
        select(Ticket.number).where(Ticket.number == number),
    )


def _cursor(view: View, row: Row, first: int, *, backward: bool) -> str:
    at = row.ticket.waiting_since if view.waiting else row.ticket.updated_at
    packed = json.dumps([at.isoformat(), row.ticket.number, first, backward], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode("ascii").rstrip("=")


def _read_cursor(cursor: str) -> _Cursor:
    try:
        at, number, first, backward = json.loads(base64.urlsafe_b64decode(cursor[:400] + "=" * (-len(cursor) % 4)))
        found = _Cursor(datetime.fromisoformat(at), int(number), int(first), bool(backward))
    except (ValueError, TypeError, binascii.Error) as error:
        raise Refused("This is not a cursor of ours.", "cursor") from error
    if found.at.tzinfo is None or not 0 <= found.number < 10**12 or not 0 < found.first < 10**12:
        raise Refused("This is not a cursor of ours.", "cursor")
    return found
