"""Taking back: one's own reply while its mails still wait, and the changes that one made in one transaction.

What was before is read from the events, which keep old and new; their common time is the transaction's. What somebody else has
changed since stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from helpdesk import audit, people, tickets
from helpdesk.errors import Refused
from helpdesk.models import Comment, CommentState, Event, OutboxMessage, OutboxState, SearchDocument, Status, Ticket, WaitingOn
from helpdesk.permissions import Action, Viewer, require

CHANGES_WITHIN = timedelta(minutes=10)
_FIELDS = {
    "type_changed": "type",
    "priority_changed": "priority",
    "tags_changed": "tags",
    "title_changed": "title",
    "is_public_changed": "is_public",
    "snoozed_until_changed": "snoozed_until",
}
_KINDS = ("status_changed", "assigned", *_FIELDS)
TOO_LATE = "It is too late to take this back: it is on its way."


def withdraw(session: Session, ticket: Ticket, comment: Comment, by: Viewer) -> None:
    """Take one's own public reply back, with all that was changed along with it, while none of its mails has left.

    The ticket must be locked. Raises Refused when it is too late.
    """
    require(by, Action.REPLY, None, ticket)
    if comment.author_id != by.person_id or comment.internal or not comment.by_staff:
        raise Refused("Only a reply of your own can be taken back.")
    if comment.state != CommentState.POSTED:
        raise Refused("This reply was taken back already.")
    if not _stopped(session, OutboxMessage.comment_id == comment.id):
        raise Refused(TOO_LATE)
    comment.state = CommentState.WITHDRAWN
    session.execute(delete(SearchDocument).where(SearchDocument.comment_id == comment.id))
    for event in _changes(session, by, comment.created_at, [ticket.number]):
        _restore(session, ticket, event)
    session.flush()
    derive(session, ticket)
    audit.record(session, "comment_withdrawn", by, ticket_number=ticket.number, comment_id=comment.id)


def take_back(session: Session, by: Viewer, at: datetime, *, within: timedelta = CHANGES_WITHIN) -> list[int]:
    """Take back what `by` changed in the transaction of the moment `at`, no longer ago than `within`; gives the tickets' numbers.

    A requester who was told of a status already is told again.
    """
    require(by, Action.EDIT)
    if session.scalar(select(func.now() - at > within)):
        raise Refused("It is too late to take this back.")
    events = _changes(session, by, at, ())
    restored: list[int] = []
    for number in sorted({event.ticket_number for event in events if event.ticket_number is not None}):
        ticket = tickets.find(session, by, number, lock=True)
        require(by, Action.EDIT, None, ticket)
        untold = _stopped(session, (OutboxMessage.ticket_number == number) & (OutboxMessage.created_at == at))
        for event in events:
            if event.ticket_number != number:
                continue
            if event.kind == "status_changed" and not untold and ticket.status == event.data["new"]:
                tickets.change_status(session, ticket, event.data["old"], by)
            else:
                _restore(session, ticket, event)
        session.flush()
        derive(session, ticket)
        audit.record(
            session, "undone", by, ticket_number=number, kinds=sorted({e.kind for e in events if e.ticket_number == number})
        )
        restored.append(number)
    return restored


def _changes(session: Session, by: Viewer, at: datetime, numbers: Collection[int]) -> Sequence[Event]:
    """The changes of one transaction, the last one first."""
    wanted = select(Event).where(Event.kind.in_(_KINDS), Event.created_at == at, Event.actor_id == by.person_id)
    if numbers:
        wanted = wanted.where(Event.ticket_number.in_(numbers))
    return session.scalars(wanted.order_by(Event.id.desc())).all()


def _stopped(session: Session, which: ColumnElement[bool]) -> bool:
    """Cancel these mails, unless one has left or is about to: then none is, and it is False."""
    rows = session.scalars(select(OutboxMessage).where(which).with_for_update(of=OutboxMessage)).all()
    waiting = {row.id for row in rows if row.state == OutboxState.QUEUED and row.lease is None}
    lines = {row.id for row in rows if row.state == OutboxState.DIGEST and row.sent_at is None}
    due = session.scalars(select(OutboxMessage.id).where(OutboxMessage.id.in_(waiting), OutboxMessage.due_at <= func.now())).all()
    if due or any(row.id not in waiting | lines and row.state != OutboxState.SUPPRESSED for row in rows):
        return False
    for row in rows:
        if row.id in waiting | lines:
            row.state, row.last_answer = OutboxState.CANCELLED, "taken back before it was sent"
    session.flush()
    return True


def _restore(session: Session, ticket: Ticket, event: Event) -> None:
    old, new = event.data.get("old"), event.data.get("new")
    if event.kind == "status_changed" and ticket.status == new:
        ticket.status = str(old)
        ticket.resolved_at = _reached(session, ticket, Status.RESOLVED, event) if old in (Status.RESOLVED, Status.CLOSED) else None
        ticket.closed_at = _reached(session, ticket, Status.CLOSED, event) if old == Status.CLOSED else None
    elif event.kind == "assigned" and (ticket.assignee.address if ticket.assignee else None) == new:
        ticket.assignee = people.person_at(session, old) if old else None
    elif event.kind == "snoozed_until_changed":
        if (ticket.snoozed_until.isoformat() if ticket.snoozed_until else None) == new:
            ticket.snoozed_until = datetime.fromisoformat(old) if old else None
    elif event.kind in _FIELDS and getattr(ticket, _FIELDS[event.kind]) == new:
        setattr(ticket, _FIELDS[event.kind], old)
    ticket.updated_at = func.now()


def _reached(session: Session, ticket: Ticket, status: Status, before: Event) -> datetime | None:
    """When the ticket came to `status` the last time before this event."""
    return session.scalar(
        select(func.max(Event.created_at)).where(
            Event.ticket_number == ticket.number,
            Event.kind == "status_changed",
            Event.data["new"].astext == status,
            Event.id < before.id,
        )
    )


def derive(session: Session, ticket: Ticket) -> None:
    """Who has the next word, and the first response, told anew from the messages that the ticket has."""
    said = session.execute(
        select(Comment.by_staff, Comment.created_at)
        .where(
            Comment.ticket_number == ticket.number,
            Comment.state == CommentState.POSTED,
            Comment.internal.is_(False),
            Comment.automatic.is_(False),
        )
        .order_by(Comment.id)
    )
    waiting_on, since, first = WaitingOn.US, ticket.created_at, None
    for by_staff, at in said:
        if by_staff:
            waiting_on, since, first = WaitingOn.CUSTOMER, at, first or at
        elif waiting_on != WaitingOn.US:
            waiting_on, since = WaitingOn.US, at
    ticket.waiting_on, ticket.waiting_since, ticket.first_response_at = waiting_on, since, first
