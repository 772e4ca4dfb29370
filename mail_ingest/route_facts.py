"""The queries behind the ladder: what a mail's signals say, read in one transaction. No decision here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import addressing, people, tickets
from helpdesk.addressing import Mint, Purpose, ReplyToken
from helpdesk.issues import updates
from helpdesk.lifecycle import AfterReply
from helpdesk.models import (
    STAFF,
    Comment,
    InboundMail,
    InboundState,
    MailMailbox,
    MailReference,
    OutboxMessage,
    Participant,
    Person,
    PersonAddress,
    Status,
    Ticket,
)
from mail_ingest.mail import Envelope, ParsedMail, SenderVerdict
from mail_ingest.route import Facts, TokenFact, staff_forward

NEWEST_REFERENCES = 50
TOKEN_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


@dataclass(frozen=True, slots=True)
class Signals:
    """What the bytes alone say: the reply token, our own ids (newest first), other ids, the tag."""

    token: ReplyToken | None
    minted: tuple[addressing.MintedId, ...]
    others: tuple[str, ...]
    tag: int | None


def signals(mint: Mint, mail: ParsedMail, envelope: Envelope) -> Signals:
    """Token: envelope recipients first, then To, Cc, Delivered-To and the like; ids: In-Reply-To, then References, newest first."""
    addressed = [*envelope.rcpt_to, *(one.address for one in (*mail.to, *mail.cc))]
    addressed += [value for name in TOKEN_FIELDS[2:] for value in mail.all(name)]
    ids = list(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references[-NEWEST_REFERENCES:]))))[: NEWEST_REFERENCES + 5]
    minted = {one: addressing.read_message_id(mint, one) for one in ids}
    return Signals(
        token=addressing.first_token(mint, addressed),
        minted=tuple(found for found in minted.values() if found is not None),
        others=tuple(one for one, found in minted.items() if found is None),
        tag=addressing.tag_in_subject(mint.prefix, mail.subject),
    )


def gather(
    session: Session,
    mail: ParsedMail,
    seen: Signals,
    verdict: SenderVerdict,
    *,
    by_dkim: bool = False,
    staff_must_pass: bool = False,
    forward: bool = False,
    reopen_days: int = 14,
) -> Facts:
    """All that the ladder asks, in a handful of queries; ticket numbers are followed through merges."""
    sender = mail.sender.address.lower() if mail.sender is not None else None
    person = people.person_at(session, sender) if sender else None
    theirs = _their_thread(session, seen.others)
    named = {
        "token": seen.token.ticket if seen.token else None,
        "minted": next((one.ticket for one in seen.minted), None),
        "theirs": theirs.ticket if theirs else None,
        "tag": seen.tag,
        "early": _early(session, mail, sender),
    }
    final = _followed(session, {one for one in named.values() if one})
    numbers = {name: final.get(one) if one else None for name, one in named.items()}
    named_tickets = {one for one in numbers.values() if one}
    recent = _recent(session, sender, verdict)
    is_staff_address = person is not None and person.role in STAFF
    is_staff = person is not None and person.is_staff
    return Facts(
        sender=sender,
        verdict=verdict,
        by_dkim=by_dkim,
        staff=person.id if person is not None and is_staff else None,
        disabled_staff=is_staff_address and person is not None and not person.active,
        staff_must_pass=staff_must_pass,
        token=_token(session, seen.token, numbers["token"]),
        minted=numbers["minted"],
        answers_note=is_staff and (_answers_note(session, seen) or (theirs is not None and theirs.internal)),
        answers_update=numbers["minted"] is not None and _answers_update(session, seen),
        own_address=is_staff and _own_address(seen.token, person),
        to_participants=is_staff and _to_participants(session, mail, numbers["theirs"]),
        theirs=numbers["theirs"],
        theirs_addressed=theirs is not None and _addressed(session, theirs.mail, sender),
        tag=numbers["tag"],
        early=numbers["early"],
        takes_part=_takes_part(session, person, named_tickets),
        forward=forward,
        closed_for_good=_closed_for_good(session, named_tickets, reopen_days),
        tickets_last_hour=recent.tickets_last_hour,
        tickets_last_day=recent.tickets_last_day,
        comments_last_hour=recent.comments_last_hour,
        comments_last_day=recent.comments_last_day,
    )


def what_we_sent(session: Session, seen: Signals, ticket: int | None, sender: str | None) -> list[str]:
    """Texts of ours that the mail may quote: the messages it names, then the last ones this recipient got on the ticket."""
    rows = [one.outbox for one in seen.minted if one.outbox][:3]
    texts: list[str | None] = []
    if rows:
        texts += session.scalars(select(OutboxMessage.body_text).where(OutboxMessage.id.in_(rows)))
    if ticket is not None and sender is not None and len(texts) < 3:
        last = select(OutboxMessage.body_text).where(OutboxMessage.ticket_number == ticket, OutboxMessage.recipient == sender)
        texts += session.scalars(last.order_by(OutboxMessage.id.desc()).limit(3))
    return list(dict.fromkeys(text for text in texts if text))


def _answers_note(session: Session, seen: Signals) -> bool:
    newest = next((one.outbox for one in seen.minted if one.outbox), None)
    return newest is not None and session.scalar(select(OutboxMessage.purpose).where(OutboxMessage.id == newest)) == Purpose.NOTE


def _answers_update(session: Session, seen: Signals) -> bool:
    newest = next((one.outbox for one in seen.minted if one.outbox), None)
    return newest is not None and updates.was(session, newest)


def _token(session: Session, token: ReplyToken | None, ticket: int | None) -> TokenFact | None:
    """The token while it counts: its owner still takes part, or is an active agent."""
    if token is None or ticket is None:
        return None
    owner = session.get(Person, token.person)
    if owner is None:
        return None
    if not owner.is_staff:
        part = session.get(Participant, (ticket, owner.id)) or session.get(Participant, (token.ticket, owner.id))
        if part is None or part.removed_at is not None:
            return None
    addresses = frozenset(one.address for one in owner.addresses)
    return TokenFact(ticket, owner.id, addresses, token.purpose, token.seen, owner.is_staff)


@dataclass(frozen=True, slots=True)
class _Theirs:
    """The stored mail that is answered, its ticket, and whether it became a note."""

    mail: int
    ticket: int
    internal: bool


def _their_thread(session: Session, ids: Iterable[str]) -> _Theirs | None:
    """The newest named of the stored mails with one of these Message-IDs; a forward stands for the mail that it handed over."""
    wanted = [one for one in ids if one]
    if not wanted:
        return None
    columns = (InboundMail.id, InboundMail.ticket_number, func.coalesce(Comment.internal, False).label("internal"))
    on_a_ticket = InboundMail.ticket_number.is_not(None) & InboundMail.state.in_((InboundState.TICKET, InboundState.COMMENT))
    own = (
        select(*columns, InboundMail.message_id.label("named"))
        .outerjoin(Comment, Comment.id == InboundMail.comment_id)
        .where(InboundMail.message_id.in_(wanted), on_a_ticket)
    )
    handed_over = (
        select(*columns, MailReference.message_id.label("named"))
        .join(MailReference, MailReference.inbound_mail_id == InboundMail.id)
        .outerjoin(Comment, Comment.id == InboundMail.comment_id)
        .where(MailReference.message_id.in_(wanted), InboundMail.matched_by == staff_forward.__name__, on_a_ticket)
    )
    found = session.execute(own.union_all(handed_over).order_by(InboundMail.id.desc()).limit(20)).all()
    if not found:
        return None
    best = min(found, key=lambda row: wanted.index(row.named))
    return _Theirs(best.id, best.ticket_number, best.internal)


def _addressed(session: Session, mail: int, sender: str | None) -> bool:
    """Whether `sender` stood in To or Cc of the stored mail."""
    wanted = select(func.count()).where(
        MailMailbox.inbound_mail_id == mail, MailMailbox.address == sender, MailMailbox.field.in_(("to", "cc"))
    )
    return sender is not None and bool(session.scalar(wanted))


def _own_address(token: ReplyToken | None, person: Person | None) -> bool:
    return token is not None and person is not None and token.purpose == Purpose.OPEN and token.person == person.id


def _to_participants(session: Session, mail: ParsedMail, ticket: int | None) -> bool:
    """Whether somebody who takes part in this ticket stands in To or Cc of the mail."""
    if ticket is None:
        return False
    here = [one.address.lower() for one in (*mail.to, *mail.cc)]
    wanted = (
        select(func.count())
        .select_from(Participant)
        .join(PersonAddress, PersonAddress.person_id == Participant.person_id)
        .where(Participant.ticket_number == ticket, Participant.removed_at.is_(None), PersonAddress.address.in_(here))
    )
    return bool(session.scalar(wanted))


def _early(session: Session, mail: ParsedMail, sender: str | None) -> int | None:
    """The ticket of a mail that answers this one and came before it: each sender stood in the other's To or Cc."""
    if not mail.message_id or sender is None:
        return None
    rows = session.execute(
        select(InboundMail.ticket_number, InboundMail.sender)
        .join(MailReference, MailReference.inbound_mail_id == InboundMail.id)
        .join(MailMailbox, (MailMailbox.inbound_mail_id == InboundMail.id) & (MailMailbox.address == sender))
        .where(MailReference.message_id == mail.message_id, MailMailbox.field.in_(("to", "cc")))
        .where(InboundMail.ticket_number.is_not(None))
        .limit(5)
    ).all()
    here = {one.address.lower() for one in (*mail.to, *mail.cc)}
    return next((row.ticket_number for row in rows if row.sender in here), None)


