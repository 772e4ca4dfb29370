"""The stale guard: an answer waits when somebody wrote what its agent had not seen, or when others would get it. Notes never do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from helpdesk.models import Comment, CommentState, Event, Ticket
from mail_ingest.staff import naming
from mail_ingest.staff.desk import Desk
from mail_ingest.thanks import is_only_thanks

MOST = 20


@dataclass(frozen=True, slots=True)
class Newer:
    """What the agent had not seen, and the number of the event that brought it: a public message, or who else reads the answer."""

    event: int
    comment: Comment | None = None
    change: str = ""


class Stale(Exception):
    """The answer waits; `newer` came in between, oldest first."""

    def __init__(self, newer: list[Newer]) -> None:
        super().__init__("newer than what was seen")
        self.newer = newer


def newer(desk: Desk, ticket: Ticket) -> list[Newer]:
    """What came after the newest event the agent had seen: messages of others, and changes of who gets the answer.

    Nothing where nobody knows what they had seen. Mere thanks stop no answer: agents are not always told of them.
    """
    seen = _seen(desk)
    if not seen:
        return []
    found = [*_messages(desk, ticket, seen), *_changes(desk, ticket, seen)]
    return sorted(found, key=lambda one: one.event)[-MOST:]


def _messages(desk: Desk, ticket: Ticket, seen: int) -> list[Newer]:
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
    return [Newer(number, comment) for number, comment in rows if not _only_thanks(comment)]


def _only_thanks(comment: Comment) -> bool:
    names = (comment.author.name if comment.author is not None else "", comment.author_name)
    return not comment.by_staff and is_only_thanks(comment.content, names)


def _changes(desk: Desk, ticket: Ticket, seen: int) -> list[Newer]:
    """Another requester, unless this agent said so; a merge by anybody: of two conversations their mail may mean either."""
    by_others = Event.actor_id.is_distinct_from(desk.agent.id)
    rows = desk.session.scalars(
        select(Event)
        .where(Event.ticket_number == ticket.number, Event.id > seen)
        .where(or_(Event.kind == "merged_from", (Event.kind == "requester_changed") & by_others))
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return [Newer(one.id, change=_in_words(desk, one)) for one in rows]


def _in_words(desk: Desk, event: Event) -> str:
    if event.kind == "merged_from":
        return f"{desk.tag(int(event.data['ticket']))} was merged into {desk.tag(event.ticket_number or 0)}."
    return f"The requester is {event.data['new']} now, no longer {event.data['old']}."


def _seen(desk: Desk) -> int:
    """The newest event the agent had before them: the token says it, else the mail of ours that they answer."""
    seen = desk.incoming.route.seen
    if not seen:
        answered = naming.answered(desk)
        seen = (answered.seen_event_id or 0) if answered is not None else 0
    return max(seen, int(desk.incoming.row.amended.get("newer_seen", 0))) if seen else 0
