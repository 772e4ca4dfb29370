"""The engine, and `transaction()`: the only place that commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from psycopg.errors import Error, QueryCanceled
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from helpdesk import wake
from helpdesk.errors import TryLater
from helpdesk.webhooks import events

LOCK_OF_MIGRATIONS = 0x48454C50  # "HELP": one migration at a time on one database
MIGRATIONS = Path(__file__).parent / "migrations"
# SQLSTATE classes of what the same statement meets again: data that is none (22), a row or value beyond a limit (54)
FOR_GOOD = ("22", "54")


def connect(url: str, *, schema: str = "public", pool_size: int = 5, max_overflow: int = 5, statement_seconds: int = 30) -> Engine:
    """One engine a process: UTC, our schema only, bounded statements, dead connections replaced before use."""
    options = (
        f"-csearch_path={schema} -ctimezone=UTC -cstatement_timeout={statement_seconds}s -cidle_in_transaction_session_timeout=60s"
    )
    return create_engine(
        url.replace("postgres://", "postgresql://", 1),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 5},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """All or nothing, with what webhooks are told of it; what the transaction enqueued is nudged only after the commit.

    Raises TryLater when the database is away, full or shutting down: nothing was changed, unless the connection died during the
    commit itself, and then the caller's unique keys make a second try harmless. What fails because of the values themselves comes
    out as it is, so that whoever counts tries counts it.
    """
    try:
        with Session(engine, expire_on_commit=False) as session:
            yield session
            events.write(session)
            session.commit()
            nudges = wake.taken_from(session)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        cause = getattr(error, "orig", None)
        if isinstance(cause, QueryCanceled):
            raise  # our own limit: trying the same again would take as long
        if isinstance(cause, Error) and (cause.sqlstate or "").startswith(FOR_GOOD):
            raise
        raise TryLater("the database does not answer") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise TryLater("the database does not answer") from error
        raise
    wake.ring(nudges)


@contextmanager
def all_or_nothing(session: Session) -> Iterator[None]:
    """A part of the transaction that leaves nothing when it fails, nor what the session remembers of it (mails told, nudges)."""
    kept = {key: copy(value) for key, value in session.info.items()}
    try:
        with session.begin_nested():
            yield
    except BaseException:
        session.info.clear()
        session.info.update(kept)
        raise


def in_turn(session: Session, name: str) -> None:
    """Wait until nobody else is at `name`; the turn ends with the transaction."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def is_alone(session: Session, name: str) -> bool:
    """Whether nobody else is at `name`, without waiting; the claim ends with the transaction."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))))


@contextmanager
def rehearsal(engine: Engine) -> Iterator[Session]:
    """A transaction that is always rolled back: to say what would happen, with the same code that lets it happen."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


def migrate(url: str, schema: str = "public") -> None:
    """Bring the schema to the newest revision; several callers wait for each other."""
    from alembic import command
    from alembic.config import Config

    engine = connect(url, schema=schema, statement_seconds=0)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK_OF_MIGRATIONS})
            connection.execute(text(f'create schema if not exists "{schema}"'))
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK_OF_MIGRATIONS})
            connection.commit()
    finally:
        engine.dispose()


def revision(engine: Engine) -> str | None:
    """The schema's revision, or None where no migration ever ran."""
    with engine.connect() as connection:
        if connection.scalar(text("select to_regclass('alembic_version')")) is None:
            return None
        found: str | None = connection.scalar(text("select version_num from alembic_version"))
        return found


def newest_revision() -> str:
    """The revision that this code needs."""
    return max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
