"""Me too on a known issue: once a person, undoable. Whoever said it follows the issue (`issues/updates`)."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import audit
from helpdesk.errors import NotFound
from helpdesk.models import MutedTicket, Person, Ticket, Upvote
from helpdesk.permissions import Viewer, public_tickets


def add(session: Session, number: int | None, person: Person, by: Viewer) -> int:
    """Count this person in; a second time changes nothing. Gives how many there are; NotFound when it is no known issue."""
    ticket = _locked(session, number)
    row = insert(Upvote).values(ticket_number=ticket.number, person_id=person.id)
    if session.execute(row.on_conflict_do_nothing().returning(Upvote.person_id)).scalar() is not None:
        audit.record(session, "upvoted", by, ticket_number=ticket.number)
        if not person.is_staff:  # said anew, it is followed anew
            session.execute(
                delete(MutedTicket).where(MutedTicket.ticket_number == ticket.number, MutedTicket.person_id == person.id)
            )
    return _counted(session, ticket)


def remove(session: Session, number: int | None, person: Person, by: Viewer) -> int:
    """Count this person out again; gives how many are left."""
    ticket = _locked(session, number)
    row = delete(Upvote).where(Upvote.ticket_number == ticket.number, Upvote.person_id == person.id)
    if session.execute(row.returning(Upvote.person_id)).scalar() is not None:
        audit.record(session, "upvote_removed", by, ticket_number=ticket.number)
    return _counted(session, ticket)


def _locked(session: Session, number: int | None) -> Ticket:
    wanted = select(Ticket).where(Ticket.number == number, public_tickets()).with_for_update(of=Ticket)
    ticket = session.scalar(wanted.execution_options(populate_existing=True)) if number is not None else None
    if ticket is None:
        raise NotFound("There is no such known issue.")
    return ticket


def _counted(session: Session, ticket: Ticket) -> int:
    ticket.upvotes = session.scalar(select(func.count()).where(Upvote.ticket_number == ticket.number)) or 0
    session.flush()
    return ticket.upvotes
