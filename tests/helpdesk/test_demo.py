"""The demo: a believable week, once."""

from __future__ import annotations

from sqlalchemy import func, select

from helpdesk import db, demo
from helpdesk.installation import opened as installation
from helpdesk.models import Attachment, Comment, Event, InboundMail, OutboxMessage, Ticket
from helpdesk.settings import Settings


def test_an_empty_helpdesk_gets_a_week_of_tickets_once_and_mails_nobody(settings: Settings) -> None:
    house = installation(settings)
    said = [demo.fill(house), demo.fill(house)]
    with db.transaction(house.engine) as session:
        statuses = set(session.scalars(select(Ticket.status)))
        first, last = session.execute(select(func.min(Ticket.created_at), func.max(Ticket.created_at))).one()
        mails = session.execute(select(OutboxMessage.state, OutboxMessage.recipient)).all()
        queued = session.scalar(select(func.count()).where(OutboxMessage.state == "queued"))
        held = session.scalars(select(InboundMail.held_number).order_by(InboundMail.id)).all()
        pending = session.scalar(select(func.count()).where(Comment.state == "pending"))
        snoozed = session.scalar(select(func.count()).where(Ticket.snoozed_until > func.now()))
        pictures = session.execute(select(Attachment.storage_key, Attachment.size)).all()
        early = session.scalar(
            select(func.count()).where(Event.created_at < Ticket.created_at, Event.ticket_number == Ticket.number)
        )
        late = session.scalar(select(func.count()).where(Comment.created_at > func.now()))
        answered = session.execute(
            select(Ticket.created_at, Ticket.first_response_at).where(Ticket.first_response_at.is_not(None))
        ).all()
    house.engine.dispose()
    assert [tuple(one) for one in mails if one.state != "captured"] == [("failed", "yuki.tanaka@hoshi.example")]
    assert (len(mails) > 10, queued) == (True, 0)  # the outbox shows what was answered, and nothing leaves it
    assert (held, pending, snoozed, early) == ([6, 9], 1, 1, 0)
    assert [len(house.storage.get(key)) for key, _ in pictures] == [size for _, size in pictures]
    assert said[0].startswith("50 tickets")
    assert said[1] == "The helpdesk is not empty: nothing was added."
    assert statuses == {"open", "in_progress", "resolved", "closed"}
    assert (last - first).days >= 35
    assert late == 0
    assert all(response is not None and (response - begun).total_seconds() > 60 for begun, response in answered)
