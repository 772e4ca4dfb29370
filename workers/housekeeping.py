"""What time does: resolved tickets close, processed raw mail moves to storage, days are prepared and dropped, sign-ins expire.

Every function works on one bounded batch and gives how many rows it changed; what is left waits for the next call.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, delete, func, inspect, select, text, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpdesk import db, lifecycle, tickets
from helpdesk.errors import NotFound, TryLater
from helpdesk.installation import Installation
from helpdesk.issues import updates
from helpdesk.lists import charts, metrics, view_counts
from helpdesk.models import (
    Attempt,
    Base,
    IdempotencyKey,
    InboundMail,
    InboundRaw,
    Presence,
    SignInLink,
    SignInSession,
    Status,
    Ticket,
)
from helpdesk.permissions import SYSTEM
from helpdesk.staff import digest, presence, saved_views
from helpdesk.storage import Storage, new_key
from helpdesk.webhooks import deliveries
from workers import held_digest

log = logging.getLogger("helpdesk.housekeeping")
BATCHES = 20  # of one kind in one round
CLOSED_AT_ONCE, MOVED_AT_ONCE, EXPIRED_AT_ONCE = 50, 20, 1000
FRESH = timedelta(hours=1)  # raw mail stays in the database for so long after processing
DAYS_AHEAD = 3  # today and so many days more have a partition, so that timers may stand still for a weekend
_PARTITION = re.compile(r"inbound_raw_(\d{8})")
EXPIRING: tuple[tuple[type[Base], InstrumentedAttribute[datetime], timedelta], ...] = (
    (SignInSession, SignInSession.expires_at, timedelta(0)),
    (SignInLink, SignInLink.expires_at, timedelta(days=1)),
    (Attempt, Attempt.at, timedelta(days=2)),
    (IdempotencyKey, IdempotencyKey.created_at, timedelta(days=1)),
    (Presence, Presence.seen_at, presence.FORGOTTEN_AFTER),
)


def keep_house(installation: Installation) -> None:
    """One round of everything; what fails is logged and does not keep the rest from its turn."""
    engine = installation.engine
    chores: tuple[tuple[str, Callable[[], int]], ...] = (
        ("resolved tickets closed", lambda: close_resolved(engine)),
        ("digests written", lambda: send_digests(engine)),
        ("followers told", lambda: tell_followers(engine)),
        ("days prepared", lambda: prepare_days(engine, datetime.now(UTC).date())),
        ("raw mails moved", lambda: move_raw(engine, installation.storage)),
        ("days dropped", lambda: drop_days(engine, datetime.now(UTC).date())),
        ("held digests written", lambda: held_digest.write(engine, datetime.now(UTC))),
        ("webhooks switched off", lambda: switch_off_webhooks(engine)),
        ("old webhook deliveries forgotten", lambda: forget_deliveries(engine)),
        ("sign-ins and attempts expired", lambda: expire(engine)),
    )
    for what, chore in chores:
        try:
            changed = sum(_batches(chore))
        except TryLater:
            raise
        except Exception:  # a chore that fails today is tried again in five minutes, and the next one is not its fault
            log.exception("%s: failed", what)
        else:
            if changed:
                log.info("%s: %d", what, changed)


def count(engine: Engine) -> None:
    """The figures of the strip, the views' counts, and the charts when due; each has its turn, whatever became of the others.

    Of two ticks at once one does nothing.
    """
    kinds: tuple[tuple[str, Callable[[Session], object]], ...] = (
        ("count", metrics.refresh),
        ("view counts", lambda session: view_counts.refresh(session, saved_views.counts(session))),
        ("charts", charts.refresh),
    )
    for name, refresh in kinds:
        try:
            with db.transaction(engine) as session:
                if db.is_alone(session, name):
                    refresh(session)
        except TryLater:
            raise
        except Exception:  # what cannot be counted now is tried again in 30 s
            log.exception("%s: failed", name)


def close_resolved(engine: Engine) -> int:
    """Tickets that were resolved 14 days ago close, and their requesters are told."""
    with db.transaction(engine) as session:
        if not db.is_alone(session, "close_resolved"):
            return 0
        wanted = (
            select(Ticket)
            .where(
                Ticket.status == Status.RESOLVED,
                Ticket.resolved_at < func.now() - timedelta(days=lifecycle.AUTO_CLOSE_DAYS),
                Ticket.merged_into.is_(None),
            )
            .order_by(Ticket.resolved_at)
            .limit(CLOSED_AT_ONCE)
            .with_for_update(skip_locked=True, of=Ticket)
        )
        found = list(session.scalars(wanted))
        for ticket in found:
            tickets.change_status(session, ticket, Status.CLOSED, SYSTEM)
        return len(found)


def send_digests(engine: Engine) -> int:
    """Agents who want their notifications gathered get the mail that is due."""
    with db.transaction(engine) as session:
        return digest.send_due(session) if db.is_alone(session, "digests") else 0


def tell_followers(engine: Engine) -> int:
    """Those who said "me too" learn of known issues that changed."""
    with db.transaction(engine) as session:
        return updates.write_due(session) if db.is_alone(session, "issue updates") else 0


def switch_off_webhooks(engine: Engine) -> int:
    """Webhooks whose receivers took nothing for three days are switched off, and administrators are told."""
    with db.transaction(engine) as session:
        return deliveries.switch_off_failing(session) if db.is_alone(session, "webhooks") else 0


def forget_deliveries(engine: Engine) -> int:
    """The log of webhooks goes back 30 days: it holds what people wrote."""
    with db.transaction(engine) as session:
        return deliveries.forget(session, EXPIRED_AT_ONCE) if db.is_alone(session, "webhooks") else 0


def move_raw(engine: Engine, storage: Storage) -> int:
    """Raw mails that were processed an hour ago move to storage: written there first, then forgotten here, all of them or none.

    The files are written with no transaction open; a mail that somebody else moved meanwhile keeps the copy it has.
    """
    with db.transaction(engine) as session:
        wanted = (
            select(InboundRaw.received_on, InboundRaw.inbound_mail_id, InboundRaw.content)
            .join(InboundMail, (InboundMail.id == InboundRaw.inbound_mail_id) & (InboundMail.raw_on == InboundRaw.received_on))
            .where(InboundMail.raw_key.is_(None), InboundMail.processed_at < func.now() - FRESH)
            .order_by(InboundMail.id)
            .limit(MOVED_AT_ONCE)
        )
        found = [(day, number, bytes(content)) for day, number, content in session.execute(wanted)]
    keys: dict[int, str] = {}
    for _, number, content in found:
        keys[number] = new_key("raw")
        storage.put(keys[number], content)
    with db.transaction(engine) as session:
        moved = set()
        for number, key in sorted(keys.items()):
            taken = update(InboundMail).where(InboundMail.id == number, InboundMail.raw_key.is_(None)).values(raw_key=key)
            moved |= set(session.scalars(taken.returning(InboundMail.id)))
        gone = [(day, number) for day, number, _ in found if number in moved]
        session.execute(delete(InboundRaw).where(tuple_(InboundRaw.received_on, InboundRaw.inbound_mail_id).in_(gone)))
    for number in keys.keys() - moved:
        with suppress(TryLater, NotFound):
            storage.delete(keys[number])
    return len(moved)


def prepare_days(engine: Engine, today: date) -> int:
    """Today's partition of the raw mails exists, and those of the next days.

    A day whose mails already lie in the default partition stays there: they are moved and dropped like all others.
    """
    made = 0
    for day in (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)):
        with db.transaction(engine) as session:
            name = f"inbound_raw_{day:%Y%m%d}"
            if not db.is_alone(session, "days") or session.scalar(select(func.to_regclass(name))) is not None:
                continue
            if session.scalar(select(InboundRaw.inbound_mail_id).where(InboundRaw.received_on == day).limit(1)) is not None:
                continue
            # mail keeps coming in while we ask for the table's lock: rather tomorrow than a queue behind us
            session.execute(text("set local lock_timeout = '2s'"))
            session.execute(
                text(f"create table {name} partition of inbound_raw for values from ('{day}') to ('{day + timedelta(days=1)}')")
            )
            session.execute(text(f"alter table {name} alter column content set storage external"))
            made += 1
    return made


def drop_days(engine: Engine, today: date) -> int:
    """Partitions of past days go once they are empty."""
    with db.transaction(engine) as session:
        names = session.scalars(text("select inhrelid::regclass::text from pg_inherits where inhparent = 'inbound_raw'::regclass"))
        past = [name for name in names if (day := _day_of(name)) is not None and day < today - timedelta(days=1)]
    dropped = 0
    for name in past:
        with db.transaction(engine) as session:
            if not db.is_alone(session, "days"):
                return dropped
            session.execute(text("set local lock_timeout = '2s'"))
            session.execute(text(f"lock table {name} in access exclusive mode"))
            if session.scalar(text(f"select exists (select from {name})")):  # noqa: S608  (a name of ours, by its pattern)
                continue
            session.execute(text(f"drop table {name}"))
            dropped += 1
    return dropped


def expire(engine: Engine) -> int:
    """Sessions, links, counted attempts and remembered answers that nobody may use any more are deleted."""
    with db.transaction(engine) as session:
        if not db.is_alone(session, "expire"):
            return 0
        count = 0
        for model, column, kept in EXPIRING:
            key = inspect(model).primary_key
            old = select(*key).where(column < func.now() - kept).limit(EXPIRED_AT_ONCE)
            gone = delete(model).where(tuple_(*key).in_(old)).returning(*key)
            count += len(session.execute(gone, execution_options={"synchronize_session": False}).all())
        return count


def _batches(chore: Callable[[], int]) -> list[int]:
    done: list[int] = []
    while len(done) < BATCHES and (changed := chore()):
        done.append(changed)
    return done


def _day_of(name: str) -> date | None:
    found = _PARTITION.fullmatch(name.rpartition(".")[2])
    return datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date() if found else None
