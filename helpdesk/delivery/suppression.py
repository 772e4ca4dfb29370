"""Addresses that get no mail, or no automatic mail, until somebody lifts it.

Not here: what stops an address (failures), and where mail to a stopped one ends (outbox.enqueue).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import audit, outbox
from helpdesk.errors import NotFound
from helpdesk.models import Event, OutboxMessage, OutboxState, Suppression
from helpdesk.permissions import SYSTEM, Action, Viewer, require

RESUMED = "mail_resumed"  # the event of a suppression that was lifted


def stop(session: Session, address: str, reason: str, *, only_automatic: bool = False) -> list[OutboxMessage]:
    """No more mail to that address, also none that waits already; gives what was waiting.

    A failure outranks a complaint (`only_automatic`), never the other way round; the first reason of a rank stays.
    """
    values = {"address": address.lower(), "reason": reason[:300], "only_automatic": only_automatic}
    fresh = insert(Suppression).values(**values)
    outranks = Suppression.only_automatic & fresh.excluded.only_automatic.is_(False)
    session.execute(fresh.on_conflict_do_update(index_elements=["address"], set_=values, where=outranks))
    wanted = select(OutboxMessage).where(
        OutboxMessage.recipient == address,
        OutboxMessage.state == OutboxState.QUEUED,
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < func.now()),
    )
    if only_automatic:
        wanted = wanted.where(OutboxMessage.kind.not_in(outbox.PERSONAL))
    waiting = list(session.scalars(wanted.with_for_update(skip_locked=True)))
    for message in waiting:
        message.state, message.last_answer = OutboxState.SUPPRESSED, reason
    return waiting


def lift(session: Session, by: Viewer, address: str) -> None:
    """Mail to that address goes out again from now on, what was stopped does not follow; an administrator's to do."""
    require(by, Action.MANAGE)
    stopped = session.get(Suppression, address.strip().lower())
    if stopped is None:
        raise NotFound("Mail to this address is not stopped.")
    _resume(session, stopped, by)


def lift_by_their_mail(session: Session, address: str, received_at: datetime) -> bool:
    """An address that failed gets mail again when its owner has written since: the caller has proved that they did (A=PASS).

    A person who writes waits for an answer, and one more report stops the address again. Who complained stays undisturbed.
    """
    stopped = session.get(Suppression, address.lower())
    if stopped is None or stopped.only_automatic or stopped.created_at >= received_at:
        return False
    _resume(session, stopped, SYSTEM)
    return True


def resumed_at(session: Session, address: str, within: timedelta) -> datetime | None:
    """When mail to that address was last allowed again, if that was `within` the last days."""
    wanted = select(func.max(Event.created_at)).where(
        Event.kind == RESUMED, Event.created_at > func.now() - within, Event.data["address"].astext == address.lower()
    )
    return session.scalar(wanted)


def _resume(session: Session, stopped: Suppression, by: Viewer) -> None:
    session.delete(stopped)
    audit.record(session, RESUMED, by, address=stopped.address, reason=stopped.reason)
