"""From a route to one call of the domain: a new ticket, a comment, a pending message, or nothing but a note of why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from helpdesk import addressing, attachments, comments, lifecycle, outbox, participants, people, tickets
from helpdesk.attachments import StoredFile
from helpdesk.comments import NewComment
from helpdesk.errors import Refused
from helpdesk.installation import Installation
from helpdesk.lifecycle import AfterReply
from helpdesk.models import (
    Comment,
    InboundMail,
    InboundState,
    MailMailbox,
    MailReference,
    Person,
    Priority,
    Source,
    Status,
    Ticket,
    TicketType,
)
from helpdesk.outbox import NO_AUTOMATIC_MAIL_TO
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket
from helpdesk.words import HELD_WORDS, HeldReason
from mail_ingest.mail import Address, ParsedMail, ReplyText, SenderVerdict
from mail_ingest.route import Outcome, Route
from mail_ingest.thanks import is_only_thanks

MOST_MAILBOXES = 50
CIRCLE = timedelta(minutes=10)
MOST_IN_A_CIRCLE, MOST_EQUAL = 5, 3


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail at the moment of acting: its row, what it says, what was cut, its stored files, and where it goes."""

    row: InboundMail
    mail: ParsedMail
    html: str | None
    text: ReplyText
    files: tuple[StoredFile, ...]
    route: Route
    verdict: SenderVerdict
    admins_only: str | None = None

    @property
    def sender(self) -> Address:
        """The one From mailbox; the ladder lets no mail without it come to a ticket."""
        if self.mail.sender is None:
            raise Refused("there is no single sender")
        return self.mail.sender


@dataclass(frozen=True, slots=True)
class Result:
    """The end state of a mail (`received`: not yet), where it ended, and why."""

    state: InboundState
    ticket: int | None = None
    comment: int | None = None
    reason: str = ""
    held: HeldReason | None = None
    commands: tuple[str, ...] = ()


def held(why: HeldReason, ticket: int | None = None, detail: str = "") -> Result:
    """A mail that waits for a decision: the numbered reason, and what there is to say about this one."""
    return Result(InboundState.HELD, ticket, reason=detail or HELD_WORDS[why], held=why)


def on(session: Session, house: Installation, incoming: Incoming) -> Result:
    """Do what the route says (staff mail is `staff_mail.act`'s); a sender that cannot be answered is held."""
    route = incoming.route
    if route.tell_staff_member:
        _tell_staff_member(session, incoming)
    match route.outcome:
        case Outcome.HELD | Outcome.LATER:
            return held(route.held or HeldReason.REFUSED, route.ticket, route.reason)
        case Outcome.IGNORED:
            return Result(InboundState.IGNORED, route.ticket, reason=route.reason)
        case Outcome.NEW:
            return _opened(session, house, incoming)
        case _:
            return _commented(session, house, incoming)


def claims_to_be_us(house: Installation, mail: ParsedMail) -> bool:
    """From is one of our own addresses: forms and mailing lists rewrite From so, and nobody could be answered."""
    ours = {house.settings.support_address.lower(), *house.settings.inbound_addresses}
    return any(addressing.base_address(house.mint, one.address, house.settings.inbound_addresses) in ours for one in mail.senders)


def now(session: Session) -> datetime:
    """The database's time: one clock for every process."""
    return session.execute(select(func.now())).scalar_one()


