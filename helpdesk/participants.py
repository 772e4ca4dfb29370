"""Who takes part in a ticket."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from helpdesk import audit, outbox
from helpdesk.errors import Refused
from helpdesk.models import Comment, InboundMail, MutedTicket, OutboxMessage, Participant, ParticipantRole, Person, Ticket
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


def leave(session: Session, ticket: Ticket, person: Person, by: Viewer) -> None:
    """Whoever takes part wants no more mail: out of copy, or, for the requester, nothing but what an agent writes themselves."""
    found = one(session, ticket.number, person.id)
    if found is not None and found.role == ParticipantRole.CC:
        remove_cc(session, ticket, person, by)
    else:
        mute(session, ticket, person, by)


def mute(session: Session, ticket: Ticket, person: Person, by: Viewer) -> None:
    """This person gets no more automatic mail about the ticket; saying it again changes nothing."""
    row = insert(MutedTicket).values(ticket_number=ticket.number, person_id=person.id)
    if session.scalar(row.on_conflict_do_nothing().returning(MutedTicket.person_id)) is not None:
        audit.record(session, "unsubscribed", by, ticket_number=ticket.number, address=person.address)


def is_muted(session: Session, ticket_number: int, person: Person) -> bool:
    """Whether they wanted it so (`mute`)."""
    return session.get(MutedTicket, (ticket_number, person.id)) is not None


def set_requester(session: Session, ticket: Ticket, person: Person, by: Viewer) -> bool:
    """Somebody else asked: staff say who; whoever it was before stays in copy, if they ever wrote. Gives whether anything changed.

    Who never wrote was taken for the requester by mistake: nothing more of the ticket goes to them. The new one reads the public
    conversation from its start. The ticket must be locked.
    """
    require(by, Action.EDIT, None, ticket)
    if person.is_staff:
        raise Refused("An agent is no requester: assign the ticket instead.", "requester")
    if person.id == ticket.requester_id:
        return False
    old = ticket.requester
    join(session, ticket.number, person, ParticipantRole.REQUESTER)
    before = session.get(Participant, (ticket.number, old.id))
    after = session.get_one(Participant, (ticket.number, person.id), populate_existing=True)
    after.role = ParticipantRole.REQUESTER
    if before is not None and old.is_staff:
        before.removed_at = func.now()
    elif before is not None and _never_wrote(session, ticket, old):
        before.removed_at = func.now()
        outbox.cancel(session, ticket.number, OutboxMessage.person_id == old.id, "the ticket is somebody else's")
    elif before is not None:
        before.role = ParticipantRole.CC
    ticket.requester, ticket.reporter_user_id, ticket.updated_at = person, person.external_id, func.now()
    session.flush()
    audit.record(session, "requester_changed", by, ticket_number=ticket.number, old=old.address, new=person.address)
    return True


def _never_wrote(session: Session, ticket: Ticket, person: Person) -> bool:
    """The mail that opened the ticket came from somebody else, and none of its messages is this person's."""
    opening = session.get(InboundMail, ticket.inbound_mail_id) if ticket.inbound_mail_id is not None else None
    if opening is None or opening.sender in {one.address for one in person.addresses}:
        return False
    wrote = select(Comment.id).where(Comment.ticket_number == ticket.number, Comment.author_id == person.id)
    return session.scalar(wrote.limit(1)) is None
