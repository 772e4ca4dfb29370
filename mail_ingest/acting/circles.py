"""When we fall silent: mails that come in circles mute a ticket's automatic mail, and thanks are answered once a day."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import outbox, participants
from helpdesk.models import Comment, Person, Source, Ticket
from mail_ingest.mail import Route

CIRCLE = timedelta(minutes=10)
MOST_IN_A_CIRCLE, MOST_EQUAL = 5, 3
MUTED_FOR = timedelta(days=1)


def mute_if_any(session: Session, ticket: Ticket, author: Person) -> None:
    """Five mails of one sender within ten minutes, or three with one text: no automatic mail about the ticket for a day."""
    if author.is_staff:
        return
    recent = session.scalars(
        select(Comment.content).where(
            Comment.ticket_number == ticket.number,
            Comment.author_id == author.id,
            Comment.source == Source.EMAIL,
            Comment.created_at > func.now() - CIRCLE,
        )
    ).all()
    if len(recent) >= MOST_IN_A_CIRCLE or max(Counter(recent).values(), default=0) >= MOST_EQUAL:
        ticket.muted_until = session.execute(select(func.now())).scalar_one() + MUTED_FOR


def thanks_may_be_answered(session: Session, route: Route, ticket: Ticket, author: Person) -> bool:
    """Once a day, never a machine's, and not while the ticket is muted: two that thank each other would never end."""
    muted = ticket.muted_until is not None and session.scalar(select(func.now() < ticket.muted_until))
    if route.automatic or not route.acknowledge or muted or participants.is_muted(session, ticket.number, author):
        return False
    return not outbox.count_recent(session, author.address, "stays_resolved", timedelta(days=1))
