"""After a commit, nudge the worker; best effort. The row is the queue: a nudge that is lost costs seconds, never a mail.

The only file here that knows celery. A process that never calls `connect` nudges nobody, and the timers find its rows.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger("helpdesk.wake")
TASKS = {"process": ("workers.tasks.process", "ingest"), "deliver": ("workers.tasks.deliver", "outbox")}
_KEY = "helpdesk.nudges"
_producer: list[Celery] = []

Nudge = tuple[str, int]


def connect(app: Celery) -> None:
    """Nudge through this Celery application from now on, in this process."""
    _producer[:] = [app]


def producer(broker_url: str) -> Celery:
    """A Celery application that only sends: gives up at once when the broker is away, since the row is already safe."""
    from celery import Celery

    app = Celery("helpdesk", broker=celery_url(broker_url))
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
        },
    }


def later(session: Session, what: str, number: int) -> None:
    """Nudge `what` ("process" or "deliver") for row `number` once this session's transaction has committed."""
    session.info.setdefault(_KEY, []).append((what, number))


def taken_from(session: Session) -> list[Nudge]:
    """The nudges of a transaction, each once; the session forgets them."""
    return list(dict.fromkeys(session.info.pop(_KEY, [])))


def ring(nudges: list[Nudge]) -> None:
    """Send the nudges; a broker that is away is logged, never raised."""
    if not _producer:
        return
    for what, number in nudges:
        task, queue = TASKS[what]
        try:
            _producer[0].send_task(task, args=[number], queue=queue)
        except Exception as error:  # noqa: BLE001  (any trouble of the broker: the row is committed, a timer finds it)
            log.warning("nudge lost, the sweep will find it: %s", error.__class__.__name__)
            return


def celery_url(url: str) -> str:
    """redis-py says unix://, Celery says redis+socket://."""
    return url.replace("unix://", "redis+socket://", 1)
