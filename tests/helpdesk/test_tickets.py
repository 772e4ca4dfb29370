"""The verbs of a ticket: what each changes, records, and tells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.errors import NotAllowed, Refused
from helpdesk.models import Event, OutboxMessage, Person, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket


@pytest.fixture
def alice(session: Session) -> Person:
    return people.find_or_make(session, "alice@example.org", "Alice")


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob", "agent")


@pytest.fixture
def agent(bob: Person) -> Viewer:
    return viewer_of(bob, Via.WEB)


@pytest.fixture
def ticket(session: Session, alice: Person, bob: Person) -> Ticket:
    made = tickets.open_ticket(session, NewTicket("It burns", "Help", alice, Source.WEB), viewer_of(alice, Via.WEB))
    told(session)
    return made


def told(session: Session) -> list[tuple[str, str]]:
    """Who was told what since the last time; as after a commit, what comes next is another mail."""
    session.info.clear()
    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.recipient)).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return [(row.recipient, row.kind) for row in rows]


def recorded(session: Session, number: int) -> list[str]:
    return list(session.scalars(select(Event.kind).where(Event.ticket_number == number).order_by(Event.id)))


def test_opening_acknowledges_the_requester_and_tells_the_agents(session: Session, alice: Person, bob: Person) -> None:
    made = tickets.open_ticket(session, NewTicket(" It\r\nburns\0 ", "Help", alice, Source.EMAIL), SYSTEM)
    assert (made.number, made.title, made.subject, made.status, made.waiting_on) == (1, "It burns", "It burns", "open", "us")
    assert told(session) == [("alice@example.org", "acknowledgement"), ("bob@example.com", "new_ticket")]
    assert recorded(session, made.number) == ["created"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"acknowledge": False}, [("bob@example.com", "new_ticket")]),
        ({}, [("alice@example.org", "acknowledgement"), ("bob@example.com", "new_ticket")]),
    ],
    ids=str,
)
def test_a_machine_is_not_acknowledged(
    session: Session, alice: Person, bob: Person, options: dict[str, Any], expected: list[Any]
) -> None:
    tickets.open_ticket(session, NewTicket("x", "x", alice, Source.EMAIL, **options), SYSTEM)
    assert told(session) == expected


@pytest.mark.parametrize(
    ("status", "resolved", "closed"), [("resolved", True, False), ("closed", False, True), ("in_progress", False, False)]
)
def test_a_status_is_set_once_with_its_time(
    session: Session, ticket: Ticket, agent: Viewer, status: str, resolved: bool, closed: bool
) -> None:
    assert tickets.change_status(session, ticket, status, agent)
    assert not tickets.change_status(session, ticket, status, agent)
    session.flush()
    session.refresh(ticket)
    assert (ticket.status, ticket.resolved_at is not None, ticket.closed_at is not None) == (status, resolved, closed)
    assert recorded(session, ticket.number) == ["created", "status_changed"]
    assert told(session) == ([] if status == "in_progress" else [("alice@example.org", "status")])


def test_the_requester_resolves_and_reopens_but_does_not_start_work(session: Session, ticket: Ticket, alice: Person) -> None:
    own = viewer_of(alice, Via.WEB)
    assert tickets.change_status(session, ticket, "resolved", own)
    assert tickets.reopen(session, ticket, own)
    assert (ticket.status, ticket.resolved_at) == ("open", None)
    with pytest.raises(NotAllowed):
        tickets.change_status(session, ticket, "in_progress", own)
    with pytest.raises(NotAllowed):
        tickets.edit(session, ticket, own, priority="high")
    with pytest.raises(NotAllowed):
        tickets.assign(session, ticket, None, own)


def test_reopening_goes_back_to_whoever_had_it(session: Session, ticket: Ticket, agent: Viewer, bob: Person) -> None:
    tickets.assign(session, ticket, bob, agent)
    tickets.change_status(session, ticket, "closed", agent)
    tickets.reopen(session, ticket, agent)
    assert (ticket.status, ticket.closed_at, ticket.waiting_on) == ("in_progress", None, "us")


def test_assigning_tells_the_agent_unless_they_took_it(session: Session, ticket: Ticket, agent: Viewer, bob: Person) -> None:
    dora = people.add_user(session, "dora@example.com", "Dora", "admin")
    assert tickets.assign(session, ticket, bob, agent)
    assert not tickets.assign(session, ticket, bob, agent)
    assert told(session) == []
    assert tickets.assign(session, ticket, dora, agent)
    assert told(session) == [("dora@example.com", "assignment")]
    with pytest.raises(Refused):
        tickets.assign(session, ticket, ticket.requester, agent)


@pytest.mark.parametrize(
    ("changes", "stored"),
    [
        ({"type": "bug", "priority": "critical"}, {"type": "bug", "priority": "critical"}),
        ({"title": "  A\nnew   title "}, {"title": "A new title", "subject": "It burns"}),
        ({"tags": ["Hot Stuff", "hot-stuff", " ", "a,b"]}, {"tags": ["a-b", "hot-stuff"]}),
        ({"is_public": True}, {"is_public": True}),
        ({"snoozed_until": datetime(2030, 1, 1, tzinfo=UTC)}, {"snoozed_until": datetime(2030, 1, 1, tzinfo=UTC)}),
    ],
    ids=str,
)
def test_a_field_is_changed_and_recorded_once(
    session: Session, ticket: Ticket, agent: Viewer, changes: dict[str, Any], stored: dict[str, Any]
) -> None:
    assert tickets.edit(session, ticket, agent, **changes) == list(changes)
    assert tickets.edit(session, ticket, agent, **changes) == []
    session.refresh(ticket)
    assert {name: getattr(ticket, name) for name in stored} == stored
    assert recorded(session, ticket.number) == ["created", *(f"{name}_changed" for name in changes)]
    assert told(session) == []


@pytest.mark.parametrize(
    "changes",
    [{"type": "none"}, {"priority": ""}, {"title": " \n"}, {"tags": [str(n) for n in range(41)]}, {"number": 7}, {"role": "x"}],
    ids=str,
)
def test_a_field_that_cannot_be_is_refused(session: Session, ticket: Ticket, agent: Viewer, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        tickets.edit(session, ticket, agent, **changes)


@pytest.mark.parametrize(
    ("identifier", "number"),
    [("1", 1), ("ELM-001", 1), (" elm-0001 ", 1), ("ELM1", 1), ("elm-999", 999), ("x", None), ("ELM-", None), ("-1", None), ("1" * 13, None),
     ("²", None), ("ACME-1", None), ("00000000-0000-0000-0000-000000000000", None)],
)  # fmt: skip
def test_an_identifier_is_a_number_a_tag_or_a_uuid(session: Session, ticket: Ticket, identifier: str, number: int | None) -> None:
    assert tickets.number_of(session, identifier, "ELM") == number
    assert tickets.number_of(session, str(ticket.id).upper(), "ELM") == ticket.number
