"""From a route to one call of the domain: a new ticket, a comment, a pending message, or nothing but a note of why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import addressing, attachments, comments, outbox, participants, people, tickets
from helpdesk.addressing import Purpose
from helpdesk.attachments import StoredFile
from helpdesk.comments import NewComment
from helpdesk.errors import Refused
from helpdesk.installation import Installation
from helpdesk.models import (
    InboundMail,
    InboundState,
    Person,
    Priority,
    Source,
    Status,
    Ticket,
    TicketType,
)
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket
from helpdesk.words import HELD_WORDS, HeldReason
from mail_ingest.acting import circles, copies, requester
from mail_ingest.mail import Address, Forwarded, Kind, Outcome, ParsedMail, ReplyText, Route, SenderVerdict
from mail_ingest.thanks import is_only_thanks


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail at the moment of acting: its row, what it says, what was cut, its stored files, and where it goes.

    `handed_over`: the mail that an agent forwarded, and its own files.
    """

    row: InboundMail
    mail: ParsedMail
    html: str | None
    text: ReplyText
    files: tuple[StoredFile, ...]
    route: Route
    verdict: SenderVerdict
    admins_only: str | None = None
    handed_over: Forwarded | None = None
    handed_files: tuple[StoredFile, ...] = ()

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
        _tell_staff_member(session, house, incoming)
    match route.outcome:
        case Outcome.HELD | Outcome.LATER:
            return held(route.held or HeldReason.REFUSED, route.ticket, route.reason)
        case Outcome.IGNORED:
            return Result(InboundState.IGNORED, route.ticket, reason=route.reason)
        case Outcome.NEW if (about := _about_the_old_one(session, incoming)) is not None:
            return _commented(session, house, about)
        case Outcome.NEW if route.answers_update and requester.is_me_too(_kind(incoming), incoming.text, incoming.sender.name):
            return _me_too(session, incoming)
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


def _opened(session: Session, house: Installation, incoming: Incoming) -> Result:
    mail, route = incoming.mail, incoming.route
    requester = people.find_or_make(session, incoming.sender.address, incoming.sender.name)
    kind, priority = by_address(house, incoming.row.rcpt_to)
    ticket = tickets.open_ticket(
        session,
        NewTicket(
            type=kind,
            priority=priority,
            title=mail.subject,
            # an answer to the mail about a known issue was cut to read it: nothing of a first mail is left out
            description="\n\n".join(one for one in (incoming.text.visible, route.answers_update and incoming.text.trimmed) if one),
            requester=requester,
            source=Source.EMAIL,
            html=incoming.html,
            verified=route.verified,
            restricted=incoming.admins_only is not None,
            acknowledge=route.acknowledge and not route.automatic and incoming.admins_only is None,
            inbound_mail_id=incoming.row.id,
            follows=route.follows,
            may_belong_to=route.may_belong_to,
        ),
        viewer_of(requester, Via.EMAIL, address=incoming.sender.address),
        acknowledgements_an_hour=house.settings.acknowledgements_an_hour,
    )
    attachments.attach(session, ticket.number, None, incoming.files)
    remember_addresses(session, incoming)
    _join_those_in_copy(session, house, ticket, incoming, requester)
    return Result(InboundState.TICKET, ticket.number, reason=incoming.admins_only or route.reason)


def _commented(session: Session, house: Installation, incoming: Incoming) -> Result:
    route = incoming.route
    ticket = tickets.locked(session, route.ticket or 0)
    if ticket is None:
        raise Refused("the ticket is gone")
    from_a_machine = incoming.row.kind != Kind.PERSON or route.outcome == Outcome.PENDING
    if incoming.admins_only is not None and from_a_machine and not ticket.restricted:
        # agents read this ticket: the code goes where administrators alone look, whatever reply address it was sent to
        apart = replace(route, outcome=Outcome.NEW, ticket=None, may_belong_to=ticket.number)
        return _opened(session, house, replace(incoming, route=apart))
    pending = route.reason if route.outcome == Outcome.PENDING else None
    author = people.find_or_make(session, incoming.sender.address, incoming.sender.name)
    names = _names(ticket, author, incoming)
    asked = _asked(session, ticket, incoming, author, names) if pending is None else None
    if asked is not None and not asked.says:
        _believed(session, house, ticket, incoming, author)
        return Result(InboundState.COMMAND, ticket.number, reason=requester.grant(session, ticket, author, asked))
    only_thanks = pending is None and ticket.status == Status.RESOLVED and is_only_thanks(incoming.text.visible, names)
    comment = comments.add_comment(
        session,
        ticket,
        new_comment(incoming, author, content=asked.says if asked else None, pending_because=pending, by_staff=author.is_staff),
        _writer(session, ticket, author, pending),
        already={one.address.lower() for one in (*incoming.mail.to, *incoming.mail.cc)},
        reopens=not (asked.thanks if asked else only_thanks),
        stays=asked is not None,
    )
    if asked is not None:
        requester.grant(session, ticket, author, asked)
    takes_part = asked is None and only_thanks and participants.one(session, ticket.number, author.id) is not None
    if takes_part and circles.thanks_may_be_answered(session, route, ticket, author):
        outbox.enqueue(
            session, "stays_resolved", author.address, ticket_number=ticket.number, person_id=author.id, reason="you thanked us"
        )
    circles.mute_if_any(session, ticket, author)
    attachments.attach(session, ticket.number, comment.id, incoming.files)
    if pending is None:
        _believed(session, house, ticket, incoming, author)
    return Result(InboundState.COMMENT, ticket.number, comment.id, route.reason)


