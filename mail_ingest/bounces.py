"""What a delivery report or an event of SES changes: nothing, unless it is about a mail of ours; and who is heard from again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import addressing
from helpdesk.addressing import Mint
from helpdesk.delivery import failures, suppression
from helpdesk.delivery.failures import Failure
from helpdesk.models import InboundState, OutboxMessage
from mail_ingest.act import Result
from mail_ingest.mail import DeliveryReport, Envelope, FailedRecipient, Kind, Reading, SenderVerdict
from mail_ingest.reports.ses_event import SesEvent
from mail_ingest.reports.status_fields import status_in


def apply(session: Session, mint: Mint, reading: Reading, envelope: Envelope, mail_id: int) -> Result:
    """A report counts when a MAC of ours proves that it answers a mail of ours; then `failures.happened` says what follows.

    Proof: our return path among the envelope recipients, or our Message-ID in the report (RFC 3464 section 2). Whom the report
    names does not matter: each of our messages has one recipient, whose mailbox may be another by the time it fails.
    """
    report = reading.report
    message = _proved(session, mint, report, envelope.rcpt_to)
    if report is None or message is None:
        return Result(InboundState.BOUNCE, reason="not proved to answer a mail of ours: nothing changed")
    failure = _failure(report, message, mail_id)
    if failure is None:
        failures.arrived(session, message)
        return Result(InboundState.BOUNCE, ticket=message.ticket_number, reason="a report of success")
    if failures.is_known(session, message, failure):
        return Result(InboundState.BOUNCE, ticket=message.ticket_number, reason=f"told before: {message.recipient}")
    blame = failures.happened(session, message, failure)
    return Result(InboundState.BOUNCE, ticket=message.ticket_number, reason=f"{blame}: {message.recipient}")


def apply_event(session: Session, mint: Mint, event: SesEvent) -> str | None:
    """An event of SES changes what a proved report does, once however often it comes; gives a sentence for the log.

    None: no message of ours has that id (yet: the event can be faster than the record of its sending). The caller has proved
    that the event is from SES.
    """
    message = session.scalar(
        select(OutboxMessage).where(OutboxMessage.peer_message_id == event.message_id).order_by(OutboxMessage.id).with_for_update()
    ) or _proved(session, mint, event.report, ())
    if message is None:
        return None
    failure = _failure(event.report, message)
    if failure is None:
        failures.arrived(session, message, event.words)
        return f"arrived: {message.recipient}"
    if failures.is_known(session, message, failure):
        return f"told before: {message.recipient}"
    return f"{failures.happened(session, message, failure)}: {message.recipient}"


def heard_from(session: Session, reading: Reading, verdict: SenderVerdict, received_at: datetime) -> None:
    """An address that failed gets mail again once a person has written from it since, and the judge says PASS."""
    sender = reading.mail.sender
    if sender is not None and reading.verdict.kind == Kind.PERSON and verdict == SenderVerdict.PASS:
        suppression.lift_by_their_mail(session, sender.address, received_at)


def _failure(report: DeliveryReport, message: OutboxMessage, mail_id: int | None = None) -> Failure | None:
    """What the report says of our recipient, else of the first who failed, else of the first delayed; None: it arrived."""
    if report.complaint:
        told = next((one.diagnostic for one in report.recipients if one.diagnostic), None)
        return Failure("complaint", None, told or "", mail_id)
    ours = [one for one in report.recipients if one.address.lower() == message.recipient.lower()]
    one = _worst(ours or report.recipients)
    if one is None:
        return None
    return Failure(one.action, one.status or status_in(one.diagnostic or ""), one.diagnostic or "", mail_id)


def _worst(told: Iterable[FailedRecipient]) -> FailedRecipient | None:
    """Where an address stands for many, one of them that failed is news."""
    by_action = {one.action: one for one in reversed(list(told))}
    return by_action.get("failed") or by_action.get("delayed")


def _proved(session: Session, mint: Mint, report: DeliveryReport | None, rcpt_to: tuple[str, ...]) -> OutboxMessage | None:
    ids = [addressing.read_return_path(mint, address) for address in rcpt_to]
    if report is not None and report.original_message_id:
        minted = addressing.read_message_id(mint, report.original_message_id)
        ids.append(minted.outbox if minted is not None else None)
    number = next((one for one in ids if one), None)
    return session.get(OutboxMessage, number, with_for_update=True) if number is not None else None
