"""The status table, and what a reply does to a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from helpdesk.words import Status

WORDS = {
    Status.OPEN: "Open",
    Status.IN_PROGRESS: "In progress",
    Status.RESOLVED: "Resolved",
    Status.CLOSED: "Closed",
}
AUTO_CLOSE_DAYS = 14


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


def reopened_to(assignee_id: int | None) -> Status:
    """Reopening goes to `in_progress` with an assignee, else to `open`."""
    return Status.IN_PROGRESS if assignee_id is not None else Status.OPEN


def after_agent_reply(status: str) -> Status:
    """An agent's public reply moves `open` to `in_progress`; other states stay."""
    return Status.IN_PROGRESS if status == Status.OPEN else Status(status)
