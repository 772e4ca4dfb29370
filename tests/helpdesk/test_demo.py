"""The demo: a believable week, once."""

from __future__ import annotations

from sqlalchemy import func, select

from helpdesk import db, demo
from helpdesk.installation import opened as installation
from helpdesk.models import Comment, OutboxMessage, Ticket
from helpdesk.settings import Settings


def test_an_empty_helpdesk_gets_a_week_of_tickets_once_and_mails_nobody(settings: Settings) -> None:
    house = installation(settings)
    said = [demo.fill(house), demo.fill(house)]
    with db.transaction(house.engine) as session:
        statuses = set(session.scalars(select(Ticket.status)))
        first, last = session.execute(select(func.min(Ticket.created_at), func.max(Ticket.created_at))).one()
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
        late = session.scalar(select(func.count()).where(Comment.created_at > func.now()))
        answered = session.execute(
            select(Ticket.created_at, Ticket.first_response_at).where(Ticket.first_response_at.is_not(None))
        ).all()
    house.engine.dispose()
    assert said[0].startswith("16 tickets")
    assert said[1] == "The helpdesk is not empty: nothing was added."
    assert statuses == {"open", "in_progress", "resolved", "closed"}
    assert (last - first).days >= 6
    assert late == 0
    assert all(response is not None and (response - begun).total_seconds() > 60 for begun, response in answered)
