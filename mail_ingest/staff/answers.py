"""What we mail to an agent about a mail of theirs: what is wrong with it, what came in between, what was done, the ticket.

All go to that agent only, in the thread of the ticket, and never say more than a person could read: five an hour of each kind that
asks for something, and the fifth says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from helpdesk import conversation, db, outbox, participants
from helpdesk.addressing import Purpose
from helpdesk.lifecycle import WORDS
from helpdesk.models import Comment, CommentState, Person, Status, Ticket
from mail_ingest import commands
from mail_ingest.mail import CommandProblem
from mail_ingest.staff.desk import Desk
from mail_ingest.staff.stale import Newer

MOST_AN_HOUR = 5
LONGEST_TEXT = 20_000
MOST_SHOWN = 200_000  # characters of a ticket that is mailed as a whole
# kinds that say that a mail is held: what answers them is about that mail
HELD_KINDS = ("command_error", "newer_message", "confirm_commands", "maybe_signature")


def command_error(
    desk: Desk, problems: Sequence[CommandProblem], text: str, *, about_ticket: bool = True, final: bool = False
) -> None:
    """Each bad line with its reason, how to go on, and the text back; `final`: no reply settles it, it must be written anew."""
    lines = [{"line": one.line, "text": one.text, "reason": one.reason, "suggestion": one.suggestion} for one in problems]
    data = {"problems": lines, "text": text[:LONGEST_TEXT]} | ({"final": True} if final else {})
    _held(desk, "command_error", data, ticket=desk.incoming.route.ticket if about_ticket else None)


def confirm(desk: Desk, lines: Sequence[str], text: str) -> None:
    """What cannot be taken back needs a click, since nothing proves that the agent wrote the mail."""
    _held(desk, "confirm_commands", {"commands": list(lines), "text": text[:LONGEST_TEXT]}, ticket=desk.incoming.route.ticket)


def newer_message(desk: Desk, newer: Sequence[Newer], text: str) -> None:
    """The difference: what others wrote that the agent had not seen when they answered, and who gets the answer now."""
    messages = [_message(one.comment, desk.house.settings.name) for one in newer if one.comment is not None]
    changes = [one.change for one in newer if one.change]
    data: dict[str, Any] = {"messages": messages, "text": text[:LONGEST_TEXT]}
    if changes:
        data["changes"] = [*changes, _who_gets_it(desk)]
    _held(desk, "newer_message", data, ticket=desk.incoming.route.ticket, seen=newer[-1].event)


def _who_gets_it(desk: Desk) -> str:
    people = [one.person for one in participants.of(desk.session, desk.incoming.route.ticket or 0)]
    return f"Your answer goes to {', '.join(f'{one.name} <{one.address}>'.strip() for one in people)}."


def maybe_signature(desk: Desk, block: str, text: str) -> None:
    """Is this your signature? Asked once about a block."""
    data = {"block": block[:LONGEST_TEXT], "text": text[:LONGEST_TEXT]}
    _held(desk, "maybe_signature", data, ticket=desk.incoming.route.ticket)


def receipt(desk: Desk, lines: Sequence[str], *, heading: str = "Done", ticket: int | None = None) -> None:
    """What was done, or why it was not; `ticket` where it is another than the mail's."""
    number = ticket if ticket is not None else desk.incoming.route.ticket
    _told(desk, "receipt", {"heading": heading, "lines": list(lines)}, number, reason="you asked for it by mail")


def help_card(desk: Desk) -> None:
    """The card of all commands."""
    _told(desk, "help_card", {"card": commands.card()}, desk.incoming.route.ticket, reason="you asked for it by mail")


def show(desk: Desk, ticket: Ticket) -> None:
    """The whole ticket as this agent may see it, or its newest messages; a reply is a note where it holds one."""
    read = conversation.read(desk.session, desk.by, ticket)
    messages = [_opening(ticket)] if read.opening else []
    messages += [_message(one, desk.house.settings.name) for one in read.messages]
    left, kept = MOST_SHOWN, list[dict[str, Any]]()
    for one in reversed(messages):
        left -= len(one["content"]) + 100
        if left < 0:
            break
        kept.insert(0, one)
    notes = any(one.internal or one.state == CommentState.PENDING for one in read.messages)
    data = {"facts": _facts(desk, ticket), "messages": kept, "left_out": len(messages) - len(kept), "notes": notes}
    purpose = Purpose.NOTE if notes else desk.incoming.route.purpose
    _told(desk, "show", data, ticket.number, reason="you asked for it by mail", purpose=purpose)


def _facts(desk: Desk, ticket: Ticket) -> list[list[str]]:
    copied = [one.person.address for one in participants.of(desk.session, ticket.number) if one.role == "cc"]
    requester = desk.session.get_one(Person, ticket.requester_id)
    facts = [
        ["Title", ticket.title],
        ["Status", WORDS[Status(ticket.status)]],
        ["Requester", f"{requester.name} <{requester.address}>".strip()],
        ["In copy", ", ".join(copied)],
        ["Assignee", (ticket.assignee.name or ticket.assignee.address) if ticket.assignee is not None else "nobody"],
        ["Type", ticket.type],
        ["Priority", ticket.priority],
        ["Tags", ", ".join(ticket.tags)],
        ["Snoozed until", f"{ticket.snoozed_until:%Y-%m-%d %H:%M} UTC" if ticket.snoozed_until else ""],
        ["Merged into", desk.tag(ticket.merged_into) if ticket.merged_into else ""],
    ]
    return [[name, value] for name, value in facts if value]


def _opening(ticket: Ticket) -> dict[str, Any]:
    who = ticket.requester.name or ticket.requester.address
    return {
        "author": who,
        "at": f"{ticket.created_at:%Y-%m-%d %H:%M} UTC",
        "what": "",
        "content": ticket.description,
        "by_staff": False,
    }


def _message(comment: Comment, house: str) -> dict[str, Any]:
    known = comment.author.name if comment.author is not None else ""
    what = "note" if comment.internal else "waits to be accepted" if comment.state == CommentState.PENDING else ""
    return {
        "author": known or comment.author_name or (house if comment.by_staff else comment.author_address),
        "at": f"{comment.created_at:%Y-%m-%d %H:%M} UTC",
        "what": what or ("automatic" if comment.automatic else ""),
        "content": comment.content[:LONGEST_TEXT],
        "by_staff": comment.by_staff,
    }


def _held(desk: Desk, kind: str, data: dict[str, Any], *, ticket: int | None, seen: int | None = None) -> None:
    # mails of one agent are processed side by side: they count one after the other
    db.in_turn(desk.session, f"answers to {desk.agent.id}")
    before = outbox.count_recent(desk.session, desk.agent.address, kind, timedelta(hours=1))
    if before < MOST_AN_HOUR:
        last = {"last": True} if before == MOST_AN_HOUR - 1 else {}
        _told(desk, kind, data | last, ticket, reason="your mail was held", seen=seen)


def _told(
    desk: Desk,
    kind: str,
    data: dict[str, Any],
    ticket: int | None,
    *,
    reason: str,
    purpose: Purpose | None = None,
    seen: int | None = None,
) -> None:
    route = desk.incoming.route
    desk.session.flush()
    outbox.enqueue(
        desk.session,
        kind,
        desk.agent.address,
        ticket_number=ticket,
        person_id=desk.agent.id,
        inbound_mail_id=desk.incoming.row.id,
        seen_event_id=seen if seen is not None else route.seen,
        purpose=purpose or (Purpose.NOTE if route.purpose == Purpose.NOTE else Purpose.REPLY),
        reason=reason,
        data=data,
    )
