from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from helpdesk import db, outbox, wake
from helpdesk.models import OutboxMessage, OutboxState, Suppression


def _enqueued(engine: Engine, kind: str = "reply", recipient: str = "alice@example.com", delay: timedelta = timedelta(0)) -> int:
    with db.transaction(engine) as session:
        return outbox.enqueue(session, kind, recipient, delay=delay).id


def _row(engine: Engine, number: int) -> OutboxMessage:
    with db.transaction(engine) as session:
        return session.get_one(OutboxMessage, number)


def _claimed(engine: Engine, number: int) -> OutboxMessage | None:
    with db.transaction(engine) as session:
        return outbox.claim(session, number)


def _age(engine: Engine, number: int, **columns: object) -> None:
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == number).values(**columns))


def _due(engine: Engine) -> list[int]:
    with db.transaction(engine) as session:
        return outbox.due(session, 10)


def test_a_message_is_due_at_once_and_its_nudge_waits_for_the_commit(engine: Engine) -> None:
    with db.transaction(engine) as session:
        number = outbox.enqueue(session, "reply", "alice@example.com").id
        assert wake.taken_from(session) == [("deliver", number)]
    assert _due(engine) == [number]


def test_a_delayed_message_is_neither_due_nor_nudged_nor_claimed(engine: Engine) -> None:
    with db.transaction(engine) as session:
        number = outbox.enqueue(session, "reply", "alice@example.com", delay=timedelta(seconds=15)).id
        assert wake.taken_from(session) == []
    assert _due(engine) == []
    assert _claimed(engine, number) is None
    _age(engine, number, due_at=func.now() - timedelta(seconds=1))
    assert _due(engine) == [number]


def test_only_one_holds_a_message(engine: Engine) -> None:
    number = _enqueued(engine)
    first = _claimed(engine, number)
    assert first is not None
    assert first.attempts == 1
    assert _claimed(engine, number) is None
    assert _due(engine) == []


def test_a_lease_that_ran_out_lets_another_try_and_the_first_records_nothing_any_more(engine: Engine) -> None:
    number = _enqueued(engine)
    first = _claimed(engine, number)
    _age(engine, number, lease_until=func.now() - timedelta(seconds=1))
    assert _due(engine) == [number]
    second = _claimed(engine, number)
    assert first is not None
    assert first.lease is not None
    assert second is not None
    assert second.lease is not None
    with db.transaction(engine) as session:
        assert not outbox.composed(session, number, first.lease, {"subject": "the dead speak"})
        assert not outbox.sent(session, number, first.lease, "250 ok")
        assert not outbox.bury(session, number, first.lease, "550 no")
        assert not outbox.retry_later(session, first, "451 later")
        assert outbox.sent(session, number, second.lease, "250 ok")
    row = _row(engine, number)
    assert (row.state, row.subject, row.attempts) == (OutboxState.SENT, None, 2)


@pytest.mark.parametrize("was_composed", [False, True])
def test_whoever_takes_over_a_composed_message_says_that_it_may_arrive_twice(engine: Engine, was_composed: bool) -> None:
    number = _enqueued(engine)
    assert _claimed(engine, number) is not None
    _age(engine, number, lease_until=func.now() - timedelta(seconds=1), mime=b"Subject: x" if was_composed else None)
    assert _claimed(engine, number) is not None
    assert _row(engine, number).ambiguous is was_composed


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 180), (6, 360), (7, 360), (20, 360)]
)  # fmt: skip
def test_retries_wait_longer_and_longer(engine: Engine, attempts: int, minutes: int) -> None:
    number = _enqueued(engine)
    _age(engine, number, attempts=attempts - 1)
    message = _claimed(engine, number)
    assert message is not None
    with db.transaction(engine) as session:
        now = session.execute(select(func.now())).scalar_one()
        assert outbox.retry_later(session, message, "451 greylisted")
    row = _row(engine, number)
    assert row.state == OutboxState.QUEUED
    assert row.due_at - now == timedelta(minutes=minutes)
    assert (row.lease, row.last_answer, row.ambiguous) == (None, "451 greylisted", False)


def test_after_five_days_a_message_is_given_up(engine: Engine) -> None:
    number = _enqueued(engine)
    _age(engine, number, created_at=func.now() - timedelta(days=5, minutes=1))
    message = _claimed(engine, number)
    assert message is not None
    with db.transaction(engine) as session:
        outbox.retry_later(session, message, "451 greylisted")
    assert _row(engine, number).state == OutboxState.FAILED
    assert _due(engine) == []


def test_what_was_sent_or_buried_is_never_claimed_again(engine: Engine) -> None:
    for finish in (outbox.sent, outbox.bury):
        number = _enqueued(engine)
        message = _claimed(engine, number)
        assert message is not None
        assert message.lease is not None
        with db.transaction(engine) as session:
            finish(session, number, message.lease, "the last word")
        assert _claimed(engine, number) is None
        assert _row(engine, number).last_answer == "the last word"


@pytest.mark.parametrize(
    ("kind", "recipient", "only_automatic", "state"),
    [
        pytest.param("reply", "alice@example.com", False, OutboxState.SUPPRESSED, id="a dead address gets nothing"),
        pytest.param(
            "acknowledgement", "alice@example.com", True, OutboxState.SUPPRESSED, id="who complained gets no automatic mail"
        ),
        pytest.param("reply", "Alice@Example.COM", True, OutboxState.QUEUED, id="who complained still gets an agent's answer"),
        pytest.param("acknowledgement", "no-reply@example.com", None, OutboxState.SUPPRESSED, id="robots get no automatic mail"),
        pytest.param("reply", "no-reply@example.com", None, OutboxState.QUEUED, id="an agent may write to anybody"),
        pytest.param(
            "acknowledgement", "noreply.fan@example.com", None, OutboxState.QUEUED, id="a name that only looks like a robot"
        ),
    ],
)
def test_who_gets_no_mail(engine: Engine, kind: str, recipient: str, only_automatic: bool | None, state: OutboxState) -> None:
    if only_automatic is not None:
        with db.transaction(engine) as session:
            session.add(Suppression(address="alice@example.com", reason="bounced", only_automatic=only_automatic))
    number = _enqueued(engine, kind, recipient)
    row = _row(engine, number)
    assert row.state == state
    assert (row.last_answer is not None) == (state == OutboxState.SUPPRESSED)
