"""What administrators do with webhooks, and what they are refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.errors import Conflict, HelpdeskError, NotAllowed, NotFound, Refused
from helpdesk.models import Event, Person, Webhook, WebhookDelivery
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.webhooks import deliveries, hooks, signing
from tests.helpdesk.webhooks.conftest import Make
from tests.workers.conftest import Scene

URL = "https://hooks.example.com/services/T0/secret-part"


@pytest.fixture
def dora(scene: Scene) -> Viewer:
    return viewer_of(scene.person("dora@example.com", "Dora", "admin"), Via.WEB)


def test_a_webhook_has_a_secret_a_name_and_the_usual_events(session: Session, dora: Viewer) -> None:
    made = hooks.create(session, dora, url=f" {URL} ")
    assert (made.url, made.name, made.active, made.kind, made.created_by) == (
        URL,
        "hooks.example.com",
        True,
        "standard",
        dora.person_id,
    )
    assert signing.current(made.secret).startswith("whsec_")
    assert ("note.created" in made.events, "ticket.created" in made.events, "restricted" in made.events) == (False, True, False)


@pytest.mark.parametrize("kind", ["slack", "discord"])
def test_chats_have_no_secret_but_their_address_which_the_audit_trail_does_not_keep(
    kind: str, session: Session, dora: Viewer
) -> None:
    made = hooks.create(session, dora, url=URL, kind=kind)
    hooks.change(session, made, dora, name="Chat")
    hooks.remove(session, made, dora)
    assert made.secret == ""
    events = session.scalars(select(Event).where(Event.kind.like("webhook_%")).order_by(Event.id)).all()
    assert [one.kind for one in events] == ["webhook_created", "webhook_changed", "webhook_removed"]
    assert all(one.data["host"] == "hooks.example.com" and "secret-part" not in str(one.data) for one in events)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": ""}, "url"),
        ({"kind": "teams"}, "kind"),
        ({"name": "x" * 81}, "name"),
        ({"wanted": []}, "events"),
        ({"wanted": ["ticket.eaten"]}, "events"),
        ({"wanted": ["restricted"]}, "events"),
        ({"wanted": ["webhook.test"]}, "events"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(wrong: dict[str, Any], field: str, session: Session, dora: Viewer) -> None:
    with pytest.raises(Refused) as refused:
        hooks.create(session, dora, **({"url": URL} | wrong))
    assert refused.value.field == field


def test_there_are_fifty_at_most(session: Session, dora: Viewer) -> None:
    session.add_all(Webhook(url=URL) for _ in range(hooks.MOST))
    session.flush()
    with pytest.raises(Refused, match="50"):
        hooks.create(session, dora, url=URL)


def test_only_what_is_given_changes(session: Session, dora: Viewer) -> None:
    made = hooks.create(session, dora, url=URL, wanted=["ticket.created"], restricted=True)
    hooks.change(session, made, dora, name="CRM")
    assert (made.name, made.url, made.events) == ("CRM", URL, ["ticket.created", "restricted"])
    hooks.change(session, made, dora, wanted=["note.created", "ticket.created"])
    assert made.events == ["ticket.created", "note.created", "restricted"]
    hooks.change(session, made, dora, restricted=False)
    assert made.events == ["ticket.created", "note.created"]
    with pytest.raises(Refused):
        hooks.change(session, made, dora, url="https://127.0.0.1/")


def test_switched_on_again_it_starts_with_a_clean_record(session: Session, dora: Viewer) -> None:
    made = hooks.create(session, dora, url=URL)
    made.failing_since = session.scalar(select(func.now()))
    hooks.change(session, made, dora, active=False)
    assert (made.active, made.disabled_reason) == (False, "Switched off by Dora.")
    hooks.change(session, made, dora, active=True)
    assert (made.active, made.disabled_reason, made.failing_since) == (True, None, None)


def test_a_turned_secret_keeps_the_old_one_for_a_day(session: Session, dora: Viewer) -> None:
    made = hooks.create(session, dora, url=URL)
    old = made.secret
    fresh = hooks.turn_secret(session, made, dora)
    assert (made.secret.split()[:2], signing.current(made.secret)) == ([fresh, old], fresh)
    with pytest.raises(Refused, match="signed"):
        hooks.turn_secret(session, hooks.create(session, dora, url=URL, kind="slack"), dora)


def test_a_test_is_queued_even_for_one_that_is_switched_off(engine: Engine, make: Make, dora: Viewer) -> None:
    number = make()
    with db.transaction(engine) as session:
        hook = hooks.one(session, dora, number, lock=True)
        hooks.change(session, hook, dora, active=False)
        hooks.test(session, hook, dora)
    with db.transaction(engine) as session:
        assert deliveries.due(session) == [number]
        claimed = deliveries.claim(session, number)
    assert claimed is not None
    assert (claimed.body["type"], claimed.body["data"]["actor"]["name"]) == ("webhook.test", "Dora")


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"state": "taken"}, None),
        ({"state": "given_up"}, None),
        ({"state": "queued", "attempts": 2}, None),
        ({"state": "queued", "attempts": 1, "lease_until": func.now()}, Conflict),
        ({"state": "cancelled"}, Conflict),
    ],
)
def test_it_is_told_again_unless_it_was_taken_back_or_is_on_its_way(
    row: dict[str, Any], error: type[HelpdeskError] | None, engine: Engine, make: Make, scene: Scene, dora: Viewer
) -> None:
    number = make()
    scene.opens()
    with db.transaction(engine) as session:
        session.execute(update(WebhookDelivery).values(due_at=func.now() + func.make_interval(0, 0, 0, 1), **row))
    with db.transaction(engine) as session:
        hook = hooks.one(session, dora, number)
        (found,) = hooks.log(session, dora, hook)
        if error is not None:
            with pytest.raises(error):
                hooks.replay(session, found, dora)
            return
        hooks.replay(session, found, dora)
    with db.transaction(engine) as session:
        assert deliveries.due(session) == [number]


def test_the_log_is_one_webhooks_own_the_newest_first(engine: Engine, make: Make, scene: Scene, dora: Viewer) -> None:
    one, other = make(), make(wanted=["ticket.resolved"])
    for _ in range(3):
        scene.opens()
    with db.transaction(engine) as session:
        hook, quiet = hooks.one(session, dora, one), hooks.one(session, dora, other)
        first, second, third = hooks.log(session, dora, hook)
        assert first.id > second.id > third.id
        assert [row.id for row in hooks.log(session, dora, hook, before=second.id)] == [third.id]
        assert [row.id for row in hooks.log(session, dora, hook, most=1)] == [first.id]
        assert (hooks.log(session, dora, hook, state="taken"), hooks.log(session, dora, quiet)) == ([], [])
        with pytest.raises(NotFound):
            hooks.delivery(session, dora, quiet, first.id)
        assert hooks.last_day(session, dora) == {one: (0, 0, 3)}


def test_nobody_but_administrators_does_anything_of_it(session: Session, scene: Scene) -> None:
    made = hooks.create(session, SYSTEM, url=URL)
    row = hooks.test(session, made, SYSTEM)
    for person in (scene.person("bob@example.com", "Bob", "agent"), scene.person("alice@example.com", "Alice")):
        by = viewer_of(session.merge(person), Via.API)
        for act in (
            lambda by=by: hooks.listed(session, by),
            lambda by=by: hooks.one(session, by, made.id),
            lambda by=by: hooks.create(session, by, url=URL),
            lambda by=by: hooks.change(session, made, by, name="x"),
            lambda by=by: hooks.remove(session, made, by),
            lambda by=by: hooks.turn_secret(session, made, by),
            lambda by=by: hooks.test(session, made, by),
            lambda by=by: hooks.log(session, by, made),
            lambda by=by: hooks.delivery(session, by, made, row.id),
            lambda by=by: hooks.replay(session, row, by),
            lambda by=by: hooks.last_day(session, by),
        ):
            with pytest.raises(NotAllowed):
                act()
    assert session.scalar(select(func.count()).select_from(Person)) == 2
