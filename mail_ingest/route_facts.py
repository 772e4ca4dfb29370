"""The queries behind the ladder: what a mail's signals say, read in one transaction. No decision here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import addressing, people, tickets
from helpdesk.addressing import Mint, Purpose, ReplyToken
from helpdesk.issues import updates
from helpdesk.lifecycle import AfterReply
from helpdesk.models import (
    STAFF,
    InboundMail,
    InboundState,
    OutboxMessage,
    Participant,
    Person,
    Status,
    Ticket,
)
from mail_ingest.mail import Envelope, ParsedMail, SenderVerdict
from mail_ingest.route import Facts, TokenFact
from mail_ingest.routing import threads

TOKEN_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


@dataclass(frozen=True, slots=True)
class Signals:
    """What the bytes alone say: the reply token, the ids that are answered (newest first), the tag.

    `more_tokens`: tickets of further valid tokens. The first one decides, these are for the trace.
    """

    token: ReplyToken | None
    ids: tuple[threads.NamedId, ...]
    tag: int | None
    more_tokens: tuple[int, ...] = ()

    @property
    def minted(self) -> tuple[addressing.MintedId, ...]:
        """What our own ids among them say."""
        return tuple(said for _, said in self.ids if said is not None)

    @property
    def others(self) -> tuple[str, ...]:
        """The ids that are not in our form."""
        return tuple(one for one, said in self.ids if said is None)


def signals(mint: Mint, mail: ParsedMail, envelope: Envelope) -> Signals:
    """Token: envelope recipients first, then To, Cc, Delivered-To and the like; ids: In-Reply-To, then References, newest first."""
    addressed = [*envelope.rcpt_to, *(one.address for one in (*mail.to, *mail.cc))]
    addressed += [value for name in TOKEN_FIELDS[2:] for value in mail.all(name)]
    tokens = addressing.reply_tokens(mint, addressed)
    return Signals(
        token=tokens[0] if tokens else None,
        ids=threads.named_ids(mint, mail),
        tag=addressing.tag_in_subject(mint.prefix, mail.subject),
        more_tokens=tuple(one.ticket for one in tokens[1:] if one.ticket),
    )


def gather(
    session: Session,
    mail: ParsedMail,
    seen: Signals,
    verdict: SenderVerdict,
    *,
    by_dkim: bool = False,
    confirmed: bool = False,
    staff_must_pass: bool = False,
    forward: bool = False,
    reopen_days: int = 14,
) -> Facts:
    """All that the ladder asks, in a handful of queries; ticket numbers are followed through merges."""
    sender = mail.sender.address.lower() if mail.sender is not None else None
    person = people.person_at(session, sender) if sender else None
    theirs = threads.theirs(session, seen.others, sender, person)
    named = {
        "token": seen.token.ticket if seen.token else None,
        "minted": next((one.ticket for one in seen.minted), None),
        "theirs": theirs.ticket if theirs else None,
        "tag": seen.tag,
        "early": threads.early(session, mail, sender),
    }
    final = followed(session, {one for one in named.values() if one})
    numbers = {name: final.get(one) if one else None for name, one in named.items()}
    named_tickets = {one for one in numbers.values() if one}
    recent = _recent(session, sender, verdict)
    left = threads.taken_out(session, {one for one in (*named.values(), *named_tickets) if one}, person)
    taken_out = {numbers[name] for name, one in named.items() if one in left or numbers[name] in left}
    is_staff_address = person is not None and person.role in STAFF
    is_staff = person is not None and person.is_staff
    return Facts(
        sender=sender,
        verdict=verdict,
        by_dkim=by_dkim,
        confirmed=confirmed,
        staff=person.id if person is not None and is_staff else None,
        disabled_staff=is_staff_address and person is not None and not person.active,
        staff_must_pass=staff_must_pass,
        token=_token(session, seen.token, numbers["token"]),
        minted=numbers["minted"],
        answers_note=is_staff and (_answers_note(session, seen) or (theirs is not None and theirs.internal)),
        answers_update=_answers_update(session, seen),
        own_address=is_staff and _own_address(seen.token, person),
        to_participants=is_staff and threads.to_participants(session, mail, numbers["theirs"] or numbers["early"]),
        theirs=numbers["theirs"],
        theirs_addressed=theirs is not None and theirs.addressed and numbers["theirs"] not in taken_out,
        tag=numbers["tag"],
        early=numbers["early"] if numbers["early"] not in taken_out else None,
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
    texts: list[str | None] = [one.body_text for one in islice(threads.ours(session, seen.ids), 3)]
    if ticket is not None and sender is not None and len(texts) < 3:
        last = select(OutboxMessage.body_text).where(OutboxMessage.ticket_number == ticket, OutboxMessage.recipient == sender)
        texts += session.scalars(last.order_by(OutboxMessage.id.desc()).limit(3))
    return list(dict.fromkeys(text for text in texts if text))


def _answers_note(session: Session, seen: Signals) -> bool:
    newest = next(threads.ours(session, seen.ids), None)
    return newest is not None and newest.purpose == Purpose.NOTE


def _answers_update(session: Session, seen: Signals) -> bool:
    newest = next(threads.ours(session, seen.ids), None)
    return newest is not None and updates.was(session, newest.id)


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


def _own_address(token: ReplyToken | None, person: Person | None) -> bool:
    return token is not None and person is not None and token.purpose == Purpose.OPEN and token.person == person.id


def followed(session: Session, numbers: set[int]) -> dict[int, int]:
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
