"""What became of the mails of each answer: to whom, in which state, and for how long it can still be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from helpdesk.models import Comment, DeliveryProblem, OutboxMessage, OutboxState


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail of a message: `state` as in the outbox, or delayed, or complaint."""

    address: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The mails of one message to people outside; `seconds` are left until the first of them goes out, 0 when one has."""

    deliveries: list[Delivery]
    seconds: int = 0


def of(session: Session, messages: Iterable[Comment]) -> dict[int, Sent]:
    """The mails of every public message of ours, by its number; one query."""
    numbers = [one.id for one in messages if one.by_staff and not one.internal]
    if not numbers:
        return {}
    rows = session.execute(
        select(OutboxMessage, DeliveryProblem)
        .outerjoin(DeliveryProblem, DeliveryProblem.outbox_id == OutboxMessage.id)
        .where(OutboxMessage.comment_id.in_(numbers), OutboxMessage.kind == "reply")
        .order_by(OutboxMessage.id, DeliveryProblem.id)
        .options(defer(OutboxMessage.mime), defer(OutboxMessage.body_text))
    )
    found: dict[int, dict[int, tuple[OutboxMessage, Delivery]]] = {}
    for row, problem in rows:
        found.setdefault(row.comment_id or 0, {})[row.id] = row, _delivery(row, problem)
    return {
        number: Sent([each for _, each in mails.values()], _seconds([row for row, _ in mails.values()]))
        for number, mails in found.items()
    }


def _delivery(row: OutboxMessage, problem: DeliveryProblem | None) -> Delivery:
    """The row's own state rules: a failure sets it, and a later try may have gone well. `problem` is the last that was told."""
    state, detail = row.state, row.last_answer or ""
    if row.state == OutboxState.QUEUED and row.attempts:
        state = "delayed"
    if problem is not None and (problem.action == row.state or problem.action in ("delayed", "complaint")):
        state = row.state if row.state == OutboxState.FAILED else problem.action
        detail = problem.diagnostic or problem.status or detail
    return Delivery(row.recipient, state, detail)


def _seconds(rows: list[OutboxMessage]) -> int:
    waiting = [row for row in rows if row.state != OutboxState.SUPPRESSED]
    if not waiting or any(row.state != OutboxState.QUEUED or row.attempts for row in waiting):
        return 0
    left = min(row.due_at for row in waiting) - datetime.now(UTC)
    return max(0, int(left.total_seconds()))
