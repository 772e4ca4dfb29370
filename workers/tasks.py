"""The tasks: a name for the broker, one call, nothing else. Messages are nudges; the rows say what is to be done.

Each takes the worker's `Here` first. Where one row raises TryLater nothing of it was changed, and a later tick finds it again; the
others of the same nudge have their turn first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from helpdesk.errors import TryLater
from helpdesk.installation import Installation
from helpdesk.operating import timers
from mail_ingest.process import Tools
from mail_ingest.process import process as process_mail
from workers import deliver as delivery
from workers import deliver_webhooks, housekeeping, sweeping


@dataclass(frozen=True, slots=True)
class Here:
    """What a worker process has: the tools of reading mail, and its word on how many nudges wait in a queue."""

    tools: Tools
    waiting: Callable[[str], int]

    @property
    def installation(self) -> Installation:
        """Settings, database, mint and storage."""
        return self.tools.house


def process(here: Here, *mail_ids: int) -> None:
    """Process mails that came in."""
    _each(mail_ids, lambda mail_id: process_mail(here.tools, mail_id))


def deliver(here: Here, *outbox_ids: int) -> None:
    """Deliver messages of the outbox."""
    _each(outbox_ids, lambda outbox_id: delivery.one(here.installation, outbox_id))


def post(here: Here, *webhook_ids: int) -> None:
    """Post what waits for webhooks."""
    _each(webhook_ids, lambda webhook_id: deliver_webhooks.one(here.installation, webhook_id))


def sweep(here: Here) -> None:
    """Find what nudges missed."""
    with timers.noted(here.installation.engine, "sweep"):
        sweeping.sweep(here.installation, here.waiting)


def keep_house(here: Here) -> None:
    """Close, move, drop, expire."""
    with timers.noted(here.installation.engine, "keep_house"):
        housekeeping.keep_house(here.installation)


def count(here: Here) -> None:
    """Count what the metric strip shows."""
    with timers.noted(here.installation.engine, "count"):
        housekeeping.count(here.installation.engine)


def _each(rows: Iterable[int], work: Callable[[int], object]) -> None:
    """Every row has its turn, whatever became of its neighbours; then the last TryLater is raised."""
    trouble: TryLater | None = None
    for row in rows:
        try:
            work(row)
        except TryLater as error:
            trouble = error
    if trouble is not None:
        raise trouble


ALL = (process, deliver, post, sweep, keep_house, count)
