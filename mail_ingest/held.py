"""What an administrator makes of a held mail: it is read again, and goes where they say, whatever the ladder thought of it."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import func, select

from helpdesk import audit, db, held_mail, people, raw_mail
from helpdesk.errors import NotFound, Refused
from helpdesk.installation import Installation
from helpdesk.models import InboundMail, InboundState, Ticket
from helpdesk.permissions import Action, Viewer, require
from mail_ingest import act, findings, intake, route_facts
from mail_ingest.mail import Envelope, Kind, Outcome, ParsedMail, Reading, Route, SenderVerdict
from mail_ingest.reader import Reader, ReaderFailed

BY_HAND = "an_administrator"
_MACHINES = (Kind.AUTO_REPLIED, Kind.AUTO_GENERATED)


def look(house: Installation, reader: Reader, mail_id: int) -> Reading | None:
    """What the mail says, read in a child process; None where its bytes are gone or nobody can read them."""
    try:
        raw, envelope, verdict = _loaded(house, mail_id)
        return findings.with_its_sender(house, reader.read(raw, envelope), envelope, verdict)
    except (NotFound, ReaderFailed):
        return None


def settle(house: Installation, reader: Reader, mail_id: int, by: Viewer, onto: int | None = None) -> int:
    """A held mail becomes a ticket, or a message on ticket `onto`; gives its number. The sender is believed no more for it.

    What was merged into another ticket leads there.

    Raises NotFound when it is no longer held or its bytes are gone, Refused when nothing can be made of it.
    """
    raw, envelope, verdict = _loaded(house, mail_id)
    try:
        reading = findings.with_its_sender(house, reader.read(raw, envelope), envelope, verdict)
        mail = reading.mail
        sent, name = _what_it_may_quote(house, mail, envelope, onto), mail.sender.name if mail.sender else ""
        text = reader.cut(mail.text, mail.html, sent, first=onto is None, sender_name=name)
    except ReaderFailed as error:
        raise Refused("This mail cannot be read: download it and look at it with care.") from error
    stored = findings.stored(house, mail.attachments)
    with db.transaction(house.engine) as session:
        require(by, Action.RELEASE_HELD)
        row = session.scalar(
            select(InboundMail).where(InboundMail.id == mail_id, InboundMail.state == InboundState.HELD).with_for_update()
        )
        if row is None:
            raise NotFound("This mail is not held (any more).")
        sender = people.person_at(session, mail.sender.address) if mail.sender is not None else None
        if row.held_number in held_mail.NOT_RELEASED or (sender is not None and sender.is_staff):
            raise Refused("An agent's mail is not released: its agent sends it again, proved, or writes it on the ticket.")
        if onto is None and act.claims_to_be_us(house, mail):
            raise Refused("It comes from an address of our own: nobody could be answered. Attach it, or open a ticket by hand.")
        if onto is not None:
            onto = route_facts.followed(session, {onto}).get(onto)
            if onto is None:
                raise Refused("There is no such ticket.", "ticket")
            if reading.sign_up_code is not None and not session.get_one(Ticket, onto).restricted:
                raise Refused(
                    "It carries a sign-up code, and agents read that ticket: release it, then only administrators see it."
                )
        route = Route(
            Outcome.NEW if onto is None else Outcome.COMMENT,
            onto,
            verified=verdict == SenderVerdict.PASS,
            automatic=reading.verdict.kind in _MACHINES and onto is not None,
            acknowledge=reading.verdict.kind == Kind.PERSON and verdict != SenderVerdict.FAIL,
            matched_by=BY_HAND,
        )
        incoming = act.Incoming(row, mail, reading.html, text, stored, route, verdict, reading.sign_up_code)
        result = act.on(session, house, incoming)
        if result.ticket is None:
            raise Refused(result.reason or "Nothing could be made of this mail.")
        row.state, row.held_number, row.held_reason, row.matched_by = result.state, None, None, BY_HAND
        row.ticket_number, row.comment_id, row.processed_at = result.ticket, result.comment, func.now()
        row.trace = {**row.trace, "routed": _routed(route), "result": asdict(result)}
        audit.record(session, "held_released", by, ticket_number=result.ticket, inbound_mail_id=mail_id)
        return result.ticket


def _loaded(house: Installation, mail_id: int) -> tuple[bytes, Envelope, SenderVerdict]:
    with db.transaction(house.engine) as session:
        row = session.get(InboundMail, mail_id)
        if row is None or row.state != InboundState.HELD:
            raise NotFound("This mail is not held (any more).")
        envelope, verdict = intake.envelope_of(row), SenderVerdict(row.sender_verdict or SenderVerdict.NONE)
    return raw_mail.content(house.engine, house.storage, mail_id), envelope, verdict


def _what_it_may_quote(house: Installation, mail: ParsedMail, envelope: Envelope, onto: int | None) -> list[str]:
    seen = route_facts.signals(house.mint, mail, envelope)
    sender = mail.sender.address.lower() if mail.sender is not None else None
    with db.transaction(house.engine) as session:
        ticket = route_facts.followed(session, {onto}).get(onto) if onto is not None else None
        return route_facts.what_we_sent(session, seen, ticket, sender)


def _routed(route: Route) -> dict[str, object]:
    return {"rung": BY_HAND, "tried": [], "ticket": route.ticket, "outcome": route.outcome}
