"""Every run of a timer is noted: the system page and `doctor` tell from it whether worker and clock are alive."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.models import Fact

PREFIX = "timer_"
# name -> what it does, how often (workers/celery_app.py has the timetable), and after which time without it something is wrong
TIMERS: dict[str, tuple[str, timedelta, timedelta]] = {
    "sweep": ("Finds mail that no nudge told of", timedelta(seconds=10), timedelta(minutes=2)),
    "count": ("Counts the figures", timedelta(seconds=30), timedelta(minutes=5)),
    "keep_house": ("Closes, moves, drops and expires", timedelta(minutes=5), timedelta(minutes=20)),
}


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of a timer; `at` None: there was none yet. `seconds` is how long it took, `where` host and process."""

    name: str
    what: str
    every: timedelta
    at: datetime | None
    seconds: float
    where: str
    late: bool


@contextmanager
def noted(engine: Engine, name: str) -> Iterator[None]:
    """What runs within is one run of this timer; one that fails leaves no trace here, and so shows as late."""
    began = time.monotonic()
    yield
    value: dict[str, Any] = {"seconds": round(time.monotonic() - began, 2), "where": f"{socket.gethostname()}:{os.getpid()}"}
    note = insert(Fact).values(name=PREFIX + name, value=value)
    with db.transaction(engine) as session:
        session.execute(
            note.on_conflict_do_update(index_elements=["name"], set_={"value": value, "updated_at": func.now()}),
        )


def last_runs(session: Session, now: datetime) -> list[Run]:
    """The last run of each timer, one query."""
    facts = {one.name: one for one in session.scalars(select(Fact).where(Fact.name.in_([PREFIX + name for name in TIMERS])))}
    alive = any(now - fact.updated_at <= TIMERS[name.removeprefix(PREFIX)][2] for name, fact in facts.items())
    runs = []
    for name, (what, every, limit) in TIMERS.items():
        fact = facts.get(PREFIX + name)
        at = fact.updated_at if fact is not None else None
        value = fact.value if fact is not None else {}
        # just after the first start only the quickest has had its turn
        late = now - at > limit if at is not None else not alive
        runs.append(Run(name, what, every, at, float(value.get("seconds", 0)), str(value.get("where", "")), late))
    return runs
