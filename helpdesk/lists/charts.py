"""The figures behind the charts: counted by a worker every few minutes, kept in `facts`, shown with their time.

A ticket counts for the day on which it was opened, and again for the day on which it was resolved (or closed at once);
merged ones count for nothing.
Medians and nine in ten, never means: one forgotten ticket must not move the picture. Days are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.lists import chart_counts
from helpdesk.lists.chart_counts import RESOLUTION_LIMITS, RESPONSE_LIMITS, Age, AgentFigures, Share, Spread
from helpdesk.models import Fact

SPANS = {7: 1, 30: 1, 90: 7}  # days that can be chosen, and how many of them make one period of a chart
REFRESHED_EVERY = timedelta(minutes=5)
TOO_OLD = timedelta(minutes=30)
UNTIMED = Spread()


@dataclass(frozen=True, slots=True)
class Period:
    """What happened from this day on: tickets opened, and how long their first answer took; resolved, and how long that took."""

    start: date
    created: int = 0
    resolved: int = 0
    response: Spread = UNTIMED
    resolution: Spread = UNTIMED


@dataclass(frozen=True, slots=True)
class Report:
    """All charts of the last `days`, `before` being the span before them.

    `response_bars`, `resolution_bars` and `backlog` count what lies below each of their limits, and at last what lies above the
    last; `hours` has 24 for each day from Monday on.
    """

    days: int
    step: int
    as_of: datetime
    total: Period
    before: Period
    periods: list[Period]
    unanswered: int
    response_bars: list[int]
    resolution_bars: list[int]
    backlog: list[Age]
    types: list[Share]
    priorities: list[Share]
    sources: list[Share]
    tags: list[Share]
    agents: list[AgentFigures]
    hours: list[list[int]]


_KEPT = TypeAdapter(Report)


def compute(session: Session, days: int, now: datetime | None = None) -> Report:
    """Count everything anew for one of SPANS; today is its last day."""
    step = SPANS[days]
    now = now or datetime.now(UTC)
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    opened, settled = chart_counts.opened(session, since, step), chart_counts.settled(session, since, step)
    earlier = since - timedelta(days=days)
    periods = [
        Period(
            (since + timedelta(days=number * step)).date(),
            opened.count(("period", number)),
            settled.count(("period", number)),
            opened.spread(("period", number)),
            settled.spread(("period", number)),
        )
        for number in range(-(-days // step))
    ]
    whole = ("all", None)
    return Report(
        days=days,
        step=step,
        as_of=now,
        total=Period(since.date(), opened.count(whole), settled.count(whole), opened.spread(whole), settled.spread(whole)),
        before=Period(earlier.date(), *chart_counts.before(session, earlier, since)),
        periods=periods,
        unanswered=opened.count(whole) - opened.spread(whole).count,
        response_bars=[opened.count(("bar", number)) for number in range(len(RESPONSE_LIMITS) + 1)],
        resolution_bars=[settled.count(("bar", number)) for number in range(len(RESOLUTION_LIMITS) + 1)],
        backlog=chart_counts.backlog(session, now),
        types=opened.shares("type"),
        priorities=opened.shares("priority"),
        sources=opened.shares("source"),
        tags=chart_counts.tags(session, since),
        agents=chart_counts.agents(session, since, settled),
        hours=[[opened.count(("slot", day * 24 + hour)) for hour in range(24)] for day in range(7)],
    )


def refresh(session: Session, now: datetime | None = None) -> bool:
    """Count all spans anew when they are due, and keep them; False when somebody did lately."""
    last = session.scalar(select(func.max(Fact.updated_at)).where(Fact.name.in_([_fact(days) for days in SPANS])))
    if last is not None and (now or datetime.now(UTC)) - last < REFRESHED_EVERY:
        return False
    for days in SPANS:
        _keep(session, compute(session, days, now))
    return True


def latest(session: Session, days: int) -> Report:
    """The kept figures; counted anew where there are none yet, or no worker has come by for long and nobody else counts."""
    fact = session.get(Fact, _fact(days))
    kept = _read(fact.value) if fact is not None else None
    if kept is not None and (datetime.now(UTC) - kept.as_of < TOO_OLD or not db.is_alone(session, "charts")):
        return kept
    return _keep(session, compute(session, days))


def _keep(session: Session, report: Report) -> Report:
    value = _KEPT.dump_python(report, mode="json")
    session.execute(
        insert(Fact)
        .values(name=_fact(report.days), value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value, "updated_at": func.now()})
    )
    return report


def _read(value: Any) -> Report | None:
    try:
        return _KEPT.validate_python(value)
    except ValidationError:  # written by another version
        return None


def _fact(days: int) -> str:
    return f"charts_{days}"
