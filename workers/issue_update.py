"""What a mail to the followers of a known issue is made from: its public title and state, its page, and the link that ends it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from helpdesk import addressing
from helpdesk.models import OutboxMessage
from helpdesk.sign_in import links
from helpdesk.words import Status
from workers.outgoing import House

_STATES = {
    Status.RESOLVED: ("A known issue is solved", "It is solved."),
    Status.CLOSED: ("A known issue is closed", "It is closed."),
    Status.IN_PROGRESS: ("News on a known issue", "We are working on it."),
    Status.OPEN: ("News on a known issue", "We know of it and will look into it."),
}


def public(message: OutboxMessage, house: House, now: datetime) -> dict[str, Any]:
    """The values of the mail `message`; nothing of them is read from the ticket: they are what was public when it changed."""
    number, person = message.ticket_number or 0, message.person_id or 0
    heading, state = _STATES[Status(str(message.data.get("status", Status.OPEN)))]
    return {
        "heading": heading,
        "state": state,
        "page": f"{house.base_url}/known-issues/{addressing.tag(house.mint.prefix, number)}",
        "unsubscribe": links.unsubscribe_link(house.mint.keys, house.base_url, number, person, now),
    }
