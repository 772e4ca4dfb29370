"""Who has a ticket before them right now: an agent's page says so every few seconds, and who says nothing for a minute is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk.models import Person, Presence, Ticket
from helpdesk.permissions import Action, Viewer, require

FORGOTTEN_AFTER = timedelta(seconds=60)
MOST = 12


@dataclass(frozen=True, slots=True)
class Present:
    """A colleague who looks at the ticket; `writing`: there is text in their composer that they work on."""

    name: str
    address: str
    writing: bool


def here(session: Session, ticket: Ticket, by: Viewer, *, writing: bool) -> None:
    """`by` has the ticket's page open at this moment."""
    require(by, Action.READ_NOTES, None, ticket)
    values = {"writing": writing, "seen_at": func.now()}
    row = insert(Presence).values(ticket_number=ticket.number, person_id=by.person_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["ticket_number", "person_id"], set_=values))


def gone(session: Session, ticket_number: int, by: Viewer) -> None:
    """`by` has left the page."""
    session.execute(delete(Presence).where(Presence.ticket_number == ticket_number, Presence.person_id == by.person_id))


def others(session: Session, ticket_number: int, by: Viewer) -> list[Present]:
    """The colleagues who look at the ticket too: those who write first, then by name."""
    wanted = select(Person, Presence.writing).join(Presence, (Presence.person_id == Person.id) & fresh(ticket_number))
    return told([(person, writing) for person, writing in session.execute(wanted)], by)


def fresh(ticket_number: int | None) -> ColumnElement[bool]:
    """The rows that still count, of one ticket."""
    return (Presence.ticket_number == ticket_number) & (Presence.seen_at > func.now() - FORGOTTEN_AFTER)


def told(found: Iterable[tuple[Person, bool]], by: Viewer) -> list[Present]:
    """Those of these people who are not `by`, in the order in which they are shown."""
    present = [Present(person.name, person.address, writing) for person, writing in found if person.id != by.person_id]
    return sorted(present, key=lambda one: (not one.writing, one.name, one.address))[:MOST]
