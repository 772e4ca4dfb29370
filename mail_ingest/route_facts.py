"""The queries behind the ladder: what a mail's signals say, read in one transaction. No decision here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import addressing, people
from helpdesk.addressing import Mint, Purpose, ReplyToken
from helpdesk.models import (
    STAFF,
    InboundMail,
    InboundState,
    MailMailbox,
    MailReference,
    OutboxMessage,
    Participant,
    Person,
    Ticket,
)
from mail_ingest.mail import Envelope, ParsedMail, SenderVerdict
from mail_ingest.route import Facts, TokenFact

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
) -> Facts:
    """All that the ladder asks, in a handful of queries; ticket numbers are followed through merges."""
    sender = mail.sender.address.lower() if mail.sender is not None else None
    person = people.person_at(session, sender) if sender else None
    theirs, addressed = _their_thread(session, seen.others, sender)
    named = {
        "token": seen.token.ticket if seen.token else None,
        "minted": next((one.ticket for one in seen.minted), None),
        "theirs": theirs,
        "tag": seen.tag,
        "early": _early(session, mail, sender),
    }
    final = _followed(session, {one for one in named.values() if one})
    numbers = {name: final.get(one) if one else None for name, one in named.items()}
    hour, day = _recent_tickets(session, sender)
    is_staff_address = person is not None and person.role in STAFF
    return Facts(
        sender=sender,
        verdict=verdict,
        by_dkim=by_dkim,
        staff=person.id if person is not None and person.is_staff else None,
        disabled_staff=is_staff_address and person is not None and not person.active,
        staff_must_pass=staff_must_pass,
        token=_token(session, seen.token, numbers["token"]),
        minted=numbers["minted"],
        answers_note=person is not None and person.is_staff and _answers_note(session, seen),
        theirs=numbers["theirs"],
        theirs_addressed=addressed,
        tag=numbers["tag"],
        early=numbers["early"],
        takes_part=_takes_part(session, person, {one for one in numbers.values() if one}),
        tickets_last_hour=hour,
        tickets_last_day=day,
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


def _their_thread(session: Session, ids: Iterable[str], sender: str | None) -> tuple[int | None, bool]:
    """The ticket of a stored mail with one of these Message-IDs, and whether `sender` stood in its To or Cc."""
    wanted = [one for one in ids if one]
    if not wanted:
        return None, False
    found = session.execute(
        select(InboundMail.id, InboundMail.ticket_number, InboundMail.message_id)
        .where(InboundMail.message_id.in_(wanted), InboundMail.ticket_number.is_not(None))
        .where(InboundMail.state.in_((InboundState.TICKET, InboundState.COMMENT)))
        .order_by(InboundMail.id.desc())
        .limit(20)
    ).all()
    if not found:
        return None, False
    best = min(found, key=lambda row: wanted.index(row.message_id))
    addressed = sender is not None and bool(
        session.scalar(
            select(func.count()).where(
                MailMailbox.inbound_mail_id == best.id, MailMailbox.address == sender, MailMailbox.field.in_(("to", "cc"))
            )
        )
    )
    return best.ticket_number, addressed


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


def _recent_tickets(session: Session, sender: str | None) -> tuple[int, int]:
    """How many tickets this sender's mail opened in the last hour and day."""
    if sender is None:
        return 0, 0
    row = session.execute(
        select(
            func.count().filter(InboundMail.received_at > func.now() - timedelta(hours=1)),
            func.count(),
        ).where(
            InboundMail.sender == sender,
            InboundMail.state == InboundState.TICKET,
            InboundMail.received_at > func.now() - timedelta(days=1),
        )
    ).one()
    return int(row[0]), int(row[1])
