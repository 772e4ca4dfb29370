"""What makes no ticket of its own in the scene: two held mails, and the outbox with an answer that did not arrive."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.addressing import tag
from helpdesk.models import Comment, DeliveryProblem, InboundMail, InboundState, OutboxMessage, OutboxState, Person, Ticket
from helpdesk.storage import Storage, new_key
from helpdesk.words import HELD_WORDS, HeldReason

# hours ago, from, name, subject, text, why it is held, rule and rung
HELD = (
    (
        3.2, "accounts@elm-billing.example", "Elm Billing", "Your invoice is overdue: confirm your account today",
        "Dear customer,\n\nyour account will be closed today. Confirm your password here:\nhttps://elm-billing.example/confirm\n\nElm Billing",
        HeldReason.SENDER_DISOWNED, "failed_sender", "fail",
    ),
    (
        11.5, "no-reply@offers.example", "Offers", "Out of office: Re: Spring offers",
        "I am away until Monday and will read your message then.",
        HeldReason.AUTOMATIC_REPLY, "automatic_reply", "none",
    ),
)  # fmt: skip
DIAGNOSTIC = "552 5.2.2 The mailbox is full"


def stored(storage: Storage, support: str) -> list[InboundMail]:
    """The rows of the held mails, not added yet; their bytes are in storage (no transaction is open)."""
    rows = []
    for hours, address, name, subject, text, reason, rung, verdict in HELD:
        at = datetime.now(UTC) - timedelta(hours=hours)
        raw = _mail(f"{name} <{address}>", support, subject, text, at)
        key = new_key("raw")
        storage.put(key, raw)
        rows.append(
            InboundMail(
                fingerprint=hashlib.sha256(raw).digest(),
                source="smtp",
                mail_from=address,
                rcpt_to=[support],
                client_ip="203.0.113.25",
                helo=address.partition("@")[2],
                size=len(raw),
                received_at=at,
                processed_at=at,
                state=InboundState.HELD,
                sender=address,
                subject=subject,
                kind="person" if reason == HeldReason.SENDER_DISOWNED else "automatic",
                rule="no_mark_of_a_machine" if reason == HeldReason.SENDER_DISOWNED else "auto_submitted",
                matched_by=rung,
                sender_verdict=verdict,
                held_number=reason,
                held_reason=HELD_WORDS[reason],
                raw_on=at.date(),
                raw_key=key,
            )
        )
    return rows


def sent(session: Session, since: datetime, prefix: str, support: str, unreached: Person) -> None:
    """The outbox of the last days: every answer since then was kept here, but for those to one person whose mailbox is full."""
    wanted = (
        select(Comment, Ticket)
        .join(Ticket, Ticket.number == Comment.ticket_number)
        .where(Comment.by_staff, Comment.internal.is_(False), Comment.created_at > since)
        .order_by(Comment.created_at)
    )
    for answer, ticket in session.execute(wanted).all():
        failed = ticket.requester_id == unreached.id
        subject = f"[{tag(prefix, ticket.number)}] {ticket.subject}"
        message = OutboxMessage(
            kind="reply",
            reason="you asked",
            recipient=ticket.requester.address,
            person_id=ticket.requester_id,
            ticket_number=ticket.number,
            comment_id=answer.id,
            state=OutboxState.FAILED if failed else OutboxState.CAPTURED,
            attempts=1,
            last_answer=DIAGNOSTIC if failed else "captured: no relay is set",
            subject=subject,
            body_text=answer.content,
            mime=_mail(
                f"{answer.author_name} (Support) <{support}>", ticket.requester.address, subject, answer.content, answer.created_at
            ),
            created_at=answer.created_at,
            due_at=answer.created_at,
            sent_at=None if failed else answer.created_at,
        )
        session.add(message)
        session.flush()
        if failed:
            problem = DeliveryProblem(outbox_id=message.id, address=message.recipient, action="failed", status="5.2.2")
            problem.diagnostic, problem.at = DIAGNOSTIC, answer.created_at
            session.add(problem)


def _mail(sender: str, to: str, subject: str, text: str, at: datetime) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, to, subject, format_datetime(at)
    mail["Message-ID"] = f"<{int(at.timestamp())}@demo.example>"
    mail.set_content(text)
    return mail.as_bytes()
