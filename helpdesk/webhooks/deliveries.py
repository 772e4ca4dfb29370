"""The queue of what is told to webhooks: claim with a lease, taken, failed, given up, switched off.

The row is written in the transaction of the event (`events.py`). Whoever posts holds a lease; one that ran out lets another try, so
everything is told at least once, under the same id. Times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from helpdesk import outbox, people
from helpdesk.models import DeliveryState, Webhook, WebhookDelivery

LEASE = timedelta(seconds=60)  # several times what one try may take
# as Standard Webhooks proposes them; the last one is repeated
WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600))
JITTER = 0.2  # a wait is this much shorter or longer, so that what failed together does not come again together
GIVE_UP_AFTER = timedelta(days=3)
LONGEST_WAIT = timedelta(days=1)  # whatever Retry-After says
OTHERS_WAIT = timedelta(minutes=5)  # at most, when the receiver did not take one: the next one finds out whether it is back
KEPT = timedelta(days=30)
MOST_ANSWER = 500  # characters of an answer that are kept


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to post; `attempt` tells our try from later ones."""

    id: int
    webhook_id: int
    attempt: int
    kind: str
    url: str
    secret: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a try ended: the receiver's status and words, or None and what went wrong. `retry_after`: it asked us to wait so long."""

    status: int | None
    words: str
    retry_after: timedelta | None = None

    @property
    def taken(self) -> bool:
        """It has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """410: it wants nothing more, ever."""
        return self.status == 410


def claim(session: Session, webhook_id: int) -> Claimed | None:
    """The delivery of this webhook that is due longest, ours for LEASE; None where nothing is due."""
    next_one = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.webhook_id == webhook_id, _is_due())
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalar(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == next_one.scalar_subquery())
        .values(lease_until=func.now() + LEASE, attempts=WebhookDelivery.attempts + 1)
        .returning(WebhookDelivery)
    )
    if row is None:
        return None
    hook = session.get_one(Webhook, webhook_id)
    return Claimed(row.id, hook.id, row.attempts, hook.kind, hook.url, hook.secret, row.body)


def due(session: Session) -> list[int]:
    """Webhooks for which something is due: what a lost nudge, a wait or a dead worker left behind."""
    return list(session.scalars(select(WebhookDelivery.webhook_id).where(_is_due()).distinct()))


def record(session: Session, claimed: Claimed, answer: Answer, chance: float) -> None:
    """How a try ended: taken; tried again later, up to three days; or given up. 410 switches the webhook off.

    `chance` (0 to 1) spreads the waits. A result is dropped where somebody else tries meanwhile.
    """
    # a lock that lets `events.write` reference the row meanwhile: it skips webhooks that are locked harder
    hook = session.scalar(select(Webhook).where(Webhook.id == claimed.webhook_id).with_for_update(key_share=True))
    row = session.scalar(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.id == claimed.id,
            WebhookDelivery.attempts == claimed.attempt,
            WebhookDelivery.state == DeliveryState.QUEUED,
        )
        .with_for_update()
    )
    if row is None or hook is None:
        return
    row.status_code, row.last_answer, row.lease_until = answer.status, answer.words[:MOST_ANSWER], None
    if answer.taken:
        row.state, row.done_at = DeliveryState.TAKEN, func.now()
        hook.failing_since = None
        return
    if hook.failing_since is None:
        hook.failing_since = func.now()
    if answer.gone:
        row.state, row.done_at = DeliveryState.GIVEN_UP, func.now()
        switch_off(session, hook, "The receiver answered 410: it wants nothing more.")
        return
    _try_later(session, row, answer.retry_after, chance)


def wait(attempts: int, chance: float, retry_after: timedelta | None = None) -> timedelta:
    """How long until the next try after `attempts` of them; at least as long as the receiver asked for, and a day at most."""
    planned = WAITS[min(attempts, len(WAITS)) - 1] * (1 - JITTER + 2 * JITTER * chance)
    return min(max(planned, retry_after or planned), LONGEST_WAIT)


def switch_off(session: Session, hook: Webhook, reason: str, *, tell: bool = True) -> None:
    """Nothing more is told to this webhook until somebody switches it on; what waits is given up, and can be replayed then."""
    hook.active, hook.disabled_reason = False, reason
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == hook.id, WebhookDelivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.GIVEN_UP, done_at=func.now(), last_answer=func.coalesce(WebhookDelivery.last_answer, reason))
        .execution_options(synchronize_session=False)
    )
    if not tell:
        return
    for person in people.admins(session):
        outbox.enqueue(
            session,
            "webhook_off",
            person.address,
            person_id=person.id,
            reason="a webhook was switched off",
            data={"number": hook.id, "name": hook.name, "reason": reason},
        )


def switch_off_failing(session: Session) -> int:
    """Webhooks that took nothing for three days are switched off; gives how many."""
    wanted = select(Webhook).where(Webhook.active, Webhook.failing_since < func.now() - GIVE_UP_AFTER)
    found = list(session.scalars(wanted.order_by(Webhook.id).with_for_update(key_share=True, skip_locked=True)))
    for hook in found:
        switch_off(session, hook, "The receiver took nothing for three days.")
    return len(found)


def forget(session: Session, most: int) -> int:
    """Deliveries of 30 days ago are deleted, the oldest of each webhook first; gives how many."""
    oldest = (
        select(WebhookDelivery.id, WebhookDelivery.created_at)
        .where(WebhookDelivery.webhook_id == Webhook.id)
        .order_by(WebhookDelivery.id)
        .limit(most)
        .correlate(Webhook)
        .lateral()
    )
    old = select(oldest.c.id).select_from(Webhook).join(oldest, oldest.c.created_at < func.now() - KEPT)
    gone = delete(WebhookDelivery).where(WebhookDelivery.id.in_(old)).returning(WebhookDelivery.id)
    return len(session.execute(gone, execution_options={"synchronize_session": False}).all())


def _is_due() -> ColumnElement[bool]:
    # as a literal: the index is of waiting ones only
    waits = WebhookDelivery.state == literal_column(f"'{DeliveryState.QUEUED.value}'")
    return and_(waits, WebhookDelivery.due_at <= func.now(), _is_free())


def _is_free() -> ColumnElement[bool]:
    return or_(WebhookDelivery.lease_until.is_(None), WebhookDelivery.lease_until < func.now())


def _try_later(session: Session, row: WebhookDelivery, retry_after: timedelta | None, chance: float) -> None:
    pause = wait(row.attempts, chance, retry_after)
    if session.scalar(select(func.now() + pause > row.created_at + GIVE_UP_AFTER)):
        row.state, row.done_at = DeliveryState.GIVEN_UP, func.now()
    else:
        row.due_at = func.now() + pause
    # its neighbours would meet the same: they wait with it, but never so long that nobody notices when the receiver is back
    others = min(pause, max(OTHERS_WAIT, retry_after or OTHERS_WAIT))
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == row.webhook_id,
            WebhookDelivery.id != row.id,
            WebhookDelivery.state == DeliveryState.QUEUED,
            WebhookDelivery.due_at < func.now() + others,
            _is_free(),
        )
        .values(due_at=func.now() + others)
        .execution_options(synchronize_session=False)
    )
