"""Notifications gathered into one mail: who wants it, when it goes, and that nothing is lost or told twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk import comments, people, tickets
from helpdesk.comments import NewComment
from helpdesk.models import MutedTicket, OutboxMessage, OutboxState, Person, Source, Ticket
from helpdesk.permissions import Via, viewer_of
from helpdesk.staff import digest, preferences
from helpdesk.staff.preferences import When
from helpdesk.tickets import NewTicket


@pytest.fixture
def alice(session: Session) -> Person:
    return people.find_or_make(session, "alice@example.org", "Alice")


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob", "agent")


def _opened(session: Session, alice: Person, title: str = "It burns") -> Ticket:
    made = tickets.open_ticket(session, NewTicket(title, "Help", alice, Source.WEB), viewer_of(alice, Via.WEB))
    session.info.clear()
    return made


def _rows(session: Session, **wanted: Any) -> list[OutboxMessage]:
    session.flush()
    session.expire_all()
    return list(session.scalars(select(OutboxMessage).filter_by(**wanted).order_by(OutboxMessage.id)))


def _older(session: Session, by: timedelta) -> None:
    """What waits has waited so much longer."""
    waiting = OutboxMessage.state == OutboxState.DIGEST
    session.execute(update(OutboxMessage).where(waiting).values(created_at=OutboxMessage.created_at - by))


def test_who_wants_it_gathered_gets_one_mail_when_the_hour_is_over(session: Session, alice: Person, bob: Person) -> None:
    preferences.keep(bob, {"when": "hourly"})
    first, second = _opened(session, alice), _opened(session, alice, "It smokes")
    assert [row.state for row in _rows(session, recipient=bob.address)] == [OutboxState.DIGEST] * 2
    _older(session, timedelta(hours=1))
    assert digest.send_due(session) == 1
    *lines, mail = _rows(session, recipient=bob.address)
    assert (mail.kind, mail.state, mail.data) == ("digest", OutboxState.QUEUED, {"rows": [line.id for line in lines]})
    assert [line.ticket_number for line in lines] == [first.number, second.number]
    assert digest.send_due(session) == 0, "nothing is told twice"


def test_what_came_this_hour_waits_for_its_end(session: Session, alice: Person, bob: Person) -> None:
    preferences.keep(bob, {"when": "hourly"})
    _opened(session, alice)
    session.execute(update(OutboxMessage).values(created_at=datetime.now(UTC) + timedelta(seconds=1)))
    assert digest.send_due(session) == 0
    assert _rows(session, kind="digest") == []


@pytest.mark.parametrize(
    ("when", "now", "expected"),
    [
        (When.HOURLY, "2031-05-03T09:59", "2031-05-03T09:00"),
        (When.DAILY, "2031-05-03T07:00", "2031-05-03T07:00"),
        (When.DAILY, "2031-05-03T06:59", "2031-05-02T07:00"),
    ],
)
def test_the_hour_and_the_day_end_at_fixed_times(when: When, now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert digest._boundary(when, at) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_who_wants_mail_at_once_again_gets_what_waited(session: Session, alice: Person, bob: Person) -> None:
    preferences.keep(bob, {"when": "daily"})
    _opened(session, alice)
    preferences.keep(bob, {"when": "at_once"})
    session.flush()
    assert digest.send_due(session) == 1
    assert [row.state for row in _rows(session, recipient=bob.address, kind="new_ticket")] == [OutboxState.DIGEST]
    _opened(session, alice, "It smokes")
    assert [row.state for row in _rows(session, recipient=bob.address, kind="new_ticket")][-1] == OutboxState.QUEUED


def test_who_left_the_team_gets_none(session: Session, alice: Person, bob: Person) -> None:
    preferences.keep(bob, {"when": "hourly"})
    _opened(session, alice)
    _older(session, timedelta(days=1))
    bob.active = False
    session.flush()
    assert digest.send_due(session) == 0
    assert [row.state for row in _rows(session, recipient=bob.address)] == [OutboxState.CANCELLED]


def test_a_ticket_that_was_muted_meanwhile_is_left_out(session: Session, alice: Person, bob: Person) -> None:
    preferences.keep(bob, {"when": "hourly"})
    quiet, loud = _opened(session, alice), _opened(session, alice, "It smokes")
    session.add(MutedTicket(ticket_number=quiet.number, person_id=bob.id))
    _older(session, timedelta(hours=1))
    assert digest.send_due(session) == 1
    (mail,) = _rows(session, kind="digest")
    lines = _rows(session, kind="new_ticket", recipient=bob.address)
    assert [(line.ticket_number, line.state) for line in lines] == [(quiet.number, "cancelled"), (loud.number, "digest")]
    assert mail.data == {"rows": [lines[1].id]}


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"everything": True}, ["comment"]),
        ({"everything": False}, []),
        ({"unassigned": False, "everything": True}, ["comment"]),
    ],
)
def test_a_colleagues_ticket_is_told_to_whoever_wants_all(
    session: Session, alice: Person, bob: Person, chosen: dict[str, Any], told: list[str]
) -> None:
    dora = people.add_user(session, "dora@example.com", "Dora", "agent")
    ticket = _opened(session, alice)
    tickets.assign(session, ticket, dora, viewer_of(dora, Via.WEB))
    preferences.keep(bob, chosen)
    session.execute(update(OutboxMessage).values(recipient="before@example.com"))
    session.info.clear()
    comments.add_comment(session, ticket, NewComment("And now?", Source.WEB, alice, alice.address), viewer_of(alice, Via.WEB))
    assert [row.kind for row in _rows(session, recipient=bob.address)] == told
    assert [row.kind for row in _rows(session, recipient=dora.address)] == ["comment"]


@pytest.mark.parametrize(("mentions", "told"), [(True, ["note"]), (False, [])])
def test_a_mention_is_told_to_whoever_wants_it(
    session: Session, alice: Person, bob: Person, mentions: bool, told: list[str]
) -> None:
    dora = people.add_user(session, "dora@example.com", "Dora", "agent")
    ticket = _opened(session, alice)
    preferences.keep(bob, {"mentions": mentions})
    session.execute(update(OutboxMessage).values(recipient="before@example.com"))
    note = NewComment("@bob, look", Source.WEB, dora, dora.address, internal=True)
    comments.add_comment(session, ticket, note, viewer_of(dora, Via.WEB))
    assert [row.kind for row in _rows(session, recipient=bob.address)] == told


def test_who_wants_everything_hears_of_new_tickets_and_of_colleagues_answers(session: Session, alice: Person, bob: Person) -> None:
    preferences.keep(bob, {"unassigned": False, "everything": True})
    dora = people.add_user(session, "dora@example.com", "Dora", "agent")
    ticket = _opened(session, alice)
    comments.add_comment(session, ticket, NewComment("On its way.", Source.WEB, dora, dora.address), viewer_of(dora, Via.WEB))
    assert [row.kind for row in _rows(session, recipient=bob.address)] == ["new_ticket", "comment"]
