"""How a ticket is told to people outside: its state in a sentence, its history in a few words; nothing from inside."""

from __future__ import annotations

from datetime import datetime

from helpdesk.models import ACTIVE, Event, Status, Ticket, WaitingOn
from helpdesk.text.plain_line import plain_line

_ISSUE = {
    Status.OPEN: "We know of it and will look into it.",
    Status.IN_PROGRESS: "We are working on it.",
    Status.RESOLVED: "It is solved.",
    Status.CLOSED: "It is closed.",
}
_MOVED = {Status.RESOLVED: "marked this as resolved", Status.CLOSED: "closed this"}


def state(ticket: Ticket, reopens_until: datetime | None = None) -> str:
    """Where the ticket stands and whose turn it is, for its requester; the assignee must be at hand."""
    agent = ticket.assignee.name if ticket.assignee is not None else ""
    if ticket.merged_into is not None:
        return "It was joined with another ticket about the same matter."
    if ticket.status == Status.RESOLVED:
        return "It is resolved. If not, reply and it opens again."
    if ticket.status == Status.CLOSED:
        return f"It is closed. Until {reopens_until:%-d %b} a reply opens it again." if reopens_until else "It is closed."
    if ticket.waiting_on == WaitingOn.CUSTOMER:
        return f"{agent} answered and waits for you." if agent else "We answered and wait for you."
    if agent:
        return f"{agent} is working on it." if ticket.status == Status.IN_PROGRESS else f"{agent} looks after it."
    return "We are working on it." if ticket.status == Status.IN_PROGRESS else "It is with us. A person will look at it."


def turn(ticket: Ticket) -> str | None:
    """Who has the next word; nobody on a ticket that is done."""
    return ticket.waiting_on if ticket.status in ACTIVE and ticket.merged_into is None else None


def issue_state(ticket: Ticket) -> str:
    """Where a known issue stands, for anybody."""
    return _ISSUE[Status(ticket.status)]


def gist(text: str, most: int = 150) -> str:
    """The start of a text as one plain line, without the marks of Markdown."""
    return plain_line(text, most)


def change(event: Event, reader: int) -> str | None:
    """A change of status as a line between the messages, or None where it says nothing that the messages do not say."""
    new, actor = str(event.data.get("new", "")), event.actor
    if event.data.get("reopened") or (event.data.get("old") in (Status.RESOLVED, Status.CLOSED) and new in ACTIVE):
        what = "reopened this"
    elif new in (Status.RESOLVED, Status.CLOSED):
        what = _MOVED[Status(new)]
    else:
        return None
    if event.actor_id == reader:
        return f"You {what}"
    if actor is None:
        return "Closed, for nothing more came" if new == Status.CLOSED else f"We {what}"
    return f"{actor.name or ('We' if actor.is_staff else actor.address)} {what}"