def _followed(session: Session, numbers: set[int]) -> dict[int, int]:
    """Each number that exists -> the ticket that it was merged into, in the end."""
    final: dict[int, int] = {}
    for number in numbers:
        current: int | None = number
        for _ in range(20):
            row = session.execute(select(Ticket.number, Ticket.merged_into).where(Ticket.number == current)).first()
            if row is None:
                break
            if row.merged_into is None:
                final[number] = row.number
                break
            current = row.merged_into
    return final


def _takes_part(session: Session, person: Person | None, numbers: set[int]) -> frozenset[int]:
    if person is None or not numbers:
        return frozenset()
    found = session.scalars(
        select(Participant.ticket_number).where(
            Participant.person_id == person.id, Participant.ticket_number.in_(numbers), Participant.removed_at.is_(None)
        )
    )
    return frozenset(found)


def _closed_for_good(session: Session, numbers: set[int], reopen_days: int) -> frozenset[int]:
    """Those of these tickets where a reply starts a new one."""
    if not numbers:
        return frozenset()
    found = session.scalars(select(Ticket).where(Ticket.number.in_(numbers), Ticket.status == Status.CLOSED))
    return frozenset(one.number for one in found if tickets.after_reply(session, one, reopen_days) == AfterReply.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class _Recent:
    tickets_last_hour: int = 0
    tickets_last_day: int = 0
    comments_last_hour: int = 0
    comments_last_day: int = 0


def _recent(session: Session, sender: str | None, verdict: SenderVerdict) -> _Recent:
    """What this sender's mail became in the last hour and day; of a proved sender only what is proved: all else may be forged."""
    if sender is None:
        return _Recent()
    hour = InboundMail.received_at > func.now() - timedelta(hours=1)
    opened, added = InboundMail.state == InboundState.TICKET, InboundMail.state == InboundState.COMMENT
    wanted = select(
        func.count().filter(opened, hour), func.count().filter(opened), func.count().filter(added, hour), func.count().filter(added)
    ).where(InboundMail.sender == sender, InboundMail.received_at > func.now() - timedelta(days=1))
    if verdict == SenderVerdict.PASS:
        wanted = wanted.where(InboundMail.sender_verdict == verdict)
    return _Recent(*session.execute(wanted).one())
