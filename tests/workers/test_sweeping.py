from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, update

from helpdesk import db, wake
from helpdesk.installation import Installation
from helpdesk.models import OutboxMessage
from mail_ingest import intake
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.workers.conftest import Scene
from workers import sweeping


@pytest.fixture
def waiting(house: Installation, scene: Scene) -> Iterator[dict[str, int]]:
    """One mail in and one mail out that nobody was nudged for; gives how full the queues are, for a test to change."""
    scene.opens()
    intake.accept(house.engine, Arrival(b"Subject: x\r\n\r\nx", Envelope("alice@example.com", ("support@help.test",)), "test"))
    yield {"ingest": 0, "outbox": 0}


def test_everything_that_is_due_is_nudged_for(house: Installation, waiting: dict[str, int]) -> None:
    assert sweeping.sweep(house, waiting.__getitem__) == 2
    assert sweeping.sweep(house, waiting.__getitem__) == 2  # nobody worked: nudged for again


def test_what_waits_for_its_time_or_is_being_done_is_not(house: Installation, waiting: dict[str, int]) -> None:
    with db.transaction(house.engine) as session:
        session.execute(update(OutboxMessage).values(lease_until=func.now() + func.make_interval(0, 0, 0, 0, 1)))
    assert sweeping.sweep(house, waiting.__getitem__) == 1


@pytest.mark.parametrize(("queue", "nudges"), [("ingest", 1), ("outbox", 1)])
def test_a_queue_full_of_nudges_gets_no_more(house: Installation, waiting: dict[str, int], queue: str, nudges: int) -> None:
    waiting[queue] = sweeping.FULL
    assert sweeping.sweep(house, waiting.__getitem__) == nudges


def test_of_two_sweeps_at_once_one_works(house: Installation, waiting: dict[str, int]) -> None:
    with db.transaction(house.engine) as session:
        assert db.is_alone(session, "sweep")
        assert sweeping.sweep(house, waiting.__getitem__) == 0


def test_the_names_and_queues_of_nudges_are_those_of_the_tasks() -> None:
    from workers import tasks
    from workers.celery_app import QUEUES

    assert {name for name, _ in wake.TASKS.values()} <= {f"workers.tasks.{task.__name__}" for task in tasks.ALL}
    assert {queue for _, queue in wake.TASKS.values()} <= set(QUEUES)
