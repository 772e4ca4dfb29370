"""What agents have typed and not sent: kept on the server, one a ticket and agent, until it is sent or thrown away."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk.errors import Refused
from helpdesk.models import Draft, Ticket
from helpdesk.permissions import Action, Viewer, require

LONGEST = 200_000


def keep(session: Session, ticket: Ticket, by: Viewer, content: str, *, internal: bool, seen: int | None = None) -> bool:
    """Keep what `by` has typed, in place of what was kept before; gives whether there is a draft now (empty text is none).

    `seen` is the newest event that they had in view. Raises Refused for a text that is too long.
    """
    require(by, Action.REPLY, None, ticket)
    if not content.strip():
        discard(session, ticket.number, by)
        return False
    if len(content) > LONGEST:
        raise Refused(f"A draft has at most {LONGEST:,} characters.", "content")
    values = {"internal": internal, "content": content, "seen_event_id": seen, "updated_at": func.now()}
    row = insert(Draft).values(ticket_number=ticket.number, person_id=by.person_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["ticket_number", "person_id"], set_=values))
    return True


def of(session: Session, ticket_number: int, by: Viewer) -> Draft | None:
    """What `by` has kept for this ticket."""
    wanted = select(Draft).where(Draft.ticket_number == ticket_number, Draft.person_id == by.person_id)
    return session.scalar(wanted.execution_options(populate_existing=True))


def discard(session: Session, ticket_number: int, by: Viewer) -> None:
    """It was sent, or is not wanted any more; nobody's is no error."""
    session.execute(delete(Draft).where(Draft.ticket_number == ticket_number, Draft.person_id == by.person_id))


def among(session: Session, numbers: Collection[int], by: Viewer) -> set[int]:
    """Those of these tickets for which `by` keeps a draft."""
    wanted = select(Draft.ticket_number).where(Draft.person_id == by.person_id, Draft.ticket_number.in_(numbers))
    return set(session.scalars(wanted)) if numbers else set()