def _opened(session: Session, house: Installation, incoming: Incoming, *, follows: int | None = None) -> Result:
    mail, route = incoming.mail, incoming.route
    requester = people.find_or_make(session, incoming.sender.address, incoming.sender.name)
    kind, priority = _by_address(house, incoming.row.rcpt_to)
    ticket = tickets.open_ticket(
        session,
        NewTicket(
            type=kind,
            priority=priority,
            title=mail.subject,
            description=incoming.text.visible,
            requester=requester,
            source=Source.EMAIL,
            html=incoming.html,
            verified=route.verified,
            restricted=incoming.admins_only is not None,
            acknowledge=route.acknowledge and not route.automatic,
            inbound_mail_id=incoming.row.id,
            follows=follows,
            may_belong_to=route.may_belong_to,
        ),
        viewer_of(requester, Via.EMAIL, address=incoming.sender.address),
    )
    attachments.attach(session, ticket.number, None, incoming.files)
    remember_addresses(session, incoming)
    if incoming.verdict == SenderVerdict.PASS:
        _join_those_in_copy(session, house, ticket, incoming, viewer_of(requester, Via.EMAIL))
    return Result(InboundState.TICKET, ticket.number, reason=incoming.admins_only or route.reason)


def _commented(session: Session, house: Installation, incoming: Incoming) -> Result:
    route = incoming.route
    ticket = tickets.locked(session, route.ticket or 0)
    if ticket is None:
        raise Refused("the ticket is gone")
    pending = route.reason if route.outcome == Outcome.PENDING else None
    if pending is None and not route.automatic:
        after = lifecycle.after_requester_reply(ticket.status, ticket.closed_at, now(session), house.settings.reopen_days)
        if after == AfterReply.FOLLOW_UP:
            return _opened(session, house, incoming, follows=ticket.number)
    author = people.find_or_make(session, incoming.sender.address, incoming.sender.name)
    only_thanks = (
        pending is None and ticket.status == Status.RESOLVED and is_only_thanks(incoming.text.visible, _names(ticket, author))
    )
    comment = comments.add_comment(
        session,
        ticket,
        new_comment(incoming, author, pending_because=pending, by_staff=author.is_staff),
        _writer(session, ticket, author, pending),
        already={one.address.lower() for one in (*incoming.mail.to, *incoming.mail.cc)},
        reopens=not only_thanks,
    )
    takes_part = only_thanks and participants.one(session, ticket.number, author.id) is not None
    if takes_part and _may_be_answered(session, route, ticket, author):
        outbox.enqueue(
            session, "stays_resolved", author.address, ticket_number=ticket.number, person_id=author.id, reason="you thanked us"
        )
    _mute_when_it_goes_in_circles(session, ticket, author)
    attachments.attach(session, ticket.number, comment.id, incoming.files)
    if route.person is not None and pending is None:
        ticket.verified = True  # the reply address reached its owner, and only its owner answers from this address
    if pending is None and (route.verified or route.matched_by != "subject_tag"):
        # a guessed number must not make ways onto the ticket for those whom the guesser puts in copy
        remember_addresses(session, incoming)
    return Result(InboundState.COMMENT, ticket.number, comment.id, route.reason)


def new_comment(incoming: Incoming, author: Person, *, content: str | None = None, **more: Any) -> NewComment:
    """The comment that this mail is; `content` replaces its text (commands taken out)."""
    text = incoming.text
    return NewComment(
        content=(text.visible if content is None else content) or "(no text)",
        source=Source.EMAIL,
        author=author,
        author_address=incoming.sender.address,
        author_name=people.clean_name(incoming.sender.name, incoming.sender.address),
        html=incoming.html if content is None and not text.trimmed and not text.signature else None,
        trimmed=text.trimmed,
        signature=text.signature,
        hidden_lines=text.hidden_lines,
        verified=incoming.route.verified,
        automatic=incoming.route.automatic,
        inbound_mail_id=incoming.row.id,
        **more,
    )


def remember_addresses(session: Session, incoming: Incoming) -> None:
    """Keep who stood in From, To and Cc, and which ids were named, for the answers of colleagues in copy and early answers."""
    mail = incoming.mail
    mailboxes = {one.address.lower(): "cc" for one in mail.cc} | {one.address.lower(): "to" for one in mail.to}
    mailboxes = dict(list(mailboxes.items())[:MOST_MAILBOXES]) | {incoming.sender.address.lower(): "from"}
    rows = [{"inbound_mail_id": incoming.row.id, "address": address, "field": field} for address, field in mailboxes.items()]
    session.execute(upsert(MailMailbox).values(rows).on_conflict_do_nothing())
    named = list(dict.fromkeys((*mail.in_reply_to, *mail.references[-5:])))[:10]
    if named:
        ids = [{"message_id": one[:998], "inbound_mail_id": incoming.row.id} for one in named]
        session.execute(upsert(MailReference).values(ids).on_conflict_do_nothing())


