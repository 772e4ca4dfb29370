"""What runs and what waits, read in a few cheap queries: the system page shows it, and the checks judge it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from sqlalchemy import ColumnElement, func, literal_column, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpdesk import db
from helpdesk.models import InboundMail, OutboxMessage, Person, Role, Ticket
from helpdesk.operating import timers
from helpdesk.operating.timers import Run
from helpdesk.settings import Settings

PARTS = ("web", "smtp", "worker", "beat", "postgresql", "valkey")  # as `serve` names its children
FAILURES_COUNT_FOR = timedelta(days=7)
COUNTED_BELOW = 100_000  # tickets: more are estimated


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when the one that waits longest; None where none does."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """A process that `serve` started here: `since` is when, None: it does not run."""

    name: str
    pid: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """The helpdesk at one moment. `broker` None: it does not answer, "": none is set.

    `overdue`: mails that should have left by now, `failed`: those of the last seven days that never arrived.
    `tickets_estimated`: they are so many that `tickets` is PostgreSQL's guess.
    """

    at: datetime
    version: str
    python: str
    postgresql: str
    broker: str | None
    revision: str | None
    newest_revision: str
    database_bytes: int
    tickets: int
    tickets_estimated: bool
    received: Waiting
    held: Waiting
    queued: Waiting
    overdue: Waiting
    failed: int
    timers: list[Run]
    parts: list[Part]
    disk_free: int
    disk_total: int
    admins: int
    admins_with_second_factor: int


def read(session: Session, settings: Settings, broker: str | None) -> State:
    """Everything at once; `broker` is what broker.version said before this transaction began."""
    now = datetime.now(UTC)
    # words spelled as in the partial indexes, and not as parameters
    received = _waiting(session, InboundMail.received_at, InboundMail.state == literal_column("'received'"))
    held = _waiting(session, InboundMail.received_at, InboundMail.state == literal_column("'held'"))
    is_queued = OutboxMessage.state == literal_column("'queued'")
    failed = OutboxMessage.state.in_([literal_column("'failed'"), literal_column("'suppressed'")])
    lately = (OutboxMessage.created_at > now - FAILURES_COUNT_FOR) & (OutboxMessage.state == "failed")
    admins, with_factor = session.execute(
        select(func.count(), func.count(Person.totp_secret)).where(Person.role == Role.ADMIN, Person.active)
    ).one()
    size, server, tickets = session.execute(
        text(
            "select pg_database_size(current_database()), current_setting('server_version'), reltuples "
            "from pg_class where oid = 'tickets'::regclass"
        )
    ).one()
    # below 0 before the table was first analyzed, and far off while it is small
    estimated = tickets >= COUNTED_BELOW
    disk = _disk(settings.data_dir)
    return State(
        at=now,
        version=metadata.version("helpdesk"),
        python=platform.python_version(),
        postgresql=str(server).partition(" ")[0],
        broker=broker,
        revision=session.scalar(text("select version_num from alembic_version")),
        newest_revision=db.newest_revision(),
        database_bytes=size,
        tickets=int(tickets) if estimated else session.scalar(select(func.count()).select_from(Ticket)) or 0,
        tickets_estimated=estimated,
        received=received,
        held=held,
        queued=_waiting(session, OutboxMessage.created_at, is_queued),
        overdue=_waiting(session, OutboxMessage.due_at, is_queued & (OutboxMessage.due_at <= func.now())),
        failed=session.scalar(select(func.count()).select_from(OutboxMessage).where(failed, lately)) or 0,
        timers=timers.last_runs(session, now),
        parts=list(_parts(settings.data_dir / "run")),
        disk_free=disk[0],
        disk_total=disk[1],
        admins=admins,
        admins_with_second_factor=with_factor,
    )


def _parts(run: Path) -> Iterator[Part]:
    files = [run / f"{name}.pid" for name in PARTS]
    yield from (_part(one) for one in files if one.is_file())


def _part(pid_file: Path) -> Part:
    # the file was written when the process was started, and not changed since
    pid, since = 0, None
    with suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        os.kill(pid, 0)
        since = datetime.fromtimestamp(pid_file.stat().st_mtime, UTC)
    return Part(pid_file.stem, pid, since)


def _waiting(session: Session, moment: InstrumentedAttribute[datetime], which: ColumnElement[bool]) -> Waiting:
    count, oldest = session.execute(select(func.count(), func.min(moment)).where(which)).one()
    return Waiting(count, oldest)


def _disk(directory: Path) -> tuple[int, int]:
    try:
        found = shutil.disk_usage(directory)
    except OSError:
        return 0, 0
    return found.free, found.total
