"""Who takes part: somebody else becomes the requester, and spam keeps its sender out."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from helpdesk import comments, db, participants, people, tickets
from helpdesk.comments import NewComment
from helpdesk.errors import NotAllowed, Refused
from helpdesk.models import Event, OutboxMessage, Person, Source, Ticket
from helpdesk.permissions import Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket


@pytest.fixture
def bob(engine: Engine) -> Viewer:
    """An agent; alice has opened a ticket."""
    with db.transaction(engine) as session:
        alice = people.find_or_make(session, "alice@example.com", "Alice")
        tickets.open_ticket(session, NewTicket("Smoke", "It smokes.", alice, Source.EMAIL), viewer_of(alice, Via.EMAIL))
        return viewer_of(people.add_user(session, "bob@help.test", "Bob", "agent"), Via.EMAIL)


def set_requester(engine: Engine, address: str, by: Viewer) -> bool:
    with db.transaction(engine) as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        return participants.set_requester(session, ticket, people.find_or_make(session, address), by)


def roles(engine: Engine) -> dict[str, str]:
    with db.transaction(engine) as session:
        return {one.person.address: one.role for one in participants.of(session, 1)}


def test_whoever_asked_before_stays_in_copy_and_it_is_on_record(engine: Engine, bob: Viewer) -> None:
    assert set_requester(engine, "charlie@example.org", bob)
    assert roles(engine) == {"charlie@example.org": "requester", "alice@example.com": "cc"}
    assert set_requester(engine, "alice@example.com", bob)
    assert roles(engine) == {"alice@example.com": "requester", "charlie@example.org": "cc"}
    assert not set_requester(engine, "alice@example.com", bob)
    with db.transaction(engine) as session:
        data = session.scalars(select(Event.data).where(Event.kind == "requester_changed").order_by(Event.id)).all()
    assert data[0] == {"old": "alice@example.com", "new": "charlie@example.org"}
    assert len(data) == 2


def test_an_agent_who_wrote_the_ticket_does_not_stay_on_it(engine: Engine, bob: Viewer) -> None:
    with db.transaction(engine) as session:
        session.get_one(Person, session.get_one(Ticket, 1).requester_id).role = "agent"
    set_requester(engine, "charlie@example.org", bob)
    assert roles(engine) == {"charlie@example.org": "requester"}


def test_it_is_the_agents_to_say_and_no_agent_is_meant(engine: Engine, bob: Viewer) -> None:
    with pytest.raises(Refused):
        set_requester(engine, "bob@help.test", bob)
    with db.transaction(engine) as session:
        alice = viewer_of(people.find_or_make(session, "alice@example.com"), Via.EMAIL)
    with pytest.raises(NotAllowed):
        set_requester(engine, "charlie@example.org", alice)
    assert roles(engine) == {"alice@example.com": "requester"}


def test_spam_is_closed_without_a_word_and_its_sender_wakes_nobody(engine: Engine, bob: Viewer) -> None:
    with db.transaction(engine) as session:
        ticket = tickets.find(session, bob, 1, lock=True)
        tickets.mark_spam(session, ticket, bob)
        tickets.mark_spam(session, ticket, bob)
        assert (ticket.status, ticket.tags, tickets.is_spam(ticket)) == ("closed", ["spam"], True)
    with db.transaction(engine) as session:
        assert session.scalars(select(OutboxMessage.state).where(OutboxMessage.recipient == "alice@example.com")).all() == [
            "cancelled"
        ]
        ticket, alice = tickets.find(session, bob, 1, lock=True), people.find_or_make(session, "alice@example.com")
        new = NewComment("Buy!", Source.EMAIL, alice, alice.address)
        comments.add_comment(session, ticket, new, viewer_of(alice, Via.EMAIL))
        assert ticket.status == "closed"
        assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_only_agents_say_spam(engine: Engine, bob: Viewer) -> None:
    with db.transaction(engine) as session:
        alice = viewer_of(people.find_or_make(session, "alice@example.com"), Via.EMAIL)
        with pytest.raises(NotAllowed):
            tickets.mark_spam(session, tickets.find(session, alice, 1, lock=True), alice)