def _believed(session: Session, house: Installation, ticket: Ticket, incoming: Incoming, author: Person) -> None:
    """What a mail that counts as its sender's brings with it: the ticket's address is proved, those in copy join, ids are kept."""
    route = incoming.route
    if route.person is not None and not route.automatic and route.purpose != Purpose.UNSUBSCRIBE:
        ticket.verified = True  # the reply address reached its owner, and only its owner answers from this address
    if route.verified or route.matched_by != "subject_tag":
        # a guessed number must not make ways onto the ticket for those whom the guesser puts in copy
        remember_addresses(session, incoming)
    _join_those_in_copy(session, house, ticket, incoming, author)


def new_comment(incoming: Incoming, author: Person, *, content: str | None = None, **more: Any) -> NewComment:
    """The comment that this mail is; `content` replaces its text (commands taken out)."""
    text = incoming.text
    return NewComment(
        content=(text.visible if content is None else content) or "(no text)",
        source=Source.EMAIL,
        author=author,
        author_address=incoming.sender.address,
        author_name=people.clean_name(incoming.sender.name, incoming.sender.address),
        html=None if content is not None else text.html if text.trimmed or text.signature else incoming.html,
        trimmed=text.trimmed,
        signature=text.signature,
        hidden_lines=text.hidden_lines,
        verified=incoming.route.verified,
        automatic=incoming.route.automatic,
        inbound_mail_id=incoming.row.id,
        **more,
    )


def remember_addresses(session: Session, incoming: Incoming) -> None:
    """Keep who stood in this mail and which ids it named (`copies.remember`)."""
    copies.remember(session, incoming.row.id, incoming.sender.address, incoming.mail)


def _kind(incoming: Incoming) -> Kind:
    return Kind(incoming.row.kind or Kind.PERSON)


def _me_too(session: Session, incoming: Incoming) -> Result:
    number, sender = incoming.route.may_belong_to or 0, incoming.sender
    said = requester.me_too(session, number, sender.address, sender.name, incoming.verdict)
    return Result(InboundState.COMMAND if incoming.verdict == SenderVerdict.PASS else InboundState.IGNORED, number, reason=said)


def _about_the_old_one(session: Session, incoming: Incoming) -> Incoming | None:
    """What asks for no more than the end of a ticket that is closed for good starts no new one."""
    route = incoming.route
    if route.follows is None or route.purpose not in (Purpose.RESOLVE, Purpose.UNSUBSCRIBE):
        return None
    ticket = tickets.locked(session, route.follows)
    author = people.find_or_make(session, incoming.sender.address, incoming.sender.name)
    if ticket is None or _asked(session, ticket, incoming, author, _names(ticket, author, incoming)) is None:
        return None
    return replace(incoming, route=replace(route, outcome=Outcome.COMMENT, ticket=ticket.number, follows=None))


def _asked(session: Session, ticket: Ticket, incoming: Incoming, author: Person, names: tuple[str, ...]) -> requester.Asked | None:
    return requester.asked(session, ticket, author, incoming.route, _kind(incoming), incoming.text, incoming.files, names)


def _names(ticket: Ticket, author: Person, incoming: Incoming) -> tuple[str, ...]:
    """Names that may stand below thanks: the sender's, and whom they thank."""
    return author.name, incoming.sender.name, ticket.assignee.name if ticket.assignee is not None else ""


def _writer(session: Session, ticket: Ticket, author: Person, pending: str | None) -> Viewer:
    """As whom a comment is written: a participant as themselves, anyone else through the helpdesk's own hand."""
    if pending is None and not ticket.restricted and participants.one(session, ticket.number, author.id) is not None:
        return viewer_of(author, Via.EMAIL, address=author.address)
    return SYSTEM


def by_address(house: Installation, rcpt_to: list[str]) -> tuple[str, str]:
    """Type and priority of the address that the mail was sent to."""
    for address in rcpt_to:
        kind, _, priority = house.settings.inbound_addresses.get(
            addressing.base_address(house.mint, address, house.settings.inbound_addresses), ""
        ).partition(",")
        if kind.strip() or priority.strip():
            return kind.strip() or TicketType.OTHER, priority.strip() or Priority.MEDIUM
    return TicketType.OTHER, Priority.MEDIUM


def _join_those_in_copy(session: Session, house: Installation, ticket: Ticket, incoming: Incoming, author: Person) -> None:
    """Those in copy of a person's mail take part, where the ticket's requester wrote it and that is proved."""
    proved = incoming.verdict == SenderVerdict.PASS and ticket.requester_id == author.id
    if proved and not ticket.restricted and incoming.row.kind == Kind.PERSON:
        copies.join(session, house, ticket, incoming.mail, viewer_of(author, Via.EMAIL, address=incoming.sender.address))


def _tell_staff_member(session: Session, house: Installation, incoming: Incoming) -> None:
    """The real owner of an agent's address learns of a mail in their name, held or pending on a ticket; once an hour."""
    person, route = people.person_at(session, incoming.sender.address), incoming.route
    if person is None or not person.is_staff:
        return
    if not outbox.count_recent(session, person.address, "staff_unproven", timedelta(hours=1)):
        data = {"subject": incoming.mail.subject[:200], "received_at": incoming.row.received_at.isoformat()}
        pending = route.outcome == Outcome.PENDING and route.ticket is not None
        if pending:
            data["pending_on"] = addressing.tag(house.mint.prefix, route.ticket or 0)
        outbox.enqueue(
            session,
            "staff_unproven",
            person.address,
            person_id=person.id,
            inbound_mail_id=incoming.row.id,
            reason="a mail in your name waits: was this you?" if pending else "a mail in your name was held",
            data=data,
        )
