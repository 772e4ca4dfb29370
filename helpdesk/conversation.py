"""What of a ticket's conversation a viewer sees: the one rule for pages, API and files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from helpdesk import participants
from helpdesk.errors import NotFound
from helpdesk.models import Attachment, Comment, CommentState, Event, Participant, Person, Ticket
from helpdesk.permissions import Action, Viewer, may

SAID = ("commented", "replied", "note_added", "comment_accepted")


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages oldest first. `opening` False: there is no first message of the requester's (an agent began), or the viewer
    joined after it and does not see it.

    `files` are those of each visible message, None is the first one.
    """

    opening: bool
    messages: list[Comment]
    files: Mapping[int | None, list[Attachment]]


def read(session: Session, viewer: Viewer, ticket: Ticket) -> Conversation:
    """Staff see all but what was dropped; the requester what is public; people in copy what is public and came since they joined.

    The ticket must be one that this viewer may see (`tickets.find`).
    """
    wanted = select(Comment).where(Comment.ticket_number == ticket.number, Comment.state != CommentState.WITHDRAWN)
    # the address that was really used stands in the message: the author's others would be one more query
    wanted = wanted.order_by(Comment.id).options(joinedload(Comment.author).lazyload(Person.addresses))
    opening = True
    if not may(viewer, Action.READ_NOTES, None, ticket):
        own = participants.one(session, ticket.number, viewer.person_id)
        if own is None:
            return Conversation(False, [], {})
        wanted = wanted.where(Comment.internal.is_(False), Comment.state == CommentState.POSTED)
        if not _from_the_start(own):
            wanted = wanted.where(Comment.created_at >= own.joined_at)
            opening = ticket.created_at >= own.joined_at
    messages = list(session.scalars(wanted))
    opening = opening and not _begun_by_staff(ticket, messages)
    visible = {message.id for message in messages} | ({None} if opening else set())
    files: dict[int | None, list[Attachment]] = {}
    for file in session.scalars(
        select(Attachment).where(Attachment.ticket_number == ticket.number).order_by(Attachment.created_at, Attachment.id)
    ):
        if file.comment_id in visible:
            files.setdefault(file.comment_id, []).append(file)
    return Conversation(opening, messages, files)


def newer(session: Session, ticket: Ticket, by: Viewer, seen: int) -> list[Comment]:
    """What others have said since event `seen`, in public or in notes, oldest first: an answer must not cross with it.

    Automatic messages and those that wait to be accepted change nothing and are left out.
    """
    wanted = (
        select(Comment)
        .join(Event, Event.comment_id == Comment.id)
        .where(
            Event.ticket_number == ticket.number,
            Event.id > seen,
            Event.kind.in_(SAID),
            Comment.automatic.is_(False),
            Comment.state == CommentState.POSTED,
            Comment.author_id.is_distinct_from(by.person_id),
        )
        .order_by(Comment.id)
        .options(joinedload(Comment.author).lazyload(Person.addresses))
    )
    return list(session.scalars(wanted).unique())


def file(session: Session, viewer: Viewer, ticket: Ticket, identifier: uuid.UUID) -> Attachment:
    """A file of a message that this viewer sees; NotFound for any other."""
    for files in read(session, viewer, ticket).files.values():
        for one in files:
            if one.id == identifier:
                return one
    raise NotFound("There is no such file.")


def _from_the_start(own: Participant) -> bool:
    return own.role == "requester"


def _begun_by_staff(ticket: Ticket, messages: list[Comment]) -> bool:
    """The ticket has no words of its requester's: an agent wrote first."""
    return not ticket.description.strip() and not ticket.description_html and bool(messages) and messages[0].by_staff
