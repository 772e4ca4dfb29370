"""Merging: nothing is lost, nobody learns what was not theirs, and what comes later goes to the ticket that stays."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from helpdesk import comments, db, participants, people, tickets
from helpdesk.comments import NewComment
from helpdesk.errors import NotAllowed, Refused
from helpdesk.models import Comment, Event, OutboxMessage, Source, Ticket, Upvote
from helpdesk.permissions import Via, Viewer, viewer_of
from helpdesk.reshaping import merge
from helpdesk.tickets import NewTicket


@pytest.fixture
def bob(engine: Engine) -> Viewer:
    with db.transaction(engine) as session:
        return viewer_of(people.add_user(session, "bob@help.test", "Bob", "agent"), Via.WEB)


def opened(engine: Engine, address: str, title: str) -> int:
    with db.transaction(engine) as session:
        person = people.find_or_make(session, address)
        return tickets.open_ticket(
            session, NewTicket(title, "It smokes.", person, Source.EMAIL), viewer_of(person, Via.EMAIL)
        ).number


def merged(engine: Engine, number: int, into: int, by: Viewer) -> None:
    with db.transaction(engine) as session:
        first, second = (session.get_one(Ticket, one, with_for_update=True) for one in (number, into))
        merge.merge(session, first, second, by, tag=f"ELM-{into:03d}")


def told(session: Session, number: int) -> list[tuple[str, str]]:
    wanted = select(OutboxMessage.recipient, Comment.content).join(Comment).where(OutboxMessage.ticket_number == number)
    return [(recipient, content) for recipient, content in session.execute(wanted.order_by(OutboxMessage.recipient))]


def test_people_take_part_where_it_goes_on_and_still_read_what_they_read(engine: Engine, session: Session, bob: Viewer) -> None:
    old, new = opened(engine, "alice@example.com", "Smoke"), opened(engine, "charlie@example.org", "Fire")
    merged(engine, old, new, bob)
    row = session.get_one(Ticket, old)
    assert (row.merged_into, row.status) == (new, "closed")
    assert [(one.person.address, one.role) for one in participants.of(session, new)] == [
        ("charlie@example.org", "requester"), ("alice@example.com", "cc"),
    ]  # fmt: skip
    alice = people.person_at(session, "alice@example.com")
    assert alice is not None
    assert tickets.find(session, viewer_of(alice, Via.WEB), old).number == old
    kinds = select(Event.kind, Event.ticket_number).where(Event.kind.in_(("merged", "merged_from"))).order_by(Event.id)
    assert [tuple(one) for one in session.execute(kinds)] == [("merged", old), ("merged_from", new)]


def test_a_requester_is_told_and_learns_no_title_of_another(engine: Engine, session: Session, bob: Viewer) -> None:
    old, new = opened(engine, "alice@example.com", "Smoke"), opened(engine, "charlie@example.org", "Secret of Charlie")
    merged(engine, old, new, bob)
    ((recipient, words),) = told(session, old)
    assert recipient == "alice@example.com"
    assert "ELM-002" in words
    assert "Secret" not in words
    assert told(session, new) == []


def test_their_own_other_ticket_is_named(engine: Engine, session: Session, bob: Viewer) -> None:
    old, new = opened(engine, "alice@example.com", "Smoke"), opened(engine, "alice@example.com", "Fire")
    merged(engine, old, new, bob)
    assert "ELM-002 “Fire”" in told(session, old)[0][1]
    assert len(participants.of(session, new)) == 1


def test_messages_stay_where_they_were_written(engine: Engine, session: Session, bob: Viewer) -> None:
    old, new = opened(engine, "alice@example.com", "Smoke"), opened(engine, "charlie@example.org", "Fire")
    with db.transaction(engine) as own:
        alice = people.find_or_make(own, "alice@example.com")
        said = NewComment("It still smokes.", Source.EMAIL, alice, alice.address)
        comments.add_comment(own, own.get_one(Ticket, old), said, viewer_of(alice, Via.EMAIL))
    merged(engine, old, new, bob)
    assert [one.ticket_number for one in session.scalars(select(Comment))] == [old, old]


def test_a_chain_of_merges_leads_straight_to_its_end(engine: Engine, session: Session, bob: Viewer) -> None:
    first, second, third = (opened(engine, "alice@example.com", title) for title in ("A", "B", "C"))
    merged(engine, first, second, bob)
    merged(engine, second, third, bob)
    assert session.get_one(Ticket, first).merged_into == third


def test_votes_come_along_once_a_person(engine: Engine, session: Session, bob: Viewer) -> None:
    old, new = opened(engine, "alice@example.com", "Smoke"), opened(engine, "charlie@example.org", "Fire")
    with db.transaction(engine) as own:
        alice, charlie = (people.find_or_make(own, one) for one in ("alice@example.com", "charlie@example.org"))
        own.add_all([Upvote(ticket_number=old, person_id=one.id) for one in (alice, charlie)])
        own.add(Upvote(ticket_number=new, person_id=charlie.id))
    merged(engine, old, new, bob)
    assert session.get_one(Ticket, new).upvotes == 2


@pytest.mark.parametrize("what", ["itself", "one that was merged", "again", "restricted", "a requester"])
def test_what_cannot_be_merged(what: str, engine: Engine, session: Session, bob: Viewer) -> None:
    old, new, other = (opened(engine, "alice@example.com", title) for title in ("A", "B", "C"))
    alice = people.person_at(session, "alice@example.com")
    assert alice is not None
    number, into, by = old, new, bob
    if what == "itself":
        into = old
    elif what == "one that was merged":
        merged(engine, new, other, bob)
    elif what == "again":
        merged(engine, old, other, bob)
    elif what == "restricted":
        with db.transaction(engine) as own:
            own.get_one(Ticket, new).restricted = True
            by = viewer_of(people.add_user(own, "dora@help.test", "Dora", "admin"), Via.WEB)
    else:
        by = viewer_of(alice, Via.WEB)
    with pytest.raises((Refused, NotAllowed)):
        merged(engine, number, into, by)
