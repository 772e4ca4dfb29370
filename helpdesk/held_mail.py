"""Mail that waits for a decision: held in whole, or pending on a ticket. What a held one becomes is `mail_ingest/held`'s."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from helpdesk import audit
from helpdesk.errors import NotFound
from helpdesk.models import Comment, CommentState, InboundMail, InboundState, Ticket
from helpdesk.permissions import Action, Viewer, require, visible_tickets

MOST = 200


def listed(session: Session, viewer: Viewer) -> list[InboundMail]:
    """Held mails, the newest first, 200 at most."""
    require(viewer, Action.READ_NOTES)
    wanted = select(InboundMail).where(InboundMail.state == InboundState.HELD)
    return list(session.scalars(wanted.order_by(InboundMail.received_at.desc(), InboundMail.id.desc()).limit(MOST)))


def one(session: Session, viewer: Viewer, number: int) -> InboundMail:
    """The held mail with this number; NotFound when it is no longer held."""
    require(viewer, Action.READ_NOTES)
    found = session.get(InboundMail, number)
    if found is None or found.state != InboundState.HELD:
        raise NotFound("This mail is not held (any more).")
    return found


def pending(session: Session, viewer: Viewer) -> list[tuple[Comment, Ticket]]:
    """Messages that wait to be accepted, with their tickets, the newest first, 200 at most."""
    wanted = (
        select(Comment, Ticket)
        .join(Ticket, Ticket.number == Comment.ticket_number)
        .where(Comment.state == CommentState.PENDING, visible_tickets(viewer))
        .order_by(Comment.id.desc())
        .limit(MOST)
        .options(joinedload(Comment.author))
    )
    return [(comment, ticket) for comment, ticket in session.execute(wanted)]


def drop(session: Session, viewer: Viewer, number: int, reason: str = "") -> None:
    """Nothing is made of a held mail; its row and its bytes stay, and who dropped it and why is kept."""
    require(viewer, Action.RELEASE_HELD)
    row = session.scalar(
        select(InboundMail).where(InboundMail.id == number, InboundMail.state == InboundState.HELD).with_for_update()
    )
    if row is None:
        raise NotFound("This mail is not held (any more).")
    row.state, row.processed_at = InboundState.DROPPED, func.now()
    audit.record(session, "held_dropped", viewer, inbound_mail_id=number, reason=reason[:500], held_reason=row.held_reason)
