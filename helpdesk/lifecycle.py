"""The status table, and what a reply does to a ticket: one answer for mail, web and API."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import Event
from helpdesk.words import Status

WORDS = {
    Status.OPEN: "Open",
    Status.IN_PROGRESS: "In progress",
    Status.RESOLVED: "Resolved",
    Status.CLOSED: "Closed",
}
AUTO_CLOSE_DAYS = 14
MOST_REOPENED_A_DAY = 5  # by mail, one ticket
REOPENED_TOO_OFTEN = f"mail has reopened it {MOST_REOPENED_A_DAY} times within a day, so two machines may be answering each other"
_BY_MAIL = ("email", "system")


class AfterReply(StrEnum):
    """What a requester's reply asks of the ticket."""

    STAY = "stay"
    REOPEN = "reopen"
    FOLLOW_UP = "follow_up"


def after_requester_reply(status: str, closed_at: datetime | None, now: datetime, reopen_days: int) -> AfterReply:
    """A reply on a resolved ticket reopens it; on a closed one within `reopen_days`; later it starts a new, linked ticket."""
    if status == Status.RESOLVED:
        return AfterReply.REOPEN
    if status == Status.CLOSED:
        late = closed_at is not None and now - closed_at > timedelta(days=reopen_days)
        return AfterReply.FOLLOW_UP if late else AfterReply.REOPEN
    return AfterReply.STAY


def was_reopened_too_often(session: Session, ticket_number: int) -> bool:
    """Mail reopened this ticket five times within a day: from now on it stays as it is, until that day is over."""
    wanted = select(func.count()).where(
        Event.ticket_number == ticket_number,
        Event.kind == "status_changed",
        Event.data["reopened"].as_boolean(),
        Event.via.in_(_BY_MAIL),
        Event.created_at > func.now() - timedelta(days=1),
    )
    return (session.scalar(wanted) or 0) >= MOST_REOPENED_A_DAY


def reopened_to(assignee_id: int | None) -> Status:
    """Reopening goes to `in_progress` with an assignee, else to `open`."""
    return Status.IN_PROGRESS if assignee_id is not None else Status.OPEN


def after_agent_reply(status: str) -> Status:
    """An agent's public reply moves `open` to `in_progress`; other states stay."""
    return Status.IN_PROGRESS if status == Status.OPEN else Status(status)
