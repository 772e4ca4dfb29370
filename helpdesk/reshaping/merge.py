"""Two tickets about one matter become one: nothing is moved or lost, what comes later goes to the one that stays."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import audit, comments, participants, tickets
from helpdesk.comments import NewComment
from helpdesk.errors import Refused
from helpdesk.models import ParticipantRole, Person, Source, Status, Ticket, Upvote
from helpdesk.permissions import Action, Via, Viewer, require

_SOURCES = {Via.WEB: Source.WEB, Via.API: Source.API, Via.EMAIL: Source.EMAIL, Via.SYSTEM: Source.API}


def where_it_goes_on(session: Session, by: Viewer, number: int | None) -> tuple[Ticket, Viewer]:
    """What is written on a merged ticket belongs on the one that stays: that one, locked, and its writer as they may write there.

    A signed link to the old ticket is good for an answer on the new one, where its holder takes part. Raises NotFound as
    `tickets.find` does, also for who takes no part where it goes on.
    """
    ticket = tickets.find(session, by, number)
    while ticket.merged_into is not None:
        by = by if by.only_ticket is None else replace(by, only_ticket=ticket.merged_into)
        ticket = tickets.find(session, by, ticket.merged_into)
    # locked at its end only, so that nobody holds one of the two and waits for the other
    ticket = tickets.find(session, by, ticket.number, lock=True)
    return (ticket, by) if ticket.merged_into is None else where_it_goes_on(session, by, ticket.number)


def merge(session: Session, ticket: Ticket, into: Ticket, by: Viewer, *, tag: str) -> None:
    """`ticket` is closed and points to `into`, where its people take part from now on; they are told by a mail. No undo.

    Messages and files stay where they were written and readable for whoever could read them: moving them would show one requester
    what another wrote. `tag` names `into` in that mail. Both must be locked, the lower number first.
    """
    for each in (ticket, into):
        require(by, Action.EDIT, None, each)
    check(ticket, into)
    here = participants.of(session, ticket.number)
    present = {one.person_id for one in participants.of(session, into.number)}
    comments.add_comment(
        session,
        ticket,
        NewComment(
            content=_told(ticket, into, tag),
            source=_SOURCES[by.via],
            author=session.get(Person, by.person_id),
            author_address=by.address,
            author_name=by.name,
        ),
        by,
    )
    for one in here:
        if one.person_id not in present and not one.person.is_staff:
            participants.join(session, into.number, one.person, ParticipantRole.CC)
    ticket.merged_into = into.number
    ticket.status, ticket.closed_at = Status.CLOSED, func.now()
    into.updated_at = func.now()
    # a ticket that was merged into this one would be one step further away for every mail
    session.execute(update(Ticket).where(Ticket.merged_into == ticket.number).values(merged_into=into.number))
    _carry_votes(session, ticket, into)
    audit.record(session, "merged", by, ticket_number=ticket.number, into=into.number)
    audit.record(session, "merged_from", by, ticket_number=into.number, ticket=ticket.number)


def check(ticket: Ticket, into: Ticket) -> None:
    """Raise Refused, with the reason, where these two cannot become one."""
    if ticket.number == into.number:
        raise Refused("A ticket cannot be merged into itself.", "into")
    if ticket.merged_into is not None:
        raise Refused("This ticket was merged already.", "into")
    if into.merged_into is not None:
        raise Refused("That ticket was itself merged into another one: name that one.", "into")
    if ticket.restricted != into.restricted:
        raise Refused("A ticket for administrators only cannot be merged with one for everybody.", "into")


def _told(ticket: Ticket, into: Ticket, tag: str) -> str:
    # the title of a stranger's ticket is not theirs to know
    title = f" “{into.title}”" if ticket.requester_id == into.requester_id else ""
    return (
        f"We go on with this in {tag}{title}, so that everything about it stays together. Your answers to this mail arrive there."
    )


def _carry_votes(session: Session, ticket: Ticket, into: Ticket) -> None:
    voted = select(literal(into.number), Upvote.person_id).where(Upvote.ticket_number == ticket.number)
    session.execute(insert(Upvote).from_select(["ticket_number", "person_id"], voted).on_conflict_do_nothing())
    into.upvotes = session.scalar(select(func.count()).where(Upvote.ticket_number == into.number)) or 0
    session.flush()
