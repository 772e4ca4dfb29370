"""A reply written on the web or sent by the API to a ticket that was closed: the same rule as by mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import people, submissions, tickets
from helpdesk.errors import NotAllowed, Refused
from helpdesk.models import OutboxMessage, Person, Source, Ticket, TicketLink
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket


@pytest.fixture
def alice(session: Session) -> Person:
    return people.find_or_make(session, "alice@example.org", "Alice")


@pytest.fixture
def ticket(session: Session, alice: Person) -> Ticket:
    made = tickets.open_ticket(session, NewTicket("Printer", "It burns", alice, Source.WEB, type="bug", acknowledge=False), SYSTEM)
    tickets.change_status(session, made, "closed", SYSTEM)
    session.flush()
    session.refresh(made)
    session.info.clear()
    return made


def answer(session: Session, ticket: Ticket, person: Person, via: Via, days: float, content: str = "Again.") -> Ticket | None:
    ticket.closed_at = session.execute(select(func.now())).scalar_one() - timedelta(days=days)
    return submissions.follow_up(session, ticket, content, viewer_of(person, via), person, reopen_days=14)


@pytest.mark.parametrize(("via", "source"), [(Via.WEB, "web"), (Via.API, "api")])
def test_long_after_closing_a_new_ticket_follows_the_old_one(
    session: Session, ticket: Ticket, alice: Person, via: Via, source: str
) -> None:
    made = answer(session, ticket, alice, via, 15)
    assert made is not None
    assert (made.title, made.description, made.source, made.requester, made.type) == ("Printer", "Again.", source, alice, "bug")
    link = session.scalars(select(TicketLink)).one()
    assert (link.ticket_number, link.other_number, link.kind) == (made.number, ticket.number, "follows")
    assert ticket.status == "closed"
    kinds = session.scalars(select(OutboxMessage.kind).where(OutboxMessage.ticket_number == made.number)).all()
    assert kinds == ["acknowledgement"]


def test_within_two_weeks_it_belongs_on_the_old_one(session: Session, ticket: Ticket, alice: Person) -> None:
    assert answer(session, ticket, alice, Via.WEB, 13) is None


def test_an_agents_words_belong_on_the_old_one_always(session: Session, ticket: Ticket) -> None:
    assert answer(session, ticket, people.add_user(session, "bob@help.test", "Bob", "agent"), Via.WEB, 99) is None


def test_spam_is_followed_by_nothing(session: Session, ticket: Ticket, alice: Person) -> None:
    ticket.tags = [tickets.SPAM]
    assert answer(session, ticket, alice, Via.WEB, 99) is None


def test_a_stranger_opens_nothing_by_it_and_nobody_opens_an_empty_one(session: Session, ticket: Ticket, alice: Person) -> None:
    with pytest.raises(NotAllowed):
        answer(session, ticket, people.find_or_make(session, "mallory@evil.example"), Via.API, 15)
    with pytest.raises(Refused):
        answer(session, ticket, alice, Via.WEB, 15, content="  ")
