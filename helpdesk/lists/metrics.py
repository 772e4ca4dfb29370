"""The figures of the metric strip: computed every 30 s by a worker, kept in `facts`, shown with their time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk.lists import ticket_queue
from helpdesk.models import Fact, Status, Ticket, TicketType

FACT = "metrics"
DAYS = 30
TOO_OLD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts now, and times in seconds over tickets of the last `days`; None where there was no such ticket.

    A first response is the first public message of an agent; automatic mail never counts. `resolution_rate` is the part of the
    tickets of that time that is resolved or closed now.
    """

    open: int
    unassigned: int
    waiting_on_us: int
    delivery_problems: int
    created: int
    resolved: int
    median_first_response: float | None
    mean_first_response: float | None
    resolution_rate: float | None
    by_type: dict[str, int]
    created_per_day: list[dict[str, Any]]
    days: int
    as_of: datetime


def compute(session: Session) -> Figures:
    """Count everything anew."""
    now_open = session.execute(
        select(
            func.count(),
            func.count().filter(Ticket.assignee_id.is_(None)),
            func.count().filter(Ticket.waiting_on == "us"),
            func.count().filter(ticket_queue.undelivered),
        ).where(ticket_queue.active)
    ).one()
    recent = Ticket.created_at > func.now() - timedelta(days=DAYS)
    taken = func.extract("epoch", Ticket.first_response_at - Ticket.created_at)
    row = session.execute(
        select(
            func.count(),
            func.count().filter(Ticket.status.in_([Status.RESOLVED, Status.CLOSED])),
            func.percentile_cont(0.5).within_group(taken),
            func.avg(taken),
            func.now(),
        ).where(recent, Ticket.merged_into.is_(None))
    ).one()
    by_type = session.execute(select(Ticket.type, func.count()).where(recent).group_by(Ticket.type)).all()
    day = func.date(Ticket.created_at)
    per_day = session.execute(select(day, func.count()).where(recent).group_by(day).order_by(day)).all()
    return Figures(
        open=now_open[0],
        unassigned=now_open[1],
        waiting_on_us=now_open[2],
        delivery_problems=now_open[3],
        created=row[0],
        resolved=row[1],
        median_first_response=_number(row[2]),
        mean_first_response=_number(row[3]),
        resolution_rate=row[1] / row[0] if row[0] else None,
        by_type={word.value: 0 for word in TicketType} | dict(by_type),
        created_per_day=[{"day": one.isoformat(), "count": number} for one, number in per_day],
        days=DAYS,
        as_of=row[4],
    )


def refresh(session: Session) -> Figures:
    """Count and keep: what the worker does every 30 s."""
    figures = compute(session)
    value = asdict(figures) | {"as_of": figures.as_of.isoformat()}
    session.execute(
        insert(Fact)
        .values(name=FACT, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value, "updated_at": func.now()})
    )
    return figures


def latest(session: Session) -> Figures:
    """The kept figures; counted anew where there are none yet, or no worker has come by for minutes."""
    fact = session.get(Fact, FACT)
    if fact is None:
        return refresh(session)
    try:
        figures = Figures(**{**fact.value, "as_of": datetime.fromisoformat(fact.value["as_of"])})
    except (TypeError, KeyError, ValueError):  # written by another version
        return refresh(session)
    return figures if datetime.now(UTC) - figures.as_of < TOO_OLD else refresh(session)


def _number(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)
