"""The queue of mail that leaves: enqueue, claim with a lease, sent, retry later, bury.

The row is written in the transaction of the change it tells of. Whoever delivers holds a lease; a lease that ran out lets another
try, so every message goes out at least once. Times are the database's.
"""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from helpdesk import wake
from helpdesk.models import DeliveryProblem, OutboxMessage, OutboxState, Suppression

LEASE = timedelta(seconds=60)  # renewed while its holder lives: what a dead worker held is free again within a minute
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
GIVE_UP_AFTER = timedelta(days=5)
NO_AUTOMATIC_MAIL_TO = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|abuse|bounces?)([+-].*)?@", re.IGNORECASE)
PERSONAL = frozenset({"reply"})  # a person wrote it; every other kind is automatic mail


def enqueue(
    session: Session,
    kind: str,
    recipient: str,
    *,
    ticket_number: int | None = None,
    person_id: int | None = None,
    comment_id: int | None = None,
    inbound_mail_id: int | None = None,
    seen_event_id: int | None = None,
    purpose: str = "r",
    reason: str = "",
    delay: timedelta = timedelta(0),
    gathered: bool = False,
    data: dict[str, Any] | None = None,
) -> OutboxMessage:
    """Put one message for one recipient into the queue; a suppressed address gets a row that says so and no mail.

    `gathered`: it is not sent by itself, but a line of a digest.
    """
    message = OutboxMessage(
        kind=kind,
        recipient=recipient,
        ticket_number=ticket_number,
        person_id=person_id,
        comment_id=comment_id,
        inbound_mail_id=inbound_mail_id,
        seen_event_id=seen_event_id,
        purpose=purpose,
        reason=reason,
        data=data or {},
        due_at=func.now() + delay,
        state=OutboxState.DIGEST if gathered else OutboxState.QUEUED,
    )
    stop = why_not(session, kind, recipient)
    if stop is not None:
        message.state = OutboxState.SUPPRESSED
        message.last_answer = stop
    session.add(message)
    session.flush()
    if stop is None and not delay and not gathered:
        wake.later(session, "deliver", message.id)
    return message


def why_not(session: Session, kind: str, recipient: str) -> str | None:
    """Why this address gets no such mail, or None."""
    if kind not in PERSONAL and NO_AUTOMATIC_MAIL_TO.match(recipient):
        return "automatic mail never goes to such an address"
    suppression = session.get(Suppression, recipient.lower())
    if suppression is None or (suppression.only_automatic and kind in PERSONAL):
        return None
    return suppression.reason


def count_recent(session: Session, recipient: str, kind: str, span: timedelta) -> int:
    """How many messages of a kind this address was sent within `span`: what every cap on our own mail counts."""
    wanted = select(func.count()).where(
        OutboxMessage.recipient == recipient, OutboxMessage.kind == kind, OutboxMessage.created_at > func.now() - span
    )
    return session.scalar(wanted) or 0


def claim(session: Session, number: int) -> OutboxMessage | None:
    """Take message `number` for LEASE, if it is due and nobody else holds it; gives the row, or None."""
    return session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == number,
            OutboxMessage.state == OutboxState.QUEUED,
            OutboxMessage.due_at <= func.now(),
            or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < func.now()),
        )
        .values(
            lease=uuid.uuid4(),
            lease_until=func.now() + LEASE,
            attempts=OutboxMessage.attempts + 1,
            # whoever held it died after composing it: nobody knows whether the peer has it
            ambiguous=or_(OutboxMessage.ambiguous, and_(OutboxMessage.lease.is_not(None), OutboxMessage.mime.is_not(None))),
        )
        .returning(OutboxMessage)
    )


def due(session: Session, most: int) -> list[int]:
    """Numbers of messages that wait for a try: what a lost nudge, a retry or a dead worker left behind, oldest first."""
    wanted = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.state == OutboxState.QUEUED,
            OutboxMessage.due_at <= func.now(),
            or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < func.now()),
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(most)
    )
    return list(session.scalars(wanted))


def composed(session: Session, number: int, lease: uuid.UUID, values: dict[str, Any]) -> bool:
    """Keep what was composed, before the first try; False when the lease was lost meanwhile."""
    return _held(session, number, lease, values)


def sent(session: Session, number: int, lease: uuid.UUID, answer: str, *, captured: bool = False) -> bool:
    """The peer took it (or it was captured); False when the lease was lost."""
    state = OutboxState.CAPTURED if captured else OutboxState.SENT
    return _held(session, number, lease, {"state": state, "sent_at": func.now(), "last_answer": answer, **_FREE})


def retry_later(session: Session, message: OutboxMessage, answer: str, *, ambiguous: bool = False) -> bool:
    """A passing failure: the next try after 1, 5, 15 min, 1, 3, 6 h, and so on for five days, then it is buried."""
    lease = message.lease
    if lease is None:
        return False
    waits = RETRIES[min(message.attempts, len(RETRIES)) - 1]
    values: dict[str, Any] = {"last_answer": answer, "due_at": func.now() + waits, **_FREE}
    if ambiguous:
        values["ambiguous"] = True
    too_old = session.scalar(select(func.now() - OutboxMessage.created_at > GIVE_UP_AFTER).where(OutboxMessage.id == message.id))
    if too_old:
        values["state"] = OutboxState.FAILED
    return _held(session, message.id, lease, values)


def bury(session: Session, number: int, lease: uuid.UUID, answer: str) -> bool:
    """A lasting failure: never tried again; it shows in delivery problems."""
    return _held(session, number, lease, {"state": OutboxState.FAILED, "last_answer": answer, **_FREE})


def send_again(session: Session, number: int) -> bool:
    """A message that failed, waits for its next try, or was not sent to an address that gets mail by now, is due at once.

    False when it is in no such state or somebody holds it. What was told of it so far is overcome: it shows as failed again if it
    fails again.
    """
    row = session.get(OutboxMessage, number)
    if row is None or (row.state == OutboxState.SUPPRESSED and why_not(session, row.kind, row.recipient) is not None):
        return False
    done = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == number,
            OutboxMessage.state.in_((OutboxState.QUEUED, OutboxState.FAILED, OutboxState.SUPPRESSED)),
            or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < func.now()),
        )
        .values(state=OutboxState.QUEUED, due_at=func.now(), **_FREE)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    if done.scalar() is None:
        return False
    session.execute(update(DeliveryProblem).where(DeliveryProblem.outbox_id == number).values(action="overcome"))
    wake.later(session, "deliver", number)
    return True


def cancel(session: Session, ticket_number: int, which: ColumnElement[bool], why: str) -> int:
    """Of what waits about a ticket `which` is never sent, unless somebody is about to send it; gives how many mails that were."""
    done = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.ticket_number == ticket_number,
            which,
            OutboxMessage.state == OutboxState.QUEUED,
            OutboxMessage.lease.is_(None),
        )
        .values(state=OutboxState.CANCELLED, last_answer=why)
        .returning(OutboxMessage.id)
    )
    return len(done.all())


_FREE: dict[str, Any] = {"lease": None, "lease_until": None}


def _held(session: Session, number: int, lease: uuid.UUID, values: dict[str, Any]) -> bool:
    done = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == number, OutboxMessage.lease == lease)
        .values(**values)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar() is not None
