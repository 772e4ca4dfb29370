"""When the next try is, who holds a delivery, when a webhook is switched off, and how far the log goes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from helpdesk import db
from helpdesk.models import Webhook, WebhookDelivery
from helpdesk.permissions import SYSTEM
from helpdesk.webhooks import deliveries, hooks
from helpdesk.webhooks.deliveries import GIVE_UP_AFTER, JITTER, WAITS, Answer, Claimed
from tests.helpdesk.webhooks.conftest import Make
from tests.workers.conftest import Scene

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("attempts", "retry_after", "waits"),
    [
        (1, None, timedelta(seconds=5)),
        (2, None, 5 * MINUTE),
        (4, None, 2 * HOUR),
        (8, None, 20 * HOUR),
        (50, None, 20 * HOUR),
        (1, timedelta(0), timedelta(seconds=5)),
        (1, 2 * MINUTE, 2 * MINUTE),
        (2, 2 * MINUTE, 5 * MINUTE),
        (1, timedelta(days=400), DAY),
    ],
)
def test_the_next_try_is_later_each_time_and_as_late_as_was_asked(
    attempts: int, retry_after: timedelta | None, waits: timedelta
) -> None:
    assert deliveries.wait(attempts, 0.5, retry_after) == waits


@pytest.mark.parametrize("attempts", range(1, len(WAITS) + 1))
def test_waits_are_spread(attempts: int) -> None:
    early, late = (deliveries.wait(attempts, chance) for chance in (0.0, 1.0))
    assert (early, late) == (WAITS[attempts - 1] * (1 - JITTER), min(WAITS[attempts - 1] * (1 + JITTER), DAY))


def test_all_waits_together_fill_three_days() -> None:
    assert timedelta(days=2) < sum(WAITS, timedelta(0)) < GIVE_UP_AFTER


def _claim(engine: Engine, hook: int) -> Claimed | None:
    with db.transaction(engine) as session:
        return deliveries.claim(session, hook)


def _record(engine: Engine, claimed: Claimed | None, answer: Answer) -> None:
    assert claimed is not None
    with db.transaction(engine) as session:
        deliveries.record(session, claimed, answer, 0.5)


def _waits(engine: Engine) -> list[timedelta]:
    """How long each delivery still waits, to the second."""
    with db.transaction(engine) as session:
        found = session.scalars(select(func.extract("epoch", WebhookDelivery.due_at - func.now())).order_by(WebhookDelivery.id))
        return [timedelta(seconds=round(one)) for one in found]


def test_each_is_held_by_one_and_the_oldest_comes_first(scene: Scene, engine: Engine, make: Make) -> None:
    hook = make()
    scene.opens()
    scene.opens()
    first, second = _claim(engine, hook), _claim(engine, hook)
    assert first is not None
    assert second is not None
    assert (first.id < second.id, first.attempt, _claim(engine, hook)) == (True, 1, None)
    with db.transaction(engine) as session:
        assert deliveries.due(session) == []


def test_its_neighbours_wait_with_one_that_was_not_taken_but_never_long(scene: Scene, engine: Engine, make: Make) -> None:
    hook = make()
    for _ in range(2):
        scene.opens()
    _record(engine, _claim(engine, hook), Answer(500, ""))
    assert all(timedelta(0) < one <= timedelta(seconds=5) for one in _waits(engine))
    with db.transaction(engine) as session:
        session.execute(update(WebhookDelivery).values(due_at=func.now(), attempts=6))
    _record(engine, _claim(engine, hook), Answer(500, ""))
    first, second = _waits(engine)
    assert (first > 13 * HOUR, 4 * MINUTE < second <= 5 * MINUTE) == (True, True)


def test_they_wait_as_long_as_the_receiver_asked_for(scene: Scene, engine: Engine, make: Make) -> None:
    hook = make()
    for _ in range(2):
        scene.opens()
    _record(engine, _claim(engine, hook), Answer(429, "", HOUR))
    assert all(59 * MINUTE < one <= HOUR for one in _waits(engine))


def test_other_webhooks_do_not_wait(scene: Scene, engine: Engine, make: Make) -> None:
    failing, well = make(), make()
    scene.opens()
    _record(engine, _claim(engine, failing), Answer(None, "no answer"))
    with db.transaction(engine) as session:
        assert deliveries.due(session) == [well]


def test_a_webhook_is_failing_from_its_first_failure_to_its_next_success(scene: Scene, engine: Engine, make: Make) -> None:
    hook = make()
    scene.opens()
    scene.opens()
    one, two = _claim(engine, hook), _claim(engine, hook)
    _record(engine, one, Answer(500, "x" * 1000))
    with db.transaction(engine) as session:
        assert session.get_one(Webhook, hook).failing_since is not None
        assert session.scalars(select(WebhookDelivery.last_answer).where(WebhookDelivery.last_answer.is_not(None))).all() == [
            "x" * 500
        ]
    _record(engine, two, Answer(204, ""))
    with db.transaction(engine) as session:
        assert session.get_one(Webhook, hook).failing_since is None


@pytest.mark.parametrize(
    ("failing", "active", "count"), [(None, True, 0), (2 * DAY, True, 0), (3 * DAY + MINUTE, True, 1), (4 * DAY, False, 0)]
)
def test_three_days_without_a_success_switch_it_off(
    failing: timedelta | None, active: bool, count: int, engine: Engine, make: Make
) -> None:
    hook = make()
    with db.transaction(engine) as session:
        since = func.now() - failing if failing is not None else None
        session.execute(update(Webhook).values(failing_since=since, active=active))
    with db.transaction(engine) as session:
        assert deliveries.switch_off_failing(session) == count
    with db.transaction(engine) as session:
        assert session.get_one(Webhook, hook).active == (active and not count)


def test_the_log_goes_back_thirty_days(scene: Scene, engine: Engine, make: Make) -> None:
    make()
    for _ in range(3):
        scene.opens()
    with db.transaction(engine) as session:
        old = update(WebhookDelivery).where(WebhookDelivery.id <= 2)
        session.execute(old.values(created_at=func.now() - timedelta(days=31)))
    with db.transaction(engine) as session:
        assert [deliveries.forget(session, 1) for _ in range(3)] == [1, 1, 0]
        assert session.scalars(select(WebhookDelivery.id)).all() == [3]


def test_what_waits_is_given_up_when_it_is_switched_off(scene: Scene, engine: Engine, make: Make) -> None:
    hook = make()
    scene.opens()
    with db.transaction(engine) as session:
        hooks.change(session, hooks.one(session, SYSTEM, hook, lock=True), SYSTEM, active=False)
    with db.transaction(engine) as session:
        (row,) = session.scalars(select(WebhookDelivery))
        assert (row.state, row.last_answer) == ("given_up", "Switched off.")
