"""What a delivery report changes: nothing, unless our MAC proves that it answers a mail of ours."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import addressing, audit, outbox
from helpdesk.addressing import Mint
from helpdesk.models import DeliveryProblem, InboundState, OutboxMessage, OutboxState, Suppression
from helpdesk.permissions import SYSTEM
from mail_ingest.act import Result
from mail_ingest.mail import DeliveryReport, Envelope, FailedRecipient, Reading

SOFT_FAILURES, SOFT_DAYS = 4, 30


def apply(session: Session, mint: Mint, reading: Reading, envelope: Envelope, mail_id: int) -> Result:
    """A proved hard failure stops mail to that address, the fourth soft one in 30 days too; the author is told once.

    Proof: our return path among the envelope recipients, or our Message-ID in the report (RFC 3464 section 2). A complaint
    (RFC 5965) stops automatic mail only.
    """
    report = reading.report
    message = _proved(session, mint, report, envelope)
    if report is None or message is None:
        return Result(InboundState.BOUNCE, reason="not proved to answer a mail of ours: nothing changed")
    if report.complaint:
        _suppress(session, message.recipient, "its owner complained about our mail", only_automatic=True)
        return _noted(session, message, FailedRecipient(message.recipient, "complaint"), mail_id, "a complaint")
    failed = next((one for one in report.recipients if one.action in ("failed", "delayed")), None)
    if failed is None:
        return Result(InboundState.BOUNCE, ticket=message.ticket_number, reason="a report of success")
    hard = failed.action == "failed" and _is_lasting(failed)
    result = _noted(session, message, failed, mail_id, "hard" if hard else "soft")
    if hard or _soft_failures(session, message.recipient) >= SOFT_FAILURES:
        _suppress(session, message.recipient, f"not deliverable: {failed.status or ''} {failed.diagnostic or ''}".strip()[:300])
        _give_up(session, message)
    return result


def _is_lasting(failed: FailedRecipient) -> bool:
    """5.x.x says so (RFC 3463); where there is no status, the peer's reply code; where there is neither, nothing lasts."""
    if failed.status:
        return failed.status.startswith("5")
    return re.search(r"\b5[05]\d\b", failed.diagnostic or "") is not None


def _proved(session: Session, mint: Mint, report: DeliveryReport | None, envelope: Envelope) -> OutboxMessage | None:
    ids = [addressing.read_return_path(mint, address) for address in envelope.rcpt_to]
    if report is not None and report.original_message_id:
        minted = addressing.read_message_id(mint, report.original_message_id)
        ids.append(minted.outbox if minted is not None else None)
    number = next((one for one in ids if one), None)
    return session.get(OutboxMessage, number, with_for_update=True) if number is not None else None


def _noted(session: Session, message: OutboxMessage, failed: FailedRecipient, mail_id: int, what: str) -> Result:
    session.add(
        DeliveryProblem(
            outbox_id=message.id,
            address=message.recipient,
            action=failed.action,
            status=failed.status,
            diagnostic=(failed.diagnostic or "")[:1000],
            inbound_mail_id=mail_id,
        )
    )
    session.flush()
    if message.ticket_number is not None:
        audit.record(
            session,
            "delivery_problem",
            SYSTEM,
            ticket_number=message.ticket_number,
            comment_id=message.comment_id,
            inbound_mail_id=mail_id,
            address=message.recipient,
            status=failed.status,
            what=what,
        )
    return Result(InboundState.BOUNCE, ticket=message.ticket_number, reason=f"{what}: {message.recipient}")


def _give_up(session: Session, message: OutboxMessage) -> None:
    """The message shows as not delivered, and the agent who wrote it is told: once, since the state changes once."""
    if message.state == OutboxState.FAILED:
        return
    message.state = OutboxState.FAILED
    comment = message.comment
    if comment is not None and comment.by_staff and comment.author is not None and comment.author.is_staff:
        outbox.enqueue(
            session,
            "delivery_problem",
            comment.author.address,
            ticket_number=message.ticket_number,
            person_id=comment.author_id,
            comment_id=comment.id,
            purpose="n",
            reason="your message did not arrive",
            data={"recipient": message.recipient},
        )


def _soft_failures(session: Session, address: str) -> int:
    since = func.now() - timedelta(days=SOFT_DAYS)
    return session.scalar(select(func.count()).where(DeliveryProblem.address == address, DeliveryProblem.at > since)) or 0


def _suppress(session: Session, address: str, reason: str, *, only_automatic: bool = False) -> None:
    values = {"address": address.lower(), "reason": reason, "only_automatic": only_automatic}
    session.execute(insert(Suppression).values(**values).on_conflict_do_nothing(index_elements=["address"]))
