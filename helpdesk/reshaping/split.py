"""Messages about another matter become a ticket of their own: copied there, and still readable where they were written.

Nobody is shown what another wrote: everything that people outside said in the chosen messages is one person's, and an agent's
answers come along only where that person could read them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import attachments, audit, lifecycle, notify, people, tickets, undo
from helpdesk.attachments import File, StoredFile
from helpdesk.errors import NotFound, Refused
from helpdesk.lists import search
from helpdesk.models import (
    Attachment,
    Comment,
    CommentState,
    Event,
    Participant,
    ParticipantRole,
    Person,
    Source,
    Ticket,
    TicketLink,
)
from helpdesk.permissions import Action, Viewer, require
from helpdesk.storage import Storage
from helpdesk.tickets import NewTicket

LINK = "split_from"
MOST = 50
Files = Mapping[int, Sequence[StoredFile]]


def split(
    session: Session,
    ticket: Ticket,
    chosen: Collection[int],
    by: Viewer,
    *,
    title: str = "",
    tell: bool = False,
    files: Files | None = None,
) -> Ticket:
    """The chosen messages (numbers of comments) become a new ticket of whoever wrote the first of them from outside.

    It waits since that message, unassigned; the old ticket stays as it is. `title` "": the old one's, where they know it. `files`:
    copies of those of each message, by its number (`copied`). `tell`: the requester gets its number by mail; otherwise nobody is
    mailed. Raises NotFound for a message of another ticket, Refused for what cannot be split. The ticket must be locked.
    """
    require(by, Action.EDIT, None, ticket)
    said = _chosen(session, ticket, chosen)
    requester, knows = _requester(session, ticket, said)
    opening = next(one for one in said if not one.by_staff)
    own_title = ticket.title if knows else opening.content.strip().partition("\n")[0]
    made = tickets.open_ticket(
        session,
        NewTicket(
            title=title.strip() or own_title,
            description=opening.content,
            html=opening.html,
            requester=requester,
            source=Source(opening.source),
            type=ticket.type,
            priority=ticket.priority,
            verified=opening.verified,
            restricted=ticket.restricted,
            quiet=True,
        ),
        by,
    )
    made.created_at = opening.created_at
    session.add(TicketLink(ticket_number=made.number, other_number=ticket.number, kind=LINK))
    _copy(session, made, opening, [one for one in said if one is not opening], files or {})
    session.flush()
    undo.derive(session, made)
    if made.first_response_at is not None:
        made.status = lifecycle.after_agent_reply(made.status)
    ticket.updated_at = func.now()
    numbers = [one.id for one in said]
    audit.record(session, "split_off", by, ticket_number=ticket.number, ticket=made.number, comments=numbers)
    event = audit.record(session, "split_from", by, ticket_number=made.number, ticket=ticket.number, comments=numbers)
    if tell:
        notify.split_off(session, made, event)
    return made


def files_of(session: Session, ticket: Ticket, chosen: Collection[int]) -> Sequence[Attachment]:
    """The files of these messages, oldest first."""
    wanted = select(Attachment).where(Attachment.ticket_number == ticket.number, Attachment.comment_id.in_(chosen))
    return session.scalars(wanted.order_by(Attachment.created_at, Attachment.id)).all()


@contextmanager
def copied(storage: Storage, files: Sequence[Attachment]) -> Iterator[dict[int, list[StoredFile]]]:
    """These files stored once more, by message, as `attachments.stored` does it: with no transaction open while bytes move.

    A file whose bytes are no longer kept is left out.
    """
    messages: list[int] = []

    def contents() -> Iterator[File]:
        for one in files:
            try:
                content = storage.get(one.storage_key)
            except NotFound:
                continue
            messages.append(one.comment_id or 0)
            yield File(one.filename, one.content_type, content, one.inline, one.content_id)

    with attachments.stored(storage, contents()) as copies:
        found: dict[int, list[StoredFile]] = {}
        for message, copy in zip(messages, copies, strict=True):
            found.setdefault(message, []).append(copy)
        yield found


def moved(events: Collection[Event]) -> dict[int, int]:
    """Which messages of a ticket were made another one, and its number; `events` are the ticket's."""
    return {
        int(message): int(event.data["ticket"])
        for event in events
        if event.kind == "split_off"
        for message in event.data.get("comments", ())
    }


def _chosen(session: Session, ticket: Ticket, chosen: Collection[int]) -> list[Comment]:
    if not chosen:
        raise Refused("Choose the messages that are about something else.", "comments")
    if len(set(chosen)) > MOST:
        raise Refused(f"At most {MOST} messages at once.", "comments")
    wanted = select(Comment).where(Comment.id.in_(chosen), Comment.ticket_number == ticket.number).order_by(Comment.id)
    found = list(session.scalars(wanted))
    if len(found) != len(set(chosen)):
        raise NotFound("There is no such message on this ticket.")
    if any(one.state != CommentState.POSTED for one in found):
        raise Refused("A message that is not on the ticket yet cannot be split off: accept it first.", "comments")
    return found


def _requester(session: Session, ticket: Ticket, said: Sequence[Comment]) -> tuple[Person, bool]:
    """Whose the new ticket is, and whether they know the old one; refused where they would read what was not theirs."""
    outside = [one for one in said if not one.by_staff]
    if not outside:
        raise Refused("None of these messages is from outside: a new ticket needs somebody who asked.", "comments")
    if len({one.author_id if one.author_id is not None else one.author_address.lower() for one in outside}) > 1:
        raise Refused("These messages are of different people, and each would read what another wrote.", "comments")
    person = outside[0].author or people.find_or_make(session, outside[0].author_address, outside[0].author_name)
    if person.is_staff:
        raise Refused("An agent is no requester: change the requester afterwards, or write a new ticket.", "comments")
    # who has left since read what came before
    part = session.get(Participant, (ticket.number, person.id))
    for one in said:
        if one.by_staff and not one.internal and not _could_read(part, one):
            raise Refused(f"{person.name or person.address} could not read every answer that you chose.", "comments")
    return person, part is not None


def _could_read(part: Participant | None, answer: Comment) -> bool:
    if part is None or (part.removed_at is not None and answer.created_at > part.removed_at):
        return False
    return part.role == ParticipantRole.REQUESTER or answer.created_at >= part.joined_at


def _copy(session: Session, made: Ticket, opening: Comment, others: Sequence[Comment], files: Files) -> None:
    attachments.attach(session, made.number, None, files.get(opening.id, ()))
    for one in others:
        copy = Comment(
            ticket_number=made.number,
            author_id=one.author_id,
            author_address=one.author_address,
            author_name=one.author_name,
            by_staff=one.by_staff,
            internal=one.internal,
            source=one.source,
            verified=one.verified,
            automatic=one.automatic,
            content=one.content,
            html=one.html,
            created_at=one.created_at,
        )
        session.add(copy)
        session.flush()
        search.index(session, made.number, "", copy.content, comment_id=copy.id, internal=copy.internal)
        attachments.attach(session, made.number, copy.id, files.get(one.id, ()))
