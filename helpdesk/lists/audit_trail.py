"""The audit trail, newest first, for administrators: narrowed by kind, actor, ticket and day, in pages by keyset.

Every kind is read along the index (kind, time) and the newest of all are taken, so that a page costs the same however long the
trail is, of some days too. Not here: who writes it (helpdesk/audit.py), and its sentences (web/pages/admin/audit_words.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal_column, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload

from helpdesk import people
from helpdesk.errors import Refused
from helpdesk.models import Event
from helpdesk.permissions import Action, Viewer, require

MOST_ROWS = 500
_NEWEST = (Event.created_at.desc(), Event.id.desc())
_Condition = ColumnElement[bool]
_Seen = tuple[datetime, int]
HELPDESK = "helpdesk"  # what happened by itself: the actor of events that nobody did


@dataclass(frozen=True, slots=True)
class Page:
    """One page of events, their actors at hand; `next` is the cursor of what happened before them, None at the beginning."""

    rows: list[Event]
    next: str | None


def page(
    session: Session,
    viewer: Viewer,
    *,
    kind: str = "",
    actor: str = "",
    ticket: int | None = None,
    since: date | None = None,
    until: date | None = None,
    cursor: str = "",
    most: int = 50,
) -> Page:
    """What happened, newest first; `actor` is an address or HELPDESK, `since` and `until` are days (UTC), both included.

    "" and None are any. A cursor is the number of the last event seen. Raises NotAllowed, and Refused for a cursor that is none.
    """
    require(viewer, Action.MANAGE)
    most = max(1, min(most, MOST_ROWS))
    wanted = [*_of_days(since, until)]
    if actor:
        wanted.append(_by(session, actor))
    before = _seen(session, cursor) if cursor else None
    if ticket is not None:
        rows = session.scalars(_of_ticket(ticket, kind, wanted, before, most + 1))
    elif actor:
        rows = session.scalars(_of_actor(kind, wanted, before, most + 1))
    else:
        rows = session.scalars(_by_time(session, kind, wanted, before, most + 1))
    found = list(rows)
    return Page(found[:most], str(found[most - 1].id) if len(found) > most else None)


def kinds(session: Session, viewer: Viewer) -> list[str]:
    """The kinds that have ever happened, by name; one look into the index for each, however many events there are."""
    require(viewer, Action.MANAGE)
    return _kinds(session)


def _kinds(session: Session) -> list[str]:
    first = select(func.min(Event.kind).label("kind")).cte("seen", recursive=True)
    following = select(func.min(Event.kind)).where(Event.kind > first.c.kind).scalar_subquery()
    seen = first.union_all(select(following).where(first.c.kind.is_not(None)))
    return list(session.scalars(select(seen.c.kind).where(seen.c.kind.is_not(None)).order_by(seen.c.kind)))


def _by_time(session: Session, kind: str, wanted: list[_Condition], before: _Seen | None, most: int) -> Select[Event]:
    """The newest of each kind, and of these the newest."""
    every = func.unnest(cast([kind] if kind else _kinds(session), ARRAY(Text))).table_valued("kind").render_derived("kinds")
    newest = (
        select(Event.id)
        .where(Event.kind == every.c.kind, *wanted, *_earlier(before))
        .order_by(*_NEWEST)
        .limit(most)
        .lateral("newest")
    )
    numbers = select(newest.c.id).select_from(every).join(newest, true())
    return _with_actors(select(Event).where(Event.id.in_(numbers)).order_by(*_NEWEST).limit(most))


def _of_ticket(number: int, kind: str, wanted: list[_Condition], before: _Seen | None, most: int) -> Select[Event]:
    """All of one ticket's are few."""
    conditions = [Event.ticket_number == number, *wanted, *_earlier(before)]
    if kind:
        conditions.append(Event.kind == kind)
    return _with_actors(select(Event).where(*conditions).order_by(*_NEWEST).limit(most))


def _of_actor(kind: str, wanted: list[_Condition], before: _Seen | None, most: int) -> Select[Event]:
    """By number and not by time: there is an index of that, and an agent has done a hundred thousand things."""
    conditions = [*wanted]
    if kind:
        conditions.append(Event.kind == kind)
    if before is not None:
        conditions.append(Event.id < before[1])
    return _with_actors(select(Event).where(*conditions).order_by(Event.id.desc()).limit(most))


def _earlier(before: _Seen | None) -> list[_Condition]:
    if before is None:
        return []
    return [Event.created_at <= before[0], tuple_(Event.created_at, Event.id) < before]


def _with_actors(wanted: Select[Event]) -> Select[Event]:
    return wanted.options(joinedload(Event.actor))


def _by(session: Session, actor: str) -> _Condition:
    if actor == HELPDESK:
        return Event.actor_id.is_(None)
    person = people.person_at(session, actor.strip())
    return Event.actor_id == person.id if person is not None else literal_column("false")


def _of_days(since: date | None, until: date | None) -> list[_Condition]:
    wanted = []
    if since is not None:
        wanted.append(Event.created_at >= _midnight(since))
    if until is not None and until < date.max:  # the calendar has no day after it
        wanted.append(Event.created_at < _midnight(until) + timedelta(days=1))
    return wanted


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _seen(session: Session, cursor: str) -> _Seen:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise Refused("This is not a cursor of ours.", "cursor")
    at = session.scalar(select(Event.created_at).where(Event.id == int(cursor)))
    if at is None:
        raise Refused("What this cursor names is gone: begin again.", "cursor")
    return at, int(cursor)
