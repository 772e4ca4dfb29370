"""The demo: a believable week, once."""

from __future__ import annotations

from sqlalchemy import func, select

from helpdesk import db, demo
from helpdesk.installation import opened
from helpdesk.models import Comment, OutboxMessage, Ticket
from helpdesk.settings import Settings


def test_an_empty_helpdesk_gets_a_week_of_tickets_once_and_mails_nobody(settings: Settings) -> None:
    house = opened(settings)
    said = [demo.fill(house), demo.fill(house)]
    with db.transaction(house.engine) as session:
        statuses = set(session.scalars(select(Ticket.status)))
        spread = session.execute(select(func.max(Ticket.created_at) - func.min(Ticket.created_at))).scalar_one()
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
        late = session.scalar(select(func.count()).where(Comment.created_at > func.now()))
        waits = session.execute(select(func.min(Ticket.first_response_at - Ticket.created_at))).scalar_one()
    house.engine.dispose()
    assert said[0].startswith("16 tickets")
    assert said[1] == "The helpdesk is not empty: nothing was added."
    assert statuses == {"open", "in_progress", "resolved", "closed"}
    assert spread.days >= 6
    assert late == 0
    assert waits.total_seconds() > 60
