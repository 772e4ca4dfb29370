"""What a reply asks of a ticket, by its status and the time since it was closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.lifecycle import AfterReply, after_requester_reply

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "days", "after"),
    [
        ("open", None, AfterReply.STAY),
        ("in_progress", None, AfterReply.STAY),
        ("resolved", None, AfterReply.REOPEN),
        ("closed", 0, AfterReply.REOPEN),
        ("closed", 14, AfterReply.REOPEN),
        ("closed", 14.1, AfterReply.FOLLOW_UP),
        ("closed", None, AfterReply.REOPEN),
    ],
)
def test_what_a_reply_does(status: str, days: float | None, after: AfterReply) -> None:
    closed_at = None if days is None else NOW - timedelta(days=days)
    assert after_requester_reply(status, closed_at, NOW, 14) == after
