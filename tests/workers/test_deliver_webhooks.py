"""What happened reaches a real receiver: taken, tried again, given up, switched off, replayed; at least once, under one id."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from helpdesk import db
from helpdesk.errors import NotFound
from helpdesk.installation import Installation
from helpdesk.models import DeliveryState, OutboxMessage, Webhook, WebhookDelivery
from helpdesk.permissions import SYSTEM
from helpdesk.webhooks import deliveries, hooks
from tests import webhook_receiver
from tests.webhook_receiver import Receiver, hangs_up, says
from tests.workers.conftest import Scene
from workers import deliver_webhooks, sweeping

LOCAL = ("127.0.0.1",)


@pytest.fixture
def house(house: Installation) -> Installation:
    """An installation that may tell programs on this machine, by http."""
    settings = house.settings.model_copy(update={"webhook_allow_private": LOCAL})
    return Installation(settings, house.engine, house.mint, house.keys, house.storage)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A program that is told."""
    with webhook_receiver.running() as receiver:
        yield receiver


@pytest.fixture
def hook(house: Installation, receiver: Receiver) -> int:
    """Its webhook."""
    return make(house, receiver.url())


def make(house: Installation, url: str, **more: Any) -> int:
    with db.transaction(house.engine) as session:
        return hooks.create(session, SYSTEM, url=url, allowed=LOCAL, wanted=["ticket.created"], **more).id


def rows(house: Installation) -> list[WebhookDelivery]:
    with db.transaction(house.engine) as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def kept(house: Installation, hook: int) -> Webhook:
    with db.transaction(house.engine) as session:
        return session.get_one(Webhook, hook)


def later(house: Installation, span: timedelta) -> None:
    """So much time goes by for everything that waits."""
    with db.transaction(house.engine) as session:
        session.execute(
            update(WebhookDelivery).values(
                due_at=WebhookDelivery.due_at - span,
                created_at=WebhookDelivery.created_at - span,
                lease_until=WebhookDelivery.lease_until - span,
            )
        )
        session.execute(update(Webhook).values(failing_since=Webhook.failing_since - span))


def test_a_new_ticket_is_told_signed_and_taken(scene: Scene, house: Installation, hook: int, receiver: Receiver) -> None:
    scene.opens()
    assert deliver_webhooks.one(house, hook) == 1
    (posted,) = receiver.posted
    body = json.loads(posted.body)
    assert (body["type"], body["version"], body["data"]["ticket"]["tag"]) == ("ticket.created", 1, "ELM-001")
    assert body["data"]["ticket"]["url"] == "https://help.test/ticket/ELM-001"
    assert posted.headers["webhook-id"] == body["id"]
    secret = base64.b64decode(kept(house, hook).secret.removeprefix("whsec_"))
    signed = f"{body['id']}.{posted.headers['webhook-timestamp']}.".encode() + posted.body
    mac = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    assert posted.headers["webhook-signature"] == f"v1,{mac}"
    (row,) = rows(house)
    assert (row.state, row.attempts, row.status_code, row.last_answer) == ("taken", 1, 200, "ok")
    assert row.done_at is not None
    assert deliver_webhooks.one(house, hook) == 0


@pytest.mark.parametrize("kind", ["slack", "discord"])
def test_chats_get_a_line_without_a_signature(kind: str, scene: Scene, house: Installation, receiver: Receiver) -> None:
    hook = make(house, receiver.url(), kind=kind)
    scene.opens()
    assert deliver_webhooks.one(house, hook) == 1
    (posted,) = receiver.posted
    assert ("Printer on fire" in str(json.loads(posted.body)), "webhook-signature" in posted.headers) == (True, False)


def test_what_is_not_taken_comes_again_with_the_same_id_and_the_same_octets(
    scene: Scene, house: Installation, hook: int, receiver: Receiver
) -> None:
    receiver.answers = [says(500, b"down"), hangs_up, says(404, b"?")]
    scene.opens()
    for attempts in (1, 2, 3):
        assert deliver_webhooks.one(house, hook) == 0
        (row,) = rows(house)
        assert (row.state, row.attempts, row.lease_until) == ("queued", attempts, None)
        assert deliver_webhooks.one(house, hook) == 0, "it waits"
        later(house, timedelta(hours=3))
    assert deliver_webhooks.one(house, hook) == 1
    assert len({(posted.headers["webhook-id"], posted.body) for posted in receiver.posted}) == 1
    (row,) = rows(house)
    assert (len(receiver.posted), row.state, row.attempts, kept(house, hook).failing_since) == (4, "taken", 4, None)


def test_a_receiver_that_is_away_loses_nothing_and_gets_all_once_it_is_back(scene: Scene, house: Installation) -> None:
    with webhook_receiver.running() as gone:
        port = gone.port
    hook = make(house, f"http://127.0.0.1:{port}/hook")
    for _ in range(3):
        scene.opens()
    assert deliver_webhooks.one(house, hook) == 0
    assert [row.attempts for row in rows(house)] == [1, 0, 0], "the others wait with the first: they would meet the same"
    assert deliver_webhooks.one(house, hook) == 0
    assert kept(house, hook).failing_since is not None
    with webhook_receiver.running(port=port) as back:
        later(house, deliveries.OTHERS_WAIT)
        assert deliver_webhooks.one(house, hook) == 3
        assert sorted(json.loads(one.body)["data"]["ticket"]["number"] for one in back.posted) == [1, 2, 3]
    assert kept(house, hook).failing_since is None


def test_after_three_days_it_is_given_up(scene: Scene, house: Installation, hook: int, receiver: Receiver) -> None:
    receiver.then = says(503, b"down")
    scene.opens()
    tries = 0
    while rows(house)[0].state == DeliveryState.QUEUED:
        deliver_webhooks.one(house, hook)
        tries += 1
        later(house, timedelta(hours=24))
    (row,) = rows(house)
    assert (row.state, row.status_code, tries) == ("given_up", 503, 4)


