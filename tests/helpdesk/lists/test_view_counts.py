"""Counts of views: at once where there are few tickets, else as the worker left them; restricted tickets for administrators only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.lists import overview, view_counts
from helpdesk.models import Fact, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket


def opened(session: Session, **fields: object) -> Ticket:
    alice = people.find_or_make(session, "alice@example.org")
    made = tickets.open_ticket(session, NewTicket(title="Help", description="", requester=alice, source=Source.EMAIL), SYSTEM)
    if fields:
        session.execute(update(Ticket).where(Ticket.number == made.number).values(**fields))
    return made


def test_each_sees_their_own_and_what_is_restricted_only_administrators(session: Session) -> None:
    bob = people.add_user(session, "bob@example.com", "Bob", "agent")
    dora = people.add_user(session, "dora@example.com", "Dora", "admin")
    opened(session)
    opened(session, restricted=True)
    opened(session, assignee_id=bob.id)
    seen = [view_counts.now(session).of(viewer_of(who, Via.WEB)) for who in (bob, dora)]
    assert [(one["unassigned"], one["mine"], one["open"], one["us"]) for one in seen] == [(1, 1, 2, 2), (2, 0, 3, 3)]


def test_a_large_helpdesk_shows_what_the_worker_counted_and_when(session: Session) -> None:
    bob = viewer_of(people.add_user(session, "bob@example.com", "Bob", "agent"), Via.WEB)
    opened(session)
    kept = view_counts.refresh(session)
    opened(session)
    large, small = overview.read(session, bob, live_up_to=0), overview.read(session, bob)
    assert (large.views["open"], large.live, large.at.isoformat()) == (1, False, kept.at)
    assert (small.views["open"], small.live) == (2, True)


def test_counts_that_nobody_refreshed_for_minutes_are_counted_anew(session: Session) -> None:
    bob = viewer_of(people.add_user(session, "bob@example.com", "Bob", "agent"), Via.WEB)
    opened(session)
    assert overview.read(session, bob, live_up_to=0).views["open"] == 1
    fact = session.get_one(Fact, view_counts.FACT)
    fact.value = fact.value | {"at": (datetime.now(UTC) - timedelta(minutes=6)).isoformat()}
    opened(session)
    session.flush()
    assert overview.read(session, bob, live_up_to=0).views["open"] == 2


def test_counts_of_another_version_count_for_nothing(session: Session) -> None:
    bob = viewer_of(people.add_user(session, "bob@example.com", "Bob", "agent"), Via.WEB)
    session.add(Fact(name=view_counts.FACT, value={"other": 1}))
    session.flush()
    assert overview.read(session, bob, live_up_to=0).views["open"] == 0
