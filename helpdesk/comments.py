"""Messages on a ticket: added, accepted, and what each does to the ticket."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.orm import Session

from helpdesk import audit, lifecycle, notify, participants, tickets
from helpdesk.errors import Refused
from helpdesk.lists import search
from helpdesk.models import Comment, CommentState, InboundMail, Person, Source, Status, Ticket, WaitingOn
from helpdesk.permissions import Action, Viewer, require
from helpdesk.staff import own_held


@dataclass(frozen=True, slots=True)
class NewComment:
    """One message as it comes in. `author_address` is the address really used; `verified` False shows "sender not verified"."""

    content: str
    source: Source
    author: Person | None
    author_address: str
    author_name: str = ""
    internal: bool = False
    html: str | None = None
    trimmed: str = ""
    signature: str = ""
    hidden_lines: int = 0
    verified: bool = True
    automatic: bool = False
    pending_because: str | None = None
    by_staff: bool | None = None
    inbound_mail_id: int | None = None


def add_comment(
    session: Session,
    ticket: Ticket,
    new: NewComment,
    by: Viewer,
    *,
    delay: timedelta = timedelta(0),
    already: Collection[str] = (),
    status: str | None = None,
    reopens: bool = True,
    stays: bool = False,
) -> Comment:
    """Add a message and do what it means: an agent's answer counts as response, a requester's reply reopens.

    `status`: set with the message, in one mail. A pending message is on the ticket for staff only: nothing changes, nobody is told.
    `reopens` False: only thanks, which are kept and bother nobody. `stays`: told like any message, but the ticket stays as it is.
    `already`: addresses that have the message from its author.
    The ticket must be locked.
    """
    require(
        by, Action.REPLY if not new.internal else Action.READ_NOTES, participants.one(session, ticket.number, by.person_id), ticket
    )
    if not new.content.strip() and new.html is None and not new.trimmed:
        raise Refused("A message needs text.", "content")
    comment = Comment(
        ticket_number=ticket.number,
        author=new.author,
        author_address=new.author_address,
        author_name=new.author_name,
        by_staff=by.is_staff if new.by_staff is None else new.by_staff,
        internal=new.internal,
        state=CommentState.POSTED if new.pending_because is None else CommentState.PENDING,
        state_reason=new.pending_because or "",
        source=new.source,
        verified=new.verified,
        automatic=new.automatic,
        content=new.content[: tickets.LONGEST_TEXT],
        html=new.html,
        trimmed=new.trimmed[: tickets.LONGEST_TEXT],
        signature=new.signature[:10_000],
        hidden_lines=new.hidden_lines,
        inbound_mail_id=new.inbound_mail_id,
    )
    session.add(comment)
    session.flush()
    search.index(session, ticket.number, "", comment.content, comment_id=comment.id, internal=new.internal or _pending(comment))
    if _pending(comment):
        audit.record(
            session, "comment_pending", by, ticket_number=ticket.number, comment_id=comment.id,
            inbound_mail_id=new.inbound_mail_id, reason=new.pending_because,
        )  # fmt: skip
        return comment
    _posted(session, ticket, comment, by, delay, already, reopens=reopens, stays=stays)
    if status is not None:
        tickets.change_status(session, ticket, status, by, delay=delay)
    return comment


def accept(session: Session, ticket: Ticket, comment: Comment, by: Viewer) -> None:
    """A pending message becomes a normal one: it counts and is told like any other.

    A mail in an agent's name is accepted by that agent or an administrator, and read once more as theirs: it may hold commands, a
    note or a signature, which are nothing for the requester.
    """
    require(by, Action.ACCEPT, None, ticket)
    if comment.state != CommentState.PENDING:
        raise Refused("This message is not pending.")
    mail = session.get(InboundMail, comment.inbound_mail_id, with_for_update=True) if comment.inbound_mail_id else None
    if comment.by_staff and mail is not None:
        if by.person_id != comment.author_id and not by.is_admin:
            raise Refused("It is in an agent's name: that agent accepts it, or an administrator.")
        comment.state = CommentState.WITHDRAWN
        audit.record(session, "comment_accepted", by, ticket_number=ticket.number, comment_id=comment.id)
        own_held.process_again(session, mail, by, confirmed_sender=True)
        return
    comment.state = CommentState.POSTED
    search.reveal(session, comment)
    audit.record(session, "comment_accepted", by, ticket_number=ticket.number, comment_id=comment.id)
    own = (comment.author_address, comment.author.address if comment.author is not None else "")
    _posted(session, ticket, comment, by, timedelta(0), own)  # whoever wrote it has it


def drop(session: Session, ticket: Ticket, comment: Comment, by: Viewer) -> None:
    """A pending message is not for this ticket: it disappears from the page, its row and its mail stay."""
    require(by, Action.ACCEPT, None, ticket)
    if comment.state != CommentState.PENDING:
        raise Refused("This message is not pending.")
    comment.state = CommentState.WITHDRAWN
    audit.record(session, "comment_dropped", by, ticket_number=ticket.number, comment_id=comment.id)


def _pending(comment: Comment) -> bool:
    return comment.state == CommentState.PENDING


def _posted(
    session: Session,
    ticket: Ticket,
    comment: Comment,
    by: Viewer,
    delay: timedelta,
    already: Collection[str],
    *,
    reopens: bool = True,
    stays: bool = False,
) -> None:
    kind = "note_added" if comment.internal else "replied" if comment.by_staff else "commented"
    event = audit.record(
        session, kind, by, ticket_number=ticket.number, comment_id=comment.id, inbound_mail_id=comment.inbound_mail_id
    )
    ticket.updated_at = func.now()
    if comment.automatic or not reopens or (tickets.is_spam(ticket) and not comment.by_staff):
        return
    if not comment.internal and comment.by_staff:
        _answered(session, ticket, by)
    elif not comment.internal and not stays and not _stays(session, ticket, comment, by):
        if ticket.waiting_on != WaitingOn.US:
            ticket.waiting_on, ticket.waiting_since = WaitingOn.US, func.now()
        tickets.back_to_work(session, ticket, by)
        _wakes(session, ticket, by)
    session.flush()
    notify.commented(session, ticket, comment, event, delay=delay, already=already)


def _wakes(session: Session, ticket: Ticket, by: Viewer) -> None:
    """A ticket that sleeps wakes up when somebody outside writes."""
    if ticket.snoozed_until is not None:
        old, ticket.snoozed_until = ticket.snoozed_until.isoformat(), None
        audit.record(session, "snoozed_until_changed", by, ticket_number=ticket.number, old=old, new=None)


def _stays(session: Session, ticket: Ticket, comment: Comment, by: Viewer) -> bool:
    """A mail reopens nothing that mail has reopened too often: the ticket stays as it is, and its history says why."""
    by_mail = comment.source == Source.EMAIL and not by.is_staff
    done = ticket.status in (Status.RESOLVED, Status.CLOSED)
    if not by_mail or not done or not lifecycle.was_reopened_too_often(session, ticket.number):
        return False
    audit.record(
        session, "not_reopened", by, ticket_number=ticket.number, comment_id=comment.id, reason=lifecycle.REOPENED_TOO_OFTEN
    )
    return True


def _answered(session: Session, ticket: Ticket, by: Viewer) -> None:
    ticket.waiting_on, ticket.waiting_since = WaitingOn.CUSTOMER, func.now()
    if ticket.first_response_at is None:
        ticket.first_response_at = func.now()
    moved = lifecycle.after_agent_reply(ticket.status)
    if moved != ticket.status:
        audit.record(session, "status_changed", by, ticket_number=ticket.number, old=ticket.status, new=moved)
        ticket.status = moved
