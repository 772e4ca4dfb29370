"""The worker and the clock as processes, on a real broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.contrib.testing.worker import start_worker

from helpdesk import wake
from helpdesk.errors import BadSetting
from helpdesk.installation import Installation
from helpdesk.settings import Settings
from mail_ingest import intake, process
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.letters import letter
from tests.smtp_sink import Sink
from tests.workers.conftest import Scene
from workers import celery_app

US = Envelope("alice@example.com", ("support@help.test",))


@pytest.fixture
def broker(settings: Settings) -> Iterator[redis.Redis]:
    path, _, number = (settings.broker_url or "").removeprefix("redis+socket://").partition("?virtual_host=")
    with redis.Redis(unix_socket_path=path, db=int(number)) as client:
        yield client


@pytest.fixture
def nudging(settings: Settings) -> Iterator[Callable[[], None]]:
    """From the call on, what this process commits is nudged for, as in a process that opened an installation."""
    yield lambda: wake.connect(wake.producer(settings.broker_url or ""))
    wake.disconnect()


@pytest.fixture
def working(relayed: Installation) -> Iterator[None]:
    """A worker in threads of this process."""
    with process.opened(relayed, children=1) as tools:
        app = celery_app.worker_app(tools)
        options = {"pool": "threads", "concurrency": 4, "queues": list(celery_app.QUEUES)}
        # WARNING is where the root logger stands: celery sets it for the whole process, and other tests read what was logged
        with start_worker(app, perform_ping_check=False, loglevel="WARNING", **options) as worker:
            threads = worker.pool.executor
            yield
        threads.shutdown()  # the testing worker does not wait for what runs, and the database is about to go


def _mail(number: int = 0) -> Arrival:
    raw = letter(f"alice{number} <alice{number}@example.com>", "support@help.test", f"Printer {number}", "It burns.")
    return Arrival(raw, US, "test")


def _tick(settings: Settings, name: str = "sweep") -> None:
    """What the clock does."""
    entry = celery_app.TIMETABLE[name]
    wake.producer(settings.broker_url or "").send_task(entry["task"], **entry["options"])


def _until_all_came(settings: Settings, sink: Sink, count: int) -> list[str]:
    """Tick until `count` people have mail; gives the recipients of all mail that came."""
    while len({mail.rcpt_to for mail in sink.received}) < count:
        _tick(settings)
        sink.wait_briefly()
    return sorted(mail.rcpt_to[0] for mail in sink.received)


@pytest.mark.usefixtures("working")
def test_a_mail_that_came_in_is_acknowledged_without_waiting_for_a_timer(
    relayed: Installation, sink: Sink, nudging: Callable[[], None]
) -> None:
    nudging()
    intake.accept(relayed.engine, _mail())
    (answer,) = sink.wait_for(1)
    assert answer.message["Subject"] == "Re: [ELM-001] Printer 0"
    assert answer.message["Auto-Submitted"] == "auto-replied"


@pytest.mark.usefixtures("working")
def test_what_was_never_nudged_for_is_found_by_the_clock(
    relayed: Installation, settings: Settings, sink: Sink, nudging: Callable[[], None]
) -> None:
    """F06: the broker was away while mail came in."""
    for number in range(20):
        intake.accept(relayed.engine, _mail(number))
    nudging()
    assert _until_all_came(settings, sink, 20) == sorted(f"alice{number}@example.com" for number in range(20))


@pytest.mark.usefixtures("working")
def test_a_broker_that_forgot_everything_loses_nothing(
    relayed: Installation, settings: Settings, sink: Sink, broker: redis.Redis, nudging: Callable[[], None]
) -> None:
    """F07: FLUSHALL in mid-run; producers, the clock and the worker go on without being started again."""
    nudging()
    for number in range(40):
        intake.accept(relayed.engine, _mail(number))
        if number % 10 == 5:
            broker.flushdb()
    assert _until_all_came(settings, sink, 40) == sorted(f"alice{number}@example.com" for number in range(40))


@pytest.mark.usefixtures("working")
def test_only_json_and_only_our_tasks_are_taken(
    scene: Scene, settings: Settings, sink: Sink, tmp_path: Path, nudging: Callable[[], None]
) -> None:
    """A83."""
    trap = tmp_path / "trap"
    scene.opens()
    producer = wake.producer(settings.broker_url or "")
    producer.conf.accept_content = ["json", "pickle"]
    producer.send_task("workers.tasks.deliver", args=[_Trap(str(trap))], queue="outbox", serializer="pickle")
    producer.send_task("os.system", args=[f"touch {trap}"], queue="outbox")
    nudging()
    _tick(settings)
    sink.wait_for(1)
    assert not trap.exists()


class _Trap:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, int]]:
        return os.open, (self.path, os.O_CREAT)


def _process(name: str, settings: Settings, cwd: Path, **environment: str) -> subprocess.Popen[bytes]:
    assert settings.database_url
    assert settings.broker_url
    assert settings.secret_key
    return subprocess.Popen(
        [sys.executable, "-m", "helpdesk.cli.main", name],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "HELPDESK_DATABASE_URL": settings.database_url,
            "HELPDESK_BROKER_URL": settings.broker_url,
            "HELPDESK_DATA_DIR": str(settings.data_dir),
            "HELPDESK_SUPPORT_ADDRESS": "support@help.test",
            "HELPDESK_SECRET_KEY": settings.secret_key.get_secret_value(),
            **environment,
        },
    )


def test_the_clock_ticks_keeps_no_file_and_ends_when_asked(settings: Settings, broker: redis.Redis, tmp_path: Path) -> None:
    where = tmp_path / "cwd"
    where.mkdir()
    clock = _process("beat", settings, where)
    try:
        found = broker.blpop(["timers"], timeout=60)
        assert found is not None
        assert b"workers.tasks." in found[1]
    finally:
        clock.send_signal(signal.SIGTERM)
        status = clock.wait(30)
    assert status == 0
    assert list(where.iterdir()) == []


def test_a_worker_finishes_what_it_began_when_asked_to_end(
    settings: Settings, scene: Scene, sink: Sink, tmp_path: Path, nudging: Callable[[], None]
) -> None:
    nudging()
    scene.opens()
    worker = _process("worker", settings, tmp_path, HELPDESK_OUTBOUND=sink.url)
    try:
        sink.wait_for(1)
    finally:
        worker.send_signal(signal.SIGTERM)
        status = worker.wait(30)
    assert status == 0
    assert scene.message("acknowledgement").state == "sent"


@pytest.mark.parametrize("start", [celery_app.run_beat])
def test_without_a_broker_named_there_is_one_sentence(settings: Settings, start: Callable[[Settings], int]) -> None:
    with pytest.raises(BadSetting, match="HELPDESK_BROKER_URL"):
        start(settings.model_copy(update={"broker_url": None}))
