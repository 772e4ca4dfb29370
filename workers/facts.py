"""Reads, in one transaction, all that a mail of the outbox is made from; nothing is decided or written here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from helpdesk import participants
from helpdesk.lifecycle import WORDS
from helpdesk.models import (
    Attachment,
    Comment,
    CommentState,
    Event,
    InboundMail,
    MailMailbox,
    OutboxMessage,
    Person,
    Status,
    Ticket,
)
from helpdesk.sign_in import invitations, links
from workers import digest_lines, issue_update
from workers.kinds import PUBLIC
from workers.outgoing import House, MessageFacts, Outgoing, OutgoingFile, StatusFacts, ThreadFacts, TicketFacts

MOST_IDS = 30
FIRST_MESSAGE = ("new_ticket", "assignment")  # kinds that show how the ticket began
TO_PARTICIPANTS = ("reply", "participant_comment")
# rungs of the ladder: the mail that opened the ticket was no mail of the requester's
BEGUN_BY_AN_AGENT = "staff_new"
OPENED_BY_AN_AGENT = (BEGUN_BY_AN_AGENT, "staff_forward")


def gather(session: Session, message: OutboxMessage, house: House) -> Outgoing:
    """The facts of one message of the outbox, as they are now."""
    ticket = message.ticket
    return Outgoing(
        house=house,
        number=message.id,
        kind=message.kind,
        recipient=message.recipient,
        now=_now(session),
        recipient_name=message.person.name if message.person is not None else "",
        person=message.person_id,
        purpose=message.purpose,
        seen=message.seen_event_id or 0,
        reason=message.reason,
        ticket=_ticket(session, ticket) if ticket is not None else None,
        message=_message(session, message, ticket),
        status=_status(session, message),
        thread=_thread(session, message, ticket) if ticket is not None and message.kind not in PUBLIC else ThreadFacts(),
        in_copy=_in_copy(session, message),
        is_requester=ticket is not None and ticket.requester_id == message.person_id,
        data=_data(session, message, house),
    )


def _now(session: Session) -> datetime:
    return session.execute(select(func.now())).scalar_one()


def _ticket(session: Session, ticket: Ticket) -> TicketFacts:
    opening = session.get(InboundMail, ticket.inbound_mail_id) if ticket.inbound_mail_id is not None else None
    return TicketFacts(
        number=ticket.number,
        subject=ticket.subject,
        type=ticket.type,
        priority=ticket.priority,
        requester=_shown(ticket.requester),
        requester_address=ticket.requester.address,
        born_by_mail=opening is not None and (opening.matched_by != BEGUN_BY_AN_AGENT or ticket.requester.is_staff),
        verified=ticket.verified,
        status=WORDS[Status(ticket.status)],
        assignee=_shown(ticket.assignee) if ticket.assignee is not None else "",
    )


def _message(session: Session, message: OutboxMessage, ticket: Ticket | None) -> MessageFacts | None:
    comment = message.comment
    if comment is not None:
        return MessageFacts(
            author=_author(comment),
            by_staff=comment.by_staff,
            content=comment.content,
            verified=comment.verified,
            files=_files(session, Attachment.comment_id == comment.id),
        )
    if ticket is None or message.kind not in FIRST_MESSAGE:
        return None
    first = (Attachment.ticket_number == ticket.number) & Attachment.comment_id.is_(None)
    return MessageFacts(_shown(ticket.requester), False, ticket.description, ticket.verified, _files(session, first))


def _author(comment: Comment) -> str:
    """An agent is known by name only: no address of theirs may reach anybody outside."""
    known = comment.author.name if comment.author is not None else ""
    return known or comment.author_name or ("" if comment.by_staff else comment.author_address)


def _shown(person: Person) -> str:
    return person.name or person.address


def _files(session: Session, which: ColumnElement[bool]) -> tuple[OutgoingFile, ...]:
    wanted = select(Attachment).where(which).order_by(Attachment.created_at, Attachment.id)
    return tuple(OutgoingFile(one.filename, one.content_type, one.size, one.storage_key) for one in session.scalars(wanted))


def _status(session: Session, message: OutboxMessage) -> StatusFacts | None:
    """The last status among the changes that this mail tells of."""
    event = session.scalar(
        select(Event)
        .where(Event.id.in_(message.data.get("events", [])), Event.kind == "status_changed")
        .order_by(Event.id.desc())
        .limit(1)
    )
    if event is None:
        return None
    return StatusFacts(str(event.data.get("new", "")), event.actor.name if event.actor is not None and event.actor.is_staff else "")


def _thread(session: Session, message: OutboxMessage, ticket: Ticket) -> ThreadFacts:
    """Ids of the public mails that came in on the ticket, and of those that this recipient got from us.

    Nobody outside is told the id of an agent's mail, unless they have it: it would say which program, and whose, wrote it.
    """
    opening = session.get(InboundMail, ticket.inbound_mail_id) if ticket.inbound_mail_id is not None else None
    public = (Comment.ticket_number == ticket.number) & Comment.internal.is_(False) & (Comment.state == CommentState.POSTED)
    first = opening.message_id if opening is not None else None
    inside = message.person is not None and message.person.is_staff
    if opening is not None and not inside and opening.matched_by in OPENED_BY_AN_AGENT:
        first = opening.trace.get("handed_over", {}).get("message_id")
    if not inside:
        theirs = select(MailMailbox.inbound_mail_id).where(
            MailMailbox.inbound_mail_id == InboundMail.id, MailMailbox.address == message.recipient.lower()
        )
        public &= Comment.by_staff.is_(False) | theirs.exists()
    which = public if opening is None or not (inside or opening.message_id == first) else public | (InboundMail.id == opening.id)
    came = (
        select(InboundMail.message_id, InboundMail.received_at)
        .outerjoin(Comment, Comment.inbound_mail_id == InboundMail.id)
        .where(InboundMail.message_id.is_not(None), which)
        .order_by(InboundMail.received_at.desc(), InboundMail.id.desc())
        .limit(MOST_IDS)
    )
    went = (
        select(OutboxMessage.message_id, OutboxMessage.created_at)
        .where(
            OutboxMessage.ticket_number == ticket.number,
            OutboxMessage.recipient == message.recipient,
            OutboxMessage.message_id.is_not(None),
            OutboxMessage.id < message.id,
        )
        .order_by(OutboxMessage.id.desc())
        .limit(MOST_IDS)
    )
    inbound = [(at, one) for one, at in session.execute(came) if one]
    outbound = [(at, one) for one, at in session.execute(went) if one]
    return ThreadFacts(
        first=first,
        later=tuple(one for _, one in sorted([*inbound, *outbound])),
        answers=inbound[0][1] if inbound else first,
    )


def _in_copy(session: Session, message: OutboxMessage) -> tuple[str, ...]:
    """The others who get the same message: named, since To holds its recipient alone."""
    if message.ticket_number is None or message.kind not in TO_PARTICIPANTS:
        return ()
    author = message.comment.author_id if message.comment is not None else None
    others = (one for one in participants.of(session, message.ticket_number) if one.person_id not in (message.person_id, author))
    return tuple(_shown(one.person) for one in others)


def _data(session: Session, message: OutboxMessage, house: House) -> dict[str, object]:
    """The row's own data; what is to be confirmed adds the link to do it, a digest its lines."""
    data = dict(message.data)
    if message.kind == "confirm_commands":
        mail, person = message.inbound_mail_id or 0, message.person_id or 0
        data["confirm_link"] = links.confirm_link(house.mint.keys, house.base_url, mail, person, _now(session))
    if message.kind in invitations.LIVES and message.person is not None:
        data["link"] = invitations.link(house.mint.keys, house.base_url, message.person, message.kind, _now(session))
    if message.kind in PUBLIC:
        data |= issue_update.public(message, house, _now(session))
    if message.kind == "digest":
        data |= digest_lines.gathered(session, message, house)
    return data
