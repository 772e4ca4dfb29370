"""The tasks: a name for the broker, one call, nothing else. Messages are nudges; the rows say what is to be done.

Each takes the worker's `Here` first. A task that raises TryLater has changed nothing: a later tick finds the work again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpdesk.installation import Installation
from mail_ingest.process import Tools
from mail_ingest.process import process as process_mail
from workers import deliver as delivery
from workers import housekeeping, sweeping


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
    for mail_id in mail_ids:
        process_mail(here.tools, mail_id)


def deliver(here: Here, *outbox_ids: int) -> None:
    """Deliver messages of the outbox."""
    for outbox_id in outbox_ids:
        delivery.one(here.installation, outbox_id)


def sweep(here: Here) -> None:
    """Find what nudges missed."""
    sweeping.sweep(here.installation, here.waiting)


def keep_house(here: Here) -> None:
    """Close, move, drop, expire."""
    housekeeping.keep_house(here.installation)


def count(here: Here) -> None:
    """Count what the metric strip shows."""
    housekeeping.count(here.installation.engine)


ALL = (process, deliver, sweep, keep_house, count)
