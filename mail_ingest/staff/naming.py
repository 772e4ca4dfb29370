"""Which mail of ours an agent's mail answers: the newest one named in In-Reply-To, else in References, that went to this agent."""

from __future__ import annotations

from helpdesk.models import OutboxMessage
from mail_ingest.routing import threads
from mail_ingest.staff.desk import Desk


def answered(desk: Desk) -> OutboxMessage | None:
    """The mail of ours that is answered, or None; one that went to somebody else counts as none."""
    found = next(threads.ours(desk.session, threads.named_ids(desk.house.mint, desk.incoming.mail)), None)
    return found if found is not None and found.person_id == desk.agent.id else None
