"""The breaker: so many acknowledgements leave within an hour, the others wait for their turn, and administrators hear of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.models import OutboxMessage, Source
from helpdesk.permissions import SYSTEM
from helpdesk.tickets import NewTicket


@pytest.fixture
def admins(session: Session) -> None:
    people.add_user(session, "dora@help.test", "Dora", "admin")
    people.add_user(session, "bob@help.test", "Bob", "agent")


def crowd(session: Session, first: int, last: int, an_hour: int = 3) -> None:
    """People `first` to `last` write, one after the other."""
    for n in range(first, last + 1):
        person = people.find_or_make(session, f"p{n}@example.org")
        tickets.open_ticket(session, NewTicket(f"From {n}", "Help", person, Source.EMAIL), SYSTEM, acknowledgements_an_hour=an_hour)
        session.commit()  # the next one comes later
        session.info.clear()


def waits(session: Session) -> list[int]:
    """How many hours each acknowledgement waits from now, in the order of writing."""
    now = session.execute(select(func.now())).scalar_one()
    wanted = select(OutboxMessage.due_at).where(OutboxMessage.kind == "acknowledgement").order_by(OutboxMessage.id)
    return [max(0, round((due - now) / timedelta(hours=1))) for due in session.scalars(wanted)]


def told(session: Session) -> list[str]:
    wanted = select(OutboxMessage.recipient).where(OutboxMessage.kind == "breaker").order_by(OutboxMessage.id)
    return list(session.scalars(wanted))


def later(session: Session, hours: float) -> None:
    """So much time passes."""
    back = timedelta(hours=hours)
    session.execute(update(OutboxMessage).values(created_at=OutboxMessage.created_at - back, due_at=OutboxMessage.due_at - back))
    session.commit()


@pytest.mark.usefixtures("admins")
def test_beyond_so_many_an_hour_each_waits_for_its_turn_and_none_is_dropped(session: Session) -> None:
    crowd(session, 1, 8)
    assert waits(session) == [0, 0, 0, 1, 1, 1, 2, 2]
    states = set(session.scalars(select(OutboxMessage.state).where(OutboxMessage.kind == "acknowledgement")))
    assert states == {"queued"}


@pytest.mark.usefixtures("admins")
def test_in_quiet_times_nobody_waits_and_nobody_is_told(session: Session) -> None:
    crowd(session, 1, 3)
    later(session, 1.1)
    crowd(session, 4, 6)
    assert (waits(session), told(session)) == ([0] * 6, [])


@pytest.mark.usefixtures("admins")
def test_who_comes_while_others_wait_does_not_overtake_them(session: Session) -> None:
    crowd(session, 1, 7)
    later(session, 0.9)
    crowd(session, 8, 8)
    assert waits(session)[-1] == 1
    later(session, 2.2)
    crowd(session, 9, 9)
    assert waits(session)[-1] == 0


@pytest.mark.usefixtures("admins")
def test_administrators_are_told_once_an_hour(session: Session) -> None:
    crowd(session, 1, 6)
    assert told(session) == ["dora@help.test"]
    later(session, 1.1)
    crowd(session, 7, 9)
    assert told(session) == ["dora@help.test"] * 2


def test_a_waiting_acknowledgement_is_not_nudged_and_the_rest_is_told_at_once(session: Session) -> None:
    people.add_user(session, "dora@help.test", "Dora", "admin")
    crowd(session, 1, 4)
    rows = session.execute(select(OutboxMessage.kind, OutboxMessage.due_at).order_by(OutboxMessage.id.desc()).limit(3)).all()
    assert {kind: due <= datetime.now(UTC) for kind, due in rows} == {"new_ticket": True, "breaker": True, "acknowledgement": False}
