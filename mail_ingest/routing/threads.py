"""The mail that a mail answers, by the ids that it names: a stored mail of somebody, or a mail of ours. Queries, no decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import addressing
from helpdesk.addressing import Mint, MintedId, Purpose
from helpdesk.models import (
    Comment,
    InboundMail,
    InboundState,
    MailMailbox,
    MailReference,
    OutboxMessage,
    Participant,
    Person,
    PersonAddress,
)
from mail_ingest.mail import ParsedMail
from mail_ingest.route import staff_forward

NEWEST_REFERENCES = 50
NamedId = tuple[str, MintedId | None]
MOST_ROWS = 200  # stored mails looked at, the oldest: one id is seldom met twice


@dataclass(frozen=True, slots=True)
class Theirs:
    """What is answered, and its ticket: `internal` is a note's; `addressed`: From may answer it, since it went to them."""

    ticket: int
    internal: bool
    addressed: bool


class _Stored(NamedTuple):
    id: int
    sender: str | None
    ticket_number: int
    internal: bool
    named: str


def named_ids(mint: Mint, mail: ParsedMail) -> tuple[NamedId, ...]:
    """The ids that a mail says it answers, In-Reply-To first, then the newest References; with each what it says if it is ours."""
    ids = dict.fromkeys((*mail.in_reply_to, *reversed(mail.references[-NEWEST_REFERENCES:])))
    return tuple((one, addressing.read_message_id(mint, one)) for one in islice(ids, NEWEST_REFERENCES + 5))


def ours(session: Session, ids: Sequence[NamedId]) -> Iterator[OutboxMessage]:
    """The mails of ours that these ids name, in their order: by our MAC, or by the id that a relay gave it (Amazon SES)."""
    by_peer = _by_peer_ids(session, [one for one, said in ids if said is None])
    for one, said in ids:
        found = session.get(OutboxMessage, said.outbox) if said is not None and said.outbox else by_peer.get(one)
        if found is not None:
            yield found


def _by_peer_ids(session: Session, ids: Sequence[str]) -> dict[str, OutboxMessage]:
    """Those of these ids whose local part a relay gave a mail of ours (Amazon SES replaces the Message-ID) -> that mail."""
    locals_ = {local: one for one in reversed(ids) if (local := one.strip("<> ").partition("@")[0])}
    if not locals_:
        return {}
    found = session.scalars(select(OutboxMessage).where(OutboxMessage.peer_message_id.in_(locals_)).order_by(OutboxMessage.id))
    return {locals_[one.peer_message_id]: one for one in found if one.peer_message_id}


def theirs(session: Session, ids: Sequence[str], sender: str | None, person: Person | None) -> Theirs | None:
    """The thread of the first of these ids that is known; where several stored mails have it, the one that From knows best.

    Anybody can reuse an id they saw: what From wrote comes first, then what From takes part in or had in To or Cc, then the rest,
    and always the oldest, for it was there before its id could be seen.
    """
    wanted = [one for one in ids if one]
    if not wanted:
        return None
    by_peer = _by_peer_ids(session, wanted)
    stored: dict[str, Theirs] = {}
    for named, found in _stored(session, wanted, sender, person):
        stored.setdefault(named, found)
    for one in wanted:
        if (message := by_peer.get(one)) is not None and message.ticket_number is not None:
            return Theirs(message.ticket_number, message.purpose == Purpose.NOTE, message.recipient == sender)
        if one in stored:
            return stored[one]
    return None


def _stored(session: Session, wanted: Sequence[str], sender: str | None, person: Person | None) -> list[tuple[str, Theirs]]:
    """(id, stored mail) of all that have one of these ids, best first; a forward stands for the mail that it handed over."""
    internal = func.coalesce(Comment.internal, False).label("internal")
    columns = (InboundMail.id, InboundMail.sender, InboundMail.ticket_number, internal)
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
    found = session.execute(own.union_all(handed_over).order_by(InboundMail.id).limit(MOST_ROWS))
    rows = [_Stored(row.id, row.sender, row.ticket_number, row.internal, row.named) for row in found]
    had_it = _addressed(session, {row.id for row in rows}, sender)
    taking_part = _taking_part(session, {row.ticket_number for row in rows}, person)

    def strangeness(row: _Stored) -> tuple[int, int]:
        if row.sender is not None and row.sender == sender:
            return 0, row.id
        return (1 if row.ticket_number in taking_part or row.id in had_it else 2), row.id

    return [(row.named, Theirs(row.ticket_number, row.internal, row.id in had_it)) for row in sorted(rows, key=strangeness)]


def _addressed(session: Session, mails: set[int], sender: str | None) -> set[int]:
    """Those of these stored mails that had `sender` in To or Cc."""
    if not mails or sender is None:
        return set()
    mine = (MailMailbox.address == sender) & MailMailbox.field.in_(("to", "cc"))
    return set(session.scalars(select(MailMailbox.inbound_mail_id).where(MailMailbox.inbound_mail_id.in_(mails), mine)))


def _taking_part(session: Session, numbers: set[int], person: Person | None) -> set[int]:
    if not numbers or person is None:
        return set()
    mine = (Participant.person_id == person.id) & Participant.removed_at.is_(None)
    return set(session.scalars(select(Participant.ticket_number).where(Participant.ticket_number.in_(numbers), mine)))


def taken_out(session: Session, numbers: set[int], person: Person | None) -> set[int]:
    """Those of these tickets from which From was removed: no header brings anybody back."""
    if not numbers or person is None:
        return set()
    mine = (Participant.person_id == person.id) & Participant.removed_at.is_not(None)
    return set(session.scalars(select(Participant.ticket_number).where(Participant.ticket_number.in_(numbers), mine)))


def early(session: Session, mail: ParsedMail, sender: str | None) -> int | None:
    """The ticket of the oldest mail that answers this one and came before it: each sender stood in the other's To or Cc."""
    here = {one.address.lower() for one in (*mail.to, *mail.cc)}
    if not mail.message_id or sender is None or not here:
        return None
    wanted = (
        select(InboundMail.ticket_number)
        .join(MailReference, MailReference.inbound_mail_id == InboundMail.id)
        .join(MailMailbox, (MailMailbox.inbound_mail_id == InboundMail.id) & (MailMailbox.address == sender))
        .where(MailReference.message_id == mail.message_id, MailMailbox.field.in_(("to", "cc")), InboundMail.sender.in_(here))
        .where(InboundMail.ticket_number.is_not(None), InboundMail.state.in_((InboundState.TICKET, InboundState.COMMENT)))
        .order_by(InboundMail.id)
    )
    number: int | None = session.scalar(wanted.limit(1))
    return number


def to_participants(session: Session, mail: ParsedMail, ticket: int | None) -> bool:
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
