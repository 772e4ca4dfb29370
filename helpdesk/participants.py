"""Who takes part in a ticket."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from helpdesk import audit
from helpdesk.errors import Refused
from helpdesk.models import Participant, ParticipantRole, Person, Ticket
from helpdesk.permissions import Action, Viewer, require

MOST_IN_COPY = 10


def of(session: Session, ticket_number: int) -> list[Participant]:
    """Those who take part now, the requester first."""
    wanted = (
        select(Participant)
        .where(Participant.ticket_number == ticket_number, Participant.removed_at.is_(None))
        .options(joinedload(Participant.person))
        .order_by(Participant.role.desc(), Participant.person_id)
    )
    return list(session.scalars(wanted))


def one(session: Session, ticket_number: int, person_id: int | None) -> Participant | None:
    """This person's part in the ticket, or None when they have none (any more)."""
    if person_id is None:
        return None
    found = session.get(Participant, (ticket_number, person_id))
    return found if found is not None and found.removed_at is None else None


def join(session: Session, ticket_number: int, person: Person, role: ParticipantRole) -> None:
    """Let a person take part from now on; one who was removed starts anew and sees the future only."""
    session.execute(
        insert(Participant)
        .values(ticket_number=ticket_number, person_id=person.id, role=role)
        .on_conflict_do_update(
            index_elements=["ticket_number", "person_id"],
            set_={"removed_at": None, "joined_at": func.now()},
            where=Participant.removed_at.is_not(None),
        )
    )


def add_cc(session: Session, ticket: Ticket, people: list[Person], by: Viewer) -> list[Person]:
    """Put people in copy: the requester or staff may, ten at most, never staff; gives those who were new."""
    require(by, Action.ADD_CC, one(session, ticket.number, by.person_id), ticket)
    present = {participant.person_id for participant in of(session, ticket.number)}
    new = [person for person in dict.fromkeys(people) if person.id not in present and not person.is_staff]
    if len(present) - 1 + len(new) > MOST_IN_COPY:
        raise Refused(f"At most {MOST_IN_COPY} people can be in copy.", "cc")
    for person in new:
        join(session, ticket.number, person, ParticipantRole.CC)
        audit.record(session, "cc_added", by, ticket_number=ticket.number, address=person.address)
    return new


def remove_cc(session: Session, ticket: Ticket, person: Person, by: Viewer) -> None:
    """Take somebody out of copy: requester and staff anyone, others themselves; the requester stays."""
    found = one(session, ticket.number, person.id)
    if found is None or found.role != ParticipantRole.CC:
        raise Refused("This person is not in copy.", "cc")
    if person.id != by.person_id:
        require(by, Action.REMOVE_CC, one(session, ticket.number, by.person_id), ticket)
    found.removed_at = func.now()
    audit.record(session, "cc_removed", by, ticket_number=ticket.number, address=person.address)
