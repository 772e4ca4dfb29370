"""What helps until a known issue is solved: written by staff, read by anybody on the page of the issue.

It is the newest event of its kind on the ticket, so that its history is the audit trail's.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from helpdesk import audit
from helpdesk.errors import NotFound, Refused
from helpdesk.issues import updates
from helpdesk.models import Event, Ticket
from helpdesk.permissions import Action, Viewer, public_tickets, require

KIND = "workaround_changed"
LONGEST = 5000


def of(session: Session, numbers: Collection[int]) -> dict[int, str]:
    """The workaround (Markdown) of each of these tickets that has one."""
    newest = (
        select(Event.ticket_number, Event.data["new"].as_string())
        .where(Event.ticket_number.in_(numbers), Event.kind == KIND)
        .ext(distinct_on(Event.ticket_number))
        .order_by(Event.ticket_number, Event.id.desc())
    )
    return {number: text for number, text in session.execute(newest) if number is not None and text}


def write(session: Session, number: int | None, text: str, by: Viewer) -> bool:
    """Say what helps, "" for nothing any more; staff's to do, and news for the issue's followers. False: it was so already."""
    ticket = session.scalar(select(Ticket).where(Ticket.number == number, public_tickets()).with_for_update(of=Ticket))
    if ticket is None:
        raise NotFound("There is no such known issue.")
    require(by, Action.EDIT, None, ticket)
    new = text.strip()
    if len(new) > LONGEST:
        raise Refused(f"At most {LONGEST:,} characters.", "workaround")
    old = of(session, [ticket.number]).get(ticket.number, "")
    if new == old:
        return False
    event = audit.record(session, KIND, by, ticket_number=ticket.number, old=old, new=new)
    updates.changed(session, ticket, event)
    ticket.updated_at = func.now()
    session.flush()
    return True
