"""The worker and the clock: queues, limits, and the one timetable. Tables hold what is to be done; messages are nudges.

A broker or a database that is away stops nothing for good: both processes keep trying until it is back.
"""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.beat import ScheduleEntry, Scheduler
from celery.platforms import SecurityWarning
from celery.signals import setup_logging

from helpdesk import wake
from helpdesk.errors import BadSetting, TryLater
from helpdesk.settings import Settings

if TYPE_CHECKING:  # the clock needs none of what the worker is made of: 60 MB less
    from helpdesk.installation import Installation
    from mail_ingest.process import Tools
    from workers.tasks import Here

log = logging.getLogger("helpdesk.worker")
QUEUES = ("ingest", "outbox", "timers")
THREADS = 8
TIMETABLE: dict[str, dict[str, Any]] = {
    "sweep": {"task": "workers.tasks.sweep", "schedule": 10.0, "options": {"queue": "timers"}},
    "count": {"task": "workers.tasks.count", "schedule": 30.0, "options": {"queue": "timers"}},
    "keep house": {"task": "workers.tasks.keep_house", "schedule": 300.0, "options": {"queue": "timers"}},
}


def run_worker(installation: Installation, *, threads: int = THREADS) -> int:
    """Work until SIGTERM, then finish what was begun; gives the exit status."""
    from mail_ingest import process

    setup_logging.connect(_keep_our_logging)
    # it warns of pickle as root; ours is json only
    warnings.filterwarnings("ignore", category=SecurityWarning)
    with process.opened(installation) as tools:
        app = worker_app(tools)
        worker = app.Worker(
            pool="threads",
            concurrency=threads,
            queues=list(QUEUES),
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        worker.start()
        return int(worker.exitcode or 0)


def _keep_our_logging(**_: object) -> None:
    """Celery sets up logging of its own unless somebody listens to this signal: then our lines would be lost."""


def run_beat(settings: Settings) -> int:
    """Ring the timers of TIMETABLE until SIGTERM. No memory of the past is kept: every tick finds its work in the tables."""
    app = _app(settings)
    app.conf.update(beat_schedule=TIMETABLE)
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked.set())
    clock = _Clock(app)
    # not celery's own loop: it ends by an exception out of a signal handler, and one in 30 was lost within a tick
    while not asked.wait(min(clock.tick(), 5.0)):
        pass
    return 0


def worker_app(tools: Tools) -> Celery:
    """The Celery application of a worker, with all tasks bound to these tools."""
    from workers import tasks

    app = _app(tools.house.settings)
    here = tasks.Here(tools, partial(_waiting, app))
    for task in tasks.ALL:
        app.task(_bound(task, here), name=f"workers.tasks.{task.__name__}", shared=False)
    return app


class _Clock(Scheduler):  # type: ignore[misc]  # celery has no types
    """The timetable in memory. A tick that the broker does not take is one line in the log: the next one finds the work."""

    producer = None  # celery's waits for the broker, and would not hear that it should end

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:  # noqa: BLE001  (the clock never stops)
            log.warning("no tick of %s: %s", entry.name, error)


def _app(settings: Settings) -> Celery:
    if not settings.broker_url:
        raise BadSetting("HELPDESK_BROKER_URL is not set: name a Redis or Valkey, or use `helpdesk serve`, which starts its own.")
    app = Celery("helpdesk", broker=wake.celery_url(settings.broker_url), set_as_current=False)
    app.conf.update(
        wake.sending_options(),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # for ever: a broker that is away for a weekend ends no process
        task_create_missing_queues=True,
        task_default_queue="timers",
        worker_prefetch_multiplier=2,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        result_expires=None,  # else the clock would tidy up results, which we have none of
        enable_utc=True,
        timezone="UTC",
    )
    return app


def _bound(task: Callable[..., None], here: Here) -> Callable[..., None]:
    def run(*arguments: int) -> None:
        try:
            task(here, *arguments)
        except TryLater as error:
            log.warning("%s: %s, a timer finds it again", task.__name__, error)

    run.__name__, run.__doc__ = task.__name__, task.__doc__
    return run


def _waiting(app: Celery, queue: str) -> int:
    """How many messages wait in a queue; 0 when the broker does not say."""
    try:
        with app.connection_for_write() as connection:
            return int(connection.default_channel.queue_declare(queue=queue, passive=True).message_count)
    except Exception:  # noqa: BLE001  (it is a hint only: without it we nudge once too often)
        return 0