def _names(ticket: Ticket, author: Person) -> tuple[str, ...]:
    """Names that may stand below thanks: the sender's, and whom they thank."""
    return author.name, ticket.assignee.name if ticket.assignee is not None else ""


def _mute_when_it_goes_in_circles(session: Session, ticket: Ticket, author: Person) -> None:
    """Five mails of one sender within ten minutes, or three with one text: no automatic mail about the ticket for a day."""
    recent = session.scalars(
        select(Comment.content).where(
            Comment.ticket_number == ticket.number,
            Comment.author_id == author.id,
            Comment.source == Source.EMAIL,
            Comment.created_at > func.now() - CIRCLE,
        )
    ).all()
    if not author.is_staff and (len(recent) >= MOST_IN_A_CIRCLE or max(Counter(recent).values(), default=0) >= MOST_EQUAL):
        ticket.muted_until = now(session) + timedelta(days=1)


def _may_be_answered(session: Session, route: Route, ticket: Ticket, author: Person) -> bool:
    """Thanks are answered once a day, and never those of a machine: two that thank each other would never end."""
    muted = ticket.muted_until is not None and ticket.muted_until > now(session)
    if route.automatic or not route.acknowledge or muted:
        return False
    return not outbox.count_recent(session, author.address, "stays_resolved", timedelta(days=1))


def _writer(session: Session, ticket: Ticket, author: Person, pending: str | None) -> Viewer:
    """As whom a comment is written: a participant as themselves, anyone else through the helpdesk's own hand."""
    if pending is None and not ticket.restricted and participants.one(session, ticket.number, author.id) is not None:
        return viewer_of(author, Via.EMAIL, address=author.address)
    return SYSTEM


def _by_address(house: Installation, rcpt_to: list[str]) -> tuple[str, str]:
    """Type and priority of the address that the mail was sent to."""
    for address in rcpt_to:
        kind, _, priority = house.settings.inbound_addresses.get(
            addressing.base_address(house.mint, address, house.settings.inbound_addresses), ""
        ).partition(",")
        if kind.strip() or priority.strip():
            return kind.strip() or TicketType.OTHER, priority.strip() or Priority.MEDIUM
    return TicketType.OTHER, Priority.MEDIUM


def _join_those_in_copy(session: Session, house: Installation, ticket: Ticket, incoming: Incoming, by: Viewer) -> None:
    """Cc and To of a proved requester's mail take part: ten at most, no address of ours, no robots, no staff."""
    wanted: list[Person] = []
    for one in (*incoming.mail.to, *incoming.mail.cc):
        if addressing.is_ours(house.mint, house.settings.inbound_addresses, one.address) or NO_AUTOMATIC_MAIL_TO.match(one.address):
            continue
        try:
            wanted.append(people.find_or_make(session, one.address, one.name))
        except Refused:
            continue
    participants.add_cc(session, ticket, wanted[: participants.MOST_IN_COPY], by)


def _tell_staff_member(session: Session, incoming: Incoming) -> None:
    """The real owner of an agent's address learns of a mail in their name; once an hour."""
    person = people.person_at(session, incoming.sender.address)
    if person is None or not person.is_staff:
        return
    if not outbox.count_recent(session, person.address, "staff_unproven", timedelta(hours=1)):
        outbox.enqueue(
            session,
            "staff_unproven",
            person.address,
            person_id=person.id,
            inbound_mail_id=incoming.row.id,
            reason="a mail in your name was held",
            data={"subject": incoming.mail.subject[:200], "received_at": incoming.row.received_at.isoformat()},
        )
