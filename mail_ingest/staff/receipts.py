"""What an agent is told of a mail that went well: nothing, or what was done, as they chose; always, while it can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from helpdesk.models import Comment, OutboxMessage, OutboxState, Ticket
from helpdesk.staff import preferences
from helpdesk.staff.preferences import Receipts
from mail_ingest.staff import answers, held_answers
from mail_ingest.staff.desk import Desk


def undo_time(desk: Desk) -> timedelta:
    """How long an answer of this agent waits before it leaves, so that `#undo` can take it back: 0 unless they chose otherwise."""
    return timedelta(minutes=preferences.of(desk.agent).undo_minutes)


def leaves_at(desk: Desk, comment: Comment | None) -> datetime | None:
    """When the mails of this answer leave, if they wait for it; None where there are none, or they leave now."""
    if comment is None or comment.internal:
        return None
    desk.session.flush()
    waiting = select(func.min(OutboxMessage.due_at)).where(
        OutboxMessage.comment_id == comment.id,
        OutboxMessage.kind == "reply",
        OutboxMessage.state == OutboxState.QUEUED,
        OutboxMessage.due_at > func.now(),
    )
    return desk.session.scalar(waiting)


def send(
    desk: Desk, ticket: Ticket, comment: Comment | None, commands: tuple[str, ...], *, left_out: str = "", tell: bool = False
) -> None:
    """The receipt of a mail that went well, if this agent wants one, or must know something (`tell`: which files were left out)."""
    leaves = leaves_at(desk, comment)
    forgotten = held_answers.still_waits(desk)
    wanted = preferences.of(desk.agent).receipts
    if not (leaves or forgotten or tell or wanted == Receipts.ALWAYS or (wanted == Receipts.COMMANDS and commands)):
        return
    lines: list[str] = []
    if comment is not None:
        lines.append("Your note is on the ticket." if comment.internal else _who_gets_it(desk, ticket))
    lines += list(commands)
    if left_out:
        lines.append(f"{left_out[0].upper()}{left_out[1:]}")
    if leaves:
        lines.append(f"It leaves at {held_answers.moment(leaves)}. Until then reply #undo to take it back.")
    if forgotten:
        lines.append(
            f"Your held mail {held_answers.described(forgotten)} still waits: reply #send or #discard to the answer it got."
        )
    answers.receipt(desk, lines, ticket=ticket.number)


def _who_gets_it(desk: Desk, ticket: Ticket) -> str:
    who = ticket.requester.name or ticket.requester.address
    addressed = {one.address.lower() for one in (*desk.incoming.mail.to, *desk.incoming.mail.cc)}
    return f"{who} has your answer from you." if ticket.requester.address in addressed else f"Your answer goes to {who}."