def test_a_receiver_that_wants_nothing_more_is_switched_off_and_administrators_are_told(
    scene: Scene, house: Installation, hook: int, receiver: Receiver
) -> None:
    scene.person("dora@example.com", "Dora", "admin")
    receiver.answers = [says(410)]
    for _ in range(2):
        scene.opens()
    assert deliver_webhooks.one(house, hook) == 0
    made = kept(house, hook)
    assert (made.active, made.disabled_reason) == (False, "The receiver answered 410: it wants nothing more.")
    assert [row.state for row in rows(house)] == ["given_up", "given_up"]
    mail = scene.message("webhook_off")
    assert (mail.recipient, mail.data["number"]) == ("dora@example.com", hook)
    scene.opens()
    assert (len(rows(house)), deliver_webhooks.one(house, hook), len(receiver.posted)) == (2, 0, 1)


def test_what_was_given_up_is_told_again_on_request(scene: Scene, house: Installation, hook: int, receiver: Receiver) -> None:
    receiver.answers = [says(410)]
    scene.opens()
    deliver_webhooks.one(house, hook)
    with db.transaction(house.engine) as session:
        made = hooks.one(session, SYSTEM, hook, lock=True)
        hooks.change(session, made, SYSTEM, active=True)
        hooks.replay(session, hooks.delivery(session, SYSTEM, made, rows(house)[0].id), SYSTEM)
    assert deliver_webhooks.one(house, hook) == 1
    first, second = receiver.posted
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_whoever_dies_after_the_post_leaves_it_to_the_next_under_the_same_id(
    scene: Scene, house: Installation, hook: int, receiver: Receiver
) -> None:
    scene.opens()
    with db.transaction(house.engine) as session:
        claimed = deliveries.claim(session, hook)
    assert claimed is not None
    assert deliver_webhooks.post(house, claimed).taken
    # killed here: nothing is recorded
    assert deliver_webhooks.one(house, hook) == 0, "its lease holds"
    later(house, deliveries.LEASE)
    assert sweeping.sweep(house, lambda _queue: 0) >= 1
    assert deliver_webhooks.one(house, hook) == 1
    assert len({posted.headers["webhook-id"] for posted in receiver.posted}) == 1
    (row,) = rows(house)
    assert (len(receiver.posted), row.attempts, row.state) == (2, 2, "taken")


def test_a_result_that_comes_late_changes_nothing(scene: Scene, house: Installation, hook: int, receiver: Receiver) -> None:
    scene.opens()
    with db.transaction(house.engine) as session:
        slow = deliveries.claim(session, hook)
    assert slow is not None
    later(house, deliveries.LEASE)
    assert deliver_webhooks.one(house, hook) == 1
    with db.transaction(house.engine) as session:
        deliveries.record(session, slow, deliveries.Answer(500, "late"), 0.5)
    (row,) = rows(house)
    assert (row.state, row.status_code, kept(house, hook).failing_since) == ("taken", 200, None)


def test_slow_receivers_take_no_more_than_two_threads_from_the_mail(
    scene: Scene, house: Installation, hook: int, receiver: Receiver
) -> None:
    over, inside = threading.Event(), threading.Semaphore(0)

    def slow(request: Any) -> None:
        inside.release()
        over.wait(10)
        says(200)(request)

    receiver.then = slow
    for _ in range(3):
        scene.opens()
    threads = [threading.Thread(target=deliver_webhooks.one, args=(house, hook)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert all(inside.acquire(timeout=10) for _ in threads)
    assert deliver_webhooks.one(house, hook) == 0
    assert len(receiver.posted) == 2
    over.set()
    for thread in threads:
        thread.join()
    assert {row.state for row in rows(house)} == {"taken"}


def test_a_webhook_that_is_deleted_meanwhile_is_no_trouble(
    scene: Scene, house: Installation, hook: int, receiver: Receiver
) -> None:
    def deletes(request: Any) -> None:
        with db.transaction(house.engine) as session:
            hooks.remove(session, hooks.one(session, SYSTEM, hook), SYSTEM)
        says(200)(request)

    receiver.answers = [deletes]
    scene.opens()
    deliver_webhooks.one(house, hook)
    assert rows(house) == []
    with db.transaction(house.engine) as session, pytest.raises(NotFound):
        hooks.one(session, SYSTEM, hook)


def test_an_address_that_is_no_longer_allowed_gets_nothing(
    scene: Scene, house: Installation, hook: int, receiver: Receiver
) -> None:
    strict = Installation(
        house.settings.model_copy(update={"webhook_allow_private": ()}), house.engine, house.mint, house.keys, house.storage
    )
    scene.opens()
    assert deliver_webhooks.one(strict, hook) == 0
    (row,) = rows(house)
    assert (row.status_code, row.last_answer, receiver.posted) == (
        None,
        "not sent: Only https:// addresses: what is sent names people.",
        [],
    )


def test_mail_about_a_switched_off_webhook_is_written_once_an_administrator(scene: Scene, house: Installation, hook: int) -> None:
    for name in ("dora", "dan"):
        scene.person(f"{name}@example.com", name, "admin")
    with db.transaction(house.engine) as session:
        session.execute(update(Webhook).values(failing_since=func.now() - timedelta(days=3, minutes=1)))
    with db.transaction(house.engine) as session:
        assert [deliveries.switch_off_failing(session) for _ in range(2)] == [1, 0]
        told = session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.kind == "webhook_off")).all()
    assert sorted(told) == ["dan@example.com", "dora@example.com"]
    assert kept(house, hook).disabled_reason == "The receiver took nothing for three days."
