"""The breaker of acknowledgements: so many leave within an hour, over all addresses; further ones wait, and none is lost.

A flood of forged senders must not make us mail half the world. Workers do not see each other's open transactions, so at most as
many more as there are of these may pass.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from helpdesk import db, outbox, people
from helpdesk.models import OutboxMessage

HOUR = timedelta(hours=1)
# as a literal: the index is of acknowledgements only
_ACKNOWLEDGEMENT = OutboxMessage.kind == literal_column("'acknowledgement'")


def wait(session: Session, an_hour: int) -> timedelta:
    """How long the next acknowledgement waits: until an hour after the one that came `an_hour` before it; in quiet times 0."""
    before = (
        select(OutboxMessage.due_at, func.now())
        .where(_ACKNOWLEDGEMENT, OutboxMessage.created_at > func.now() - outbox.GIVE_UP_AFTER)
        .order_by(OutboxMessage.created_at.desc())
        .offset(an_hour - 1)
        .limit(1)
    )
    found = session.execute(before).first()
    return max(found[0] + HOUR - found[1], timedelta(0)) if found is not None else timedelta(0)


def tell_admins(session: Session, an_hour: int) -> None:
    """Administrators learn that acknowledgements wait: once an hour, however many workers see it."""
    if not db.is_alone(session, "breaker"):
        return
    for person in people.admins(session):
        if not outbox.count_recent(session, person.address, "breaker", HOUR):
            outbox.enqueue(
                session,
                "breaker",
                person.address,
                person_id=person.id,
                reason="acknowledgements wait",
                data={"an_hour": an_hour},
            )
