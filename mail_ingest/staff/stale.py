"""The stale guard: an answer to the requester waits when somebody wrote what its agent had not seen. A note is never stale."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from helpdesk.models import Comment, CommentState, Event, Ticket
from mail_ingest.staff import naming
from mail_ingest.staff.desk import Desk

MOST = 20


@dataclass(frozen=True, slots=True)
class Newer:
    """A public message that the agent had not seen, and the number of the event that brought it."""

    event: int
    comment: Comment


class Stale(Exception):
    """The answer waits; `newer` came in between, oldest first."""

    def __init__(self, newer: list[Newer]) -> None:
        super().__init__("newer messages")
        self.newer = newer


def newer(desk: Desk, ticket: Ticket) -> list[Newer]:
    """Public messages of others that came after the newest event the agent had seen; none where nobody knows what they had seen."""
    seen = _seen(desk)
    if not seen:
        return []
    rows = desk.session.execute(
        select(func.max(Event.id), Comment)
        .join(Comment, Comment.id == Event.comment_id)
        .where(
            Event.ticket_number == ticket.number,
            Event.id > seen,
            Event.kind.in_(("commented", "replied", "comment_accepted")),
            Comment.internal.is_(False),
            Comment.automatic.is_(False),
            Comment.state == CommentState.POSTED,
            or_(Comment.author_id.is_(None), Comment.author_id != desk.agent.id),
        )
        .group_by(Comment.id)
        .order_by(func.max(Event.id).desc())
        .limit(MOST)
    ).all()
    return [Newer(number, comment) for number, comment in reversed(rows)]


def _seen(desk: Desk) -> int:
    """The newest event the agent had before them: the token says it, else the mail of ours that they answer."""
    seen = desk.incoming.route.seen
    if not seen:
        answered = naming.answered(desk)
        seen = (answered.seen_event_id or 0) if answered is not None else 0
    return max(seen, int(desk.incoming.row.amended.get("newer_seen", 0))) if seen else 0
