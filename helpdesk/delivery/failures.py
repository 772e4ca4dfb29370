"""What a failed delivery changes, whoever tells it: the peer at delivery, a report that a MAC of ours proves, or an event of SES.

Not here: how the words are read (workers.deliver, mail_ingest), and what is tried again (outbox).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk import audit, outbox
from helpdesk.delivery import suppression
from helpdesk.models import DeliveryProblem, OutboxMessage, OutboxState
from helpdesk.permissions import SYSTEM

SOFT_FAILURES, SOFT_FOR = 4, timedelta(days=30)

# Enhanced codes (RFC 3463) that say nothing of the mailbox: our own address, the size, a loop, the protocol, the content, policy.
_NOT_THE_ADDRESS = re.compile(r"[45]\.(?:1\.[789]|2\.3|3\.4|4\.6|[567]\.\d+)")
# Lasting by their class, and yet over some day: a full mailbox, a time that ran out.
_PASSES = re.compile(r"5\.(?:2\.2|4\.7)")


class Blame(StrEnum):
    """What a failure says of the address: it is dead (`hard`), it may be (`soft`), or nothing (`other`); or its owner complains."""

    HARD = "hard"
    SOFT = "soft"
    OTHER = "other"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Failure:
    """What somebody says of one message: `action` is failed, delayed or complaint, `status` an enhanced code (RFC 3463) if told.

    `inbound_mail_id` is the report that says so; None where the peer or SES said it.
    """

    action: str
    status: str | None = None
    diagnostic: str = ""
    inbound_mail_id: int | None = None


def happened(session: Session, message: OutboxMessage, failure: Failure) -> Blame:
    """A dead address gets no mail any more, one that failed softly four times in 30 days neither; the author is told once.

    A complaint stops automatic mail only. The message must be locked. Whatever is blamed, a message that failed shows as failed.
    """
    blame = blamed(failure)
    _note(session, message, failure, blame)
    if blame == Blame.COMPLAINT:
        suppression.stop(session, message.recipient, "its owner complained about our mail", only_automatic=True)
        return blame
    dead = blame == Blame.HARD or (blame == Blame.SOFT and _soft_failures(session, message.recipient) >= SOFT_FAILURES)
    words = failure.diagnostic or failure.status or ""
    if dead or failure.action == "failed":
        message.state = OutboxState.FAILED
        tell_author(session, message, words)
    if dead:
        for waiting in suppression.stop(session, message.recipient, f"not deliverable: {words}"):
            tell_author(session, waiting, words)
    return blame


def blamed(failure: Failure) -> Blame:
    """5.x.x of a failure is hard, unless the code says that it passes or that the mailbox is not why; the rest is soft (RFC 3463).

    Without a code a report is soft, and a peer's answer says nothing of the address.
    """
    if failure.action == "complaint":
        return Blame.COMPLAINT
    if failure.status is None:
        return Blame.OTHER if failure.inbound_mail_id is None else Blame.SOFT
    if _NOT_THE_ADDRESS.fullmatch(failure.status):
        return Blame.OTHER
    lasting = failure.action == "failed" and failure.status.startswith("5") and not _PASSES.fullmatch(failure.status)
    return Blame.HARD if lasting else Blame.SOFT


def arrived(session: Session, message: OutboxMessage, words: str = "") -> None:
    """A peer or a report says that a message arrived: what delayed it is overcome and counts against nobody."""
    session.execute(
        update(DeliveryProblem)
        .where(DeliveryProblem.outbox_id == message.id, DeliveryProblem.action == "delayed")
        .values(action="overcome")
    )
    if words and message.state == OutboxState.SENT:
        message.last_answer = words[:500]


def is_known(session: Session, message: OutboxMessage, failure: Failure) -> bool:
    """The same was said of this message before: events and reports come at least once."""
    wanted = select(DeliveryProblem.id).where(
        DeliveryProblem.outbox_id == message.id,
        DeliveryProblem.action == failure.action,
        DeliveryProblem.status.is_not_distinct_from(failure.status),
        DeliveryProblem.diagnostic == failure.diagnostic[:1000],
    )
    return session.scalar(wanted.limit(1)) is not None


def tell_author(
    session: Session, message: OutboxMessage, answer: str, *, delayed: bool = False, delay: timedelta = timedelta(0)
) -> None:
    """The agent who wrote what did not arrive is told, once for each message; automatic mail fails in silence.

    `delayed`: it is still tried; that is said once too, and not after the failure. `delay` is the undo time of their message.
    """
    comment = message.comment
    author = comment.author if comment is not None and comment.by_staff else None
    if message.kind not in outbox.PERSONAL or comment is None or author is None or not author.is_staff:
        return
    about = select(OutboxMessage.data["delayed"].as_boolean()).where(
        OutboxMessage.comment_id == comment.id,
        OutboxMessage.kind == "delivery_problem",
        OutboxMessage.data["about"].as_integer() == message.id,
    )
    told = set(session.scalars(about))
    if False in told or delayed in told:
        return
    outbox.enqueue(
        session,
        "delivery_problem",
        author.address,
        ticket_number=message.ticket_number,
        person_id=author.id,
        comment_id=comment.id,
        seen_event_id=message.seen_event_id,
        purpose="n",
        reason="your message has not arrived yet" if delayed else "your message did not arrive",
        delay=delay,
        data={"recipient": message.recipient, "answer": answer[:500], "delayed": delayed, "about": message.id},
    )


def _note(session: Session, message: OutboxMessage, failure: Failure, blame: Blame) -> None:
    session.add(
        DeliveryProblem(
            outbox_id=message.id,
            address=message.recipient,
            action=failure.action,
            status=failure.status,
            diagnostic=failure.diagnostic[:1000],
            inbound_mail_id=failure.inbound_mail_id,
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
            inbound_mail_id=failure.inbound_mail_id,
            address=message.recipient,
            action=failure.action,
            status=failure.status,
            what=blame,
        )


def _soft_failures(session: Session, address: str) -> int:
    """How many messages failed softly: in the last 30 days, and since the address was last given another chance.

    However many warnings came about one message, it is one failure.
    """
    wanted = select(DeliveryProblem).where(
        DeliveryProblem.address == address,
        DeliveryProblem.action.in_(("failed", "delayed")),
        DeliveryProblem.at > func.now() - SOFT_FOR,
    )
    resumed = suppression.resumed_at(session, address, SOFT_FOR)
    if resumed is not None:
        wanted = wanted.where(DeliveryProblem.at > resumed)
    known = session.scalars(wanted.order_by(DeliveryProblem.id.desc()).limit(100))
    told = ((one.outbox_id, Failure(one.action, one.status, one.diagnostic or "", one.inbound_mail_id)) for one in known)
    return len({message for message, one in told if blamed(one) in (Blame.SOFT, Blame.HARD)})
