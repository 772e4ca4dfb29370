"""After a commit, nudge the worker; best effort. The row is the queue: a nudge that is lost costs seconds, never a mail.

The only file here that knows celery. A thread of its own sends, so that no answer to a sender or a browser waits for the broker; a
process that never calls `connect` nudges nobody, and the timers find its rows.
"""

from __future__ import annotations

import atexit
import logging
import queue
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger("helpdesk.wake")
TASKS = {
    "process": ("workers.tasks.process", "ingest"),
    "deliver": ("workers.tasks.deliver", "outbox"),
    "post": ("workers.tasks.post", "outbox"),
}
MOST_WAITING = 10_000  # nudges; more are dropped, since a worker that is so far behind needs none
MOST_IN_ONE = 8  # rows named by one message: few enough that one worker's thread does not keep them from the others
PAUSE = 2.0  # seconds without a try after the broker did not answer
LAST_WORDS = 3.0  # seconds that a process gives its last nudges when it ends
_KEY = "helpdesk.nudges"

Nudge = tuple[str, int]


class _Bell:
    """Sends nudges from a thread of its own, many rows to a message."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._waiting: queue.Queue[Nudge] = queue.Queue(MOST_WAITING)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wake", daemon=True)
        self._thread.start()

    def ring(self, nudges: list[Nudge]) -> None:
        for nudge in nudges:
            try:
                self._waiting.put_nowait(nudge)
            except queue.Full:
                return

    def end(self) -> None:
        self._ending.set()
        self._thread.join(LAST_WORDS)

    def _run(self) -> None:
        while not (self._ending.is_set() and self._waiting.empty()):
            try:
                nudges = [self._waiting.get(timeout=0.2)]
            except queue.Empty:
                continue
            while len(nudges) < 500 and not self._waiting.empty():
                nudges.append(self._waiting.get_nowait())
            try:
                self._send(nudges)
            except Exception as error:  # noqa: BLE001  (any trouble of the broker: the rows are committed, a timer finds them)
                log.warning("%d nudges lost, a timer will find their rows: %s", len(nudges), type(error).__name__)
                self._ending.wait(PAUSE)

    def _send(self, nudges: list[Nudge]) -> None:
        rows: dict[str, list[int]] = defaultdict(list)
        for what, number in dict.fromkeys(nudges):
            rows[what].append(number)
        for what, numbers in rows.items():
            task, to = TASKS[what]
            for start in range(0, len(numbers), MOST_IN_ONE):
                self._app.send_task(task, args=numbers[start : start + MOST_IN_ONE], queue=to)


_bell: list[_Bell] = []


def connect(app: Celery) -> None:
    """Nudge through this Celery application from now on, in this process; what still waits at its end is sent then."""
    disconnect()
    atexit.register(disconnect)
    _bell.append(_Bell(app))


def disconnect() -> None:
    """Send what still waits, a few seconds at most, and nudge nobody any more."""
    atexit.unregister(disconnect)
    while _bell:
        _bell.pop().end()


def producer(broker_url: str) -> Celery:
    """A Celery application that only sends: gives up at once when the broker is away, since the row is already safe."""
    from celery import Celery

    app = Celery("helpdesk", broker=celery_url(broker_url), set_as_current=False)
    app.conf.update(sending_options())
    return app


def sending_options() -> dict[str, Any]:
    """How every process of ours sends: json only, and no waiting for a broker that is away."""
    return {
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_publish_retry": False,
        "broker_connection_timeout": 2,
        "broker_transport_options": {
            "visibility_timeout": 900,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.01,
        },
    }


def later(session: Session, what: str, number: int) -> None:
    """Nudge `what` ("process", "deliver" or "post") for row `number` once this session's transaction has committed."""
    session.info.setdefault(_KEY, []).append((what, number))


def taken_from(session: Session) -> list[Nudge]:
    """The nudges of a transaction, each once; the session forgets them."""
    return list(dict.fromkeys(session.info.pop(_KEY, [])))


def ring(nudges: list[Nudge]) -> None:
    """Hand the nudges over and return at once; a broker that is away is logged, never raised and never waited for."""
    for bell in _bell:
        bell.ring(nudges)


def celery_url(url: str) -> str:
    """redis-py says unix://, Celery says redis+socket://."""
    return url.replace("unix://", "redis+socket://", 1)
