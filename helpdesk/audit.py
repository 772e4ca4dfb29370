"""The audit trail: every change leaves one event."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from helpdesk.models import Event
from helpdesk.permissions import Viewer
from helpdesk.webhooks import events


def record(
    session: Session,
    kind: str,
    by: Viewer,
    *,
    ticket_number: int | None = None,
    comment_id: int | None = None,
    inbound_mail_id: int | None = None,
    **data: Any,
) -> Event:
    """Write one event (a verb in the past) and give it its number; events of one ticket are in the order of their numbers."""
    event = Event(
        ticket_number=ticket_number,
        kind=kind,
        actor_id=by.person_id,
        via=by.via,
        comment_id=comment_id,
        inbound_mail_id=inbound_mail_id,
        data=data,
    )
    session.add(event)
    session.flush()
    events.note(session, event)
    return event
