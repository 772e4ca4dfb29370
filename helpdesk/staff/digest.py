"""Notifications that an agent wants gathered: they wait in the outbox as lines of a later mail, one an hour or one a day.

Nothing is lost by choosing again: what waits goes with the next round, at once for whoever wants mail at once now.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import outbox
from helpdesk.models import MutedTicket, OutboxMessage, OutboxState, Person
from helpdesk.staff import preferences
from helpdesk.staff.preferences import When

# answers to the agent's own mail, and mail about their own address, never wait
GATHERED = frozenset({"assignment", "new_ticket", "comment", "note", "requester_status"})
DAILY_AT = time(7)  # UTC
PEOPLE_AT_ONCE, MOST_LINES = 50, 100


def waits(person: Person, kind: str) -> bool:
    """Whether this notification becomes a line of a later mail."""
    return kind in GATHERED and person.is_staff and preferences.of(person).when != When.AT_ONCE


def send_due(session: Session) -> int:
    """Each agent whose hour or day is over gets one mail of what waited before; gives how many mails that made."""
    now = session.execute(select(func.now())).scalar_one()
    waiting = (OutboxMessage.state == OutboxState.DIGEST, OutboxMessage.sent_at.is_(None))
    oldest = select(OutboxMessage.person_id, func.min(OutboxMessage.created_at)).where(*waiting).group_by(OutboxMessage.person_id)
    made = 0
    for person_id, since in session.execute(oldest.order_by(OutboxMessage.person_id)).all():
        if made == PEOPLE_AT_ONCE:
            break
        person = session.get_one(Person, person_id)
        if since >= _boundary(preferences.of(person).when, now):
            continue
        lines = select(OutboxMessage).where(*waiting, OutboxMessage.person_id == person_id).order_by(OutboxMessage.id)
        rows = list(session.scalars(lines.limit(MOST_LINES).with_for_update()))
        muted = set(session.scalars(select(MutedTicket.ticket_number).where(MutedTicket.person_id == person_id)))
        numbers = [row.id for row in rows if person.is_staff and row.ticket_number not in muted]
        for row in rows:
            row.sent_at = now
            row.state = OutboxState.DIGEST if row.id in numbers else OutboxState.CANCELLED
        if numbers:
            outbox.enqueue(
                session,
                "digest",
                person.address,
                person_id=person.id,
                reason="you want notifications gathered",
                data={"rows": numbers},
            )
            made += 1
    return made


def _boundary(when: When, now: datetime) -> datetime:
    """What came before this moment goes now: the full hour, the last 7:00 UTC, or anything."""
    if when == When.HOURLY:
        return now.replace(minute=0, second=0, microsecond=0)
    if when == When.DAILY:
        today = datetime.combine(now.date(), DAILY_AT, now.tzinfo)
        return today if now >= today else today - timedelta(days=1)
    return now + timedelta(seconds=1)
