"""What an agent is told of a mail that went well: nothing, or what was done, as they chose; always, while it can be taken back."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.models import Comment, Ticket
from helpdesk.staff import preferences
from helpdesk.staff.preferences import Receipts
from mail_ingest.act import now
from mail_ingest.staff import answers, held_answers
from mail_ingest.staff.desk import Desk


def undo_time(desk: Desk) -> timedelta:
    """How long an answer of this agent waits before it leaves, so that `#undo` can take it back: 0 unless they chose otherwise."""
    return timedelta(minutes=preferences.of(desk.agent).undo_minutes)


def send(desk: Desk, ticket: Ticket, comment: Comment | None, commands: tuple[str, ...]) -> None:
    """The receipt of a mail that went well, if this agent wants one, or must know something."""
    waits = undo_time(desk) if comment is not None and not comment.internal else timedelta(0)
    forgotten = held_answers.still_waits(desk)
    wanted = preferences.of(desk.agent).receipts
    if not (waits or forgotten or wanted == Receipts.ALWAYS or (wanted == Receipts.COMMANDS and commands)):
        return
    lines: list[str] = []
    if comment is not None:
        who = ticket.requester.name or ticket.requester.address
        lines.append("Your note is on the ticket." if comment.internal else f"Your answer goes to {who}.")
    lines += list(commands)
    if waits:
        until = held_answers.moment(now(desk.session) + waits)
        lines.append(f"It leaves at {until}. Until then reply #undo to take it back.")
    if forgotten:
        lines.append(
            f"Your held mail {held_answers.described(forgotten)} still waits: reply #send or #discard to the answer it got."
        )
    answers.receipt(desk, lines, ticket=ticket.number)
