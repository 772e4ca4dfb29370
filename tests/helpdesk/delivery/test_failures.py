"""What a failed delivery changes: the message, its author, the ticket, and what the address gets from then on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from helpdesk import db, outbox
from helpdesk.delivery import failures, suppression
from helpdesk.delivery.failures import Blame, Failure
from helpdesk.errors import NotAllowed, NotFound
from helpdesk.models import DeliveryProblem, Event, OutboxMessage, OutboxState, Suppression
from helpdesk.permissions import Via, viewer_of
from tests.workers.conftest import Scene

ALICE = "alice@example.com"
HARD = Failure("failed", "5.1.1", "550 5.1.1 mailbox unknown")
SOFT = Failure("delayed", "4.4.1", "451 4.4.1 no answer")

BLAMED = [
    ("an unknown mailbox", Failure("failed", "5.1.1"), Blame.HARD),
    ("a domain without mail", Failure("failed", "5.1.2"), Blame.HARD),
    ("a mailbox that was closed", Failure("failed", "5.2.1"), Blame.HARD),
    ("a failure that says nothing more", Failure("failed", "5.0.0"), Blame.HARD),
    ("no way to the host", Failure("failed", "5.4.4"), Blame.HARD),
    ("a full mailbox is emptied some day", Failure("failed", "5.2.2"), Blame.SOFT),
    ("a time that ran out", Failure("failed", "5.4.7"), Blame.SOFT),
    ("given up for now", Failure("failed", "4.4.7"), Blame.SOFT),
    ("still tried", Failure("delayed", "4.4.1"), Blame.SOFT),
    ("still tried, whatever the code", Failure("delayed", "5.1.1"), Blame.SOFT),
    ("too big is not the address", Failure("failed", "5.2.3"), Blame.OTHER),
    ("too big for their system", Failure("failed", "5.3.4"), Blame.OTHER),
    ("our own address is refused", Failure("failed", "5.1.8"), Blame.OTHER),
    ("a loop", Failure("failed", "5.4.6"), Blame.OTHER),
    ("a protocol error", Failure("failed", "5.5.2"), Blame.OTHER),
    ("the content", Failure("failed", "5.6.1"), Blame.OTHER),
    ("policy", Failure("failed", "5.7.1"), Blame.OTHER),
    ("a policy of three digits", Failure("failed", "5.7.606"), Blame.OTHER),
    ("greylisting", Failure("delayed", "4.7.1"), Blame.OTHER),
    ("a code that only begins like another", Failure("failed", "5.1.10"), Blame.HARD),
    ("a report without a code", Failure("failed", None, "gone", inbound_mail_id=1), Blame.SOFT),
    ("a peer without a code", Failure("failed", None, "connection refused"), Blame.OTHER),
    ("a complaint", Failure("complaint"), Blame.COMPLAINT),
]


@pytest.mark.parametrize(("failure", "blame"), [case[1:] for case in BLAMED], ids=[case[0] for case in BLAMED])
def test_what_a_failure_says_of_the_address(failure: Failure, blame: Blame) -> None:
    assert failures.blamed(failure) == blame


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """Alice has asked and bob has answered."""
    scene = Scene(engine)
    bob = scene.person("bob@help.test", "Bob", "agent")
    scene.opens()
    scene.writes(bob, "Use water.")
    _set(engine, state=OutboxState.SENT)
    return scene


def _set(engine: Engine, **columns: Any) -> None:
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(**columns))


def _happens(scene: Scene, *told: Failure, kind: str = "reply") -> list[Blame]:
    blames = []
    for failure in told:
        with db.transaction(scene.engine) as session:
            message = session.get_one(OutboxMessage, scene.message(kind).id, with_for_update=True)
            blames.append(failures.happened(session, message, failure))
    return blames


def _happens_to_each(scene: Scene, *told: Failure) -> None:
    """One failure for each of so many new answers."""
    for failure in told:
        number = _writes_again(scene).id
        with db.transaction(scene.engine) as session:
            failures.happened(session, session.get_one(OutboxMessage, number, with_for_update=True), failure)


def _stopped(scene: Scene) -> dict[str, bool]:
    with db.transaction(scene.engine) as session:
        return dict(session.execute(select(Suppression.address, Suppression.only_automatic)).all())


def _events(scene: Scene) -> list[dict[str, Any]]:
    with db.transaction(scene.engine) as session:
        return list(session.scalars(select(Event.data).where(Event.kind == "delivery_problem").order_by(Event.id)))


def _writes_again(scene: Scene) -> OutboxMessage:
    scene.writes(scene.person("bob@help.test", "Bob", "agent"), "Use more water.")
    return scene.outbox("reply")[-1]


def test_a_dead_address_is_stopped_and_the_author_told_once(scene: Scene) -> None:
    assert _happens(scene, HARD, HARD, Failure("failed", "5.1.1", "the report that follows", None)) == [Blame.HARD] * 3
    told = scene.message("delivery_problem")
    assert (told.recipient, told.data["recipient"], told.data["answer"]) == ("bob@help.test", ALICE, "550 5.1.1 mailbox unknown")
    assert scene.message("reply").state == OutboxState.FAILED
    assert _stopped(scene) == {ALICE: False}
    first = {"address": ALICE, "action": "failed", "status": "5.1.1", "what": "hard"}
    assert _events(scene) == [first] * 3


def test_a_refusal_that_is_not_about_the_address_fails_the_message_alone(scene: Scene) -> None:
    _happens(scene, Failure("failed", "5.7.1", "550 5.7.1 not from you"))
    assert scene.message("reply").state == OutboxState.FAILED
    assert scene.message("delivery_problem").data["delayed"] is False
    assert _stopped(scene) == {}
    assert _writes_again(scene).state == OutboxState.QUEUED


def test_the_fourth_message_that_failed_softly_in_30_days_stops_the_address(scene: Scene) -> None:
    _happens_to_each(scene, SOFT)
    with db.transaction(scene.engine) as session:
        session.execute(update(DeliveryProblem).values(at=func.now() - timedelta(days=31)))
    _happens_to_each(scene, SOFT, SOFT, Failure("delayed", "4.7.1", "greylisted"), SOFT)
    assert _stopped(scene) == {}
    assert scene.outbox("delivery_problem") == []
    _happens_to_each(scene, Failure("failed", "4.4.7", "gave up"))
    assert _stopped(scene) == {ALICE: False}
    assert {one.data["answer"] for one in scene.outbox("delivery_problem")} == {"gave up"}


def test_many_warnings_about_one_message_are_one_failure(scene: Scene) -> None:
    _happens(scene, SOFT, SOFT, SOFT, SOFT, SOFT)
    assert _stopped(scene) == {}


def test_what_was_delayed_and_then_arrived_counts_against_nobody(scene: Scene) -> None:
    _happens(scene, SOFT, SOFT, SOFT)
    with db.transaction(scene.engine) as session:
        failures.arrived(session, session.get_one(OutboxMessage, scene.message("reply").id), "250 taken")
    assert scene.message("reply").last_answer == "250 taken"
    _happens(scene, SOFT)
    assert _stopped(scene) == {}


def test_a_complaint_stops_automatic_mail_and_a_failure_all(scene: Scene) -> None:
    _happens(scene, Failure("complaint", None, "complaint: abuse"))
    assert (_stopped(scene), scene.message("reply").state) == ({ALICE: True}, OutboxState.SENT)
    assert scene.outbox("delivery_problem") == []
    _happens(scene, HARD)
    assert _stopped(scene) == {ALICE: False}
    _happens(scene, Failure("complaint", None, "complaint: abuse"))
    assert _stopped(scene) == {ALICE: False}


def test_nobody_is_told_of_automatic_mail(scene: Scene) -> None:
    _happens(scene, HARD, kind="acknowledgement")
    assert (scene.outbox("delivery_problem"), _stopped(scene)) == ([], {ALICE: False})


def test_a_delay_is_told_once_and_the_failure_after_it(scene: Scene) -> None:
    with db.transaction(scene.engine) as session:
        message = session.get_one(OutboxMessage, scene.message("reply").id)
        for delayed in (True, True, False, True, False):
            failures.tell_author(session, message, "451 later", delayed=delayed)
    assert [row.data["delayed"] for row in scene.outbox("delivery_problem")] == [True, False]


def test_what_waits_for_a_dead_address_stops_and_its_author_is_told(scene: Scene) -> None:
    waiting = _writes_again(scene).id
    with db.transaction(scene.engine) as session:
        message = session.get_one(OutboxMessage, scene.outbox("reply")[0].id, with_for_update=True)
        failures.happened(session, message, HARD)
    row = scene.outbox("reply")[1]
    assert (row.id, row.state, row.last_answer) == (waiting, OutboxState.SUPPRESSED, "not deliverable: 550 5.1.1 mailbox unknown")
    assert [one.data["about"] for one in scene.outbox("delivery_problem")] == [message.id, waiting]


def test_an_agent_who_answers_a_stopped_address_is_told(scene: Scene) -> None:
    _happens(scene, HARD)
    row = _writes_again(scene)
    assert row.state == OutboxState.SUPPRESSED
    told = scene.outbox("delivery_problem")[-1]
    assert (told.recipient, told.data["about"]) == ("bob@help.test", row.id)
    assert told.data["answer"] == "not deliverable: 550 5.1.1 mailbox unknown"


def test_a_message_that_is_sent_again_has_its_problems_behind_it(scene: Scene) -> None:
    _happens(scene, Failure("failed", "5.7.1", "550 5.7.1 no"))
    with db.transaction(scene.engine) as session:
        assert outbox.send_again(session, scene.message("reply").id)
        assert session.scalars(select(DeliveryProblem.action)).all() == ["overcome"]


# --- another chance


def test_only_an_administrator_lifts_and_that_is_audited(scene: Scene) -> None:
    _happens(scene, HARD)
    bob, dora = scene.person("bob@help.test", "Bob", "agent"), scene.person("dora@help.test", "Dora", "admin")
    with db.transaction(scene.engine) as session, pytest.raises(NotAllowed):
        suppression.lift(session, viewer_of(bob, Via.WEB), ALICE)
    with db.transaction(scene.engine) as session:
        suppression.lift(session, viewer_of(dora, Via.WEB), " Alice@Example.com ")
        with pytest.raises(NotFound):
            suppression.lift(session, viewer_of(dora, Via.WEB), ALICE)
        event = session.scalars(select(Event).where(Event.kind == "mail_resumed")).one()
    assert event.actor_id == dora.id
    assert event.data == {"address": ALICE, "reason": "not deliverable: 550 5.1.1 mailbox unknown"}
    assert _writes_again(scene).state == OutboxState.QUEUED


def test_soft_failures_before_another_chance_do_not_count(scene: Scene) -> None:
    _happens_to_each(scene, SOFT, SOFT, SOFT, SOFT)
    assert _stopped(scene) == {ALICE: False}
    dora = scene.person("dora@help.test", "Dora", "admin")
    with db.transaction(scene.engine) as session:
        suppression.lift(session, viewer_of(dora, Via.WEB), ALICE)
    _happens_to_each(scene, SOFT, SOFT, SOFT)
    assert _stopped(scene) == {}
    _happens_to_each(scene, SOFT)
    assert _stopped(scene) == {ALICE: False}


@pytest.mark.parametrize(
    ("told", "later", "lifted"),
    [(HARD, 1, True), (HARD, -1, False), (Failure("complaint"), 1, False)],
    ids=["written since", "written before it failed", "who complained stays undisturbed"],
)
def test_an_address_whose_owner_writes_gets_mail_again(scene: Scene, told: Failure, later: int, lifted: bool) -> None:
    _happens(scene, told)
    with db.transaction(scene.engine) as session:
        now = session.execute(select(func.now())).scalar_one()
        assert suppression.lift_by_their_mail(session, ALICE, now + timedelta(minutes=later)) is lifted
        assert not suppression.lift_by_their_mail(session, "charlie@example.com", now)
    assert (_stopped(scene) == {}) is lifted
