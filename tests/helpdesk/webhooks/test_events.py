"""What happens is told in its own transaction, once to each webhook that wants it, and never what only administrators see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from helpdesk import audit, comments, db, held_mail, participants, people, tickets, undo
from helpdesk.comments import NewComment
from helpdesk.models import Comment, Event, InboundMail, Person, Source, Ticket, Webhook, WebhookDelivery
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.reshaping import merge
from helpdesk.webhooks import deliveries, events, hooks
from helpdesk.webhooks.deliveries import Answer, Claimed
from helpdesk.words import HELD_WORDS, HeldReason
from tests.helpdesk.webhooks.conftest import Make, Told
from tests.workers.conftest import Scene

Act = Callable[[Session, Ticket, Person], object]


def _bob_writes(text: str, **more: Any) -> Act:
    return lambda session, ticket, bob: comments.add_comment(
        session, ticket, NewComment(text, Source.WEB, bob, bob.address, **more), viewer_of(bob, Via.WEB)
    )


def _alice_writes(session: Session, ticket: Ticket, _bob: Person) -> None:
    alice = ticket.requester
    comments.add_comment(session, ticket, NewComment("It burns!", Source.EMAIL, alice, alice.address), viewer_of(alice, Via.EMAIL))


def _becomes(*steps: str) -> Act:
    def act(session: Session, ticket: Ticket, bob: Person) -> None:
        for status in steps:
            tickets.change_status(session, ticket, status, viewer_of(bob, Via.WEB))

    return act


def _edited(**changes: Any) -> Act:
    return lambda session, ticket, bob: tickets.edit(session, ticket, viewer_of(bob, Via.WEB), **changes)


def _merged(session: Session, ticket: Ticket, bob: Person) -> None:
    other = tickets.open_ticket(session, tickets.NewTicket("Other", "", ticket.requester, Source.WEB), SYSTEM)
    merge.merge(session, ticket, other, viewer_of(bob, Via.WEB), tag="ELM-002")


CASES: list[tuple[str, Act, list[str]]] = [
    ("an agent answers", _bob_writes("Try this"), ["comment.created", "ticket.updated"]),
    ("an agent notes", _bob_writes("Odd", internal=True), ["note.created"]),
    ("the requester writes", _alice_writes, ["comment.created"]),
    ("assigned", lambda s, t, bob: tickets.assign(s, t, bob, SYSTEM), ["ticket.assigned"]),
    ("resolved", _becomes("resolved"), ["ticket.resolved"]),
    ("closed", _becomes("closed"), ["ticket.closed"]),
    ("begun", _becomes("in_progress"), ["ticket.updated"]),
    ("resolved and closed", _becomes("resolved", "closed"), ["ticket.resolved", "ticket.closed"]),
    ("reopened", _becomes("resolved", "open"), ["ticket.resolved", "ticket.reopened"]),
    ("priority and tags", _edited(priority="high", tags=["a"]), ["ticket.updated", "ticket.updated"]),
    ("somebody in copy", lambda s, t, _b: participants.add_cc(s, t, [people.find_or_make(s, "carl@example.com")], SYSTEM), ["ticket.updated"]),
    ("merged", _merged, ["ticket.created", "comment.created", "ticket.updated", "ticket.merged", "ticket.updated"]),
    ("nothing changed", _edited(priority="medium"), []),
]  # fmt: skip


@pytest.mark.parametrize(("act", "types"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_happening_has_its_message(act: Act, types: list[str], scene: Scene, engine: Engine, make: Make, told: Told) -> None:
    bob, number = scene.person("bob@example.com", "Bob", "agent"), scene.opens()
    make()
    with db.transaction(engine) as session:
        ticket = tickets.locked(session, number)
        assert ticket is not None
        act(session, ticket, session.get_one(Person, bob.id))
    assert [one["type"] for one in told()] == types


@pytest.mark.parametrize(
    "busy",
    [
        lambda session, hook, claimed: deliveries.record(session, claimed, Answer(200, "ok"), 0.5),
        lambda session, hook, claimed: deliveries.record(session, claimed, Answer(500, "no"), 0.5),
        lambda session, hook, claimed: hooks.change(session, hooks.one(session, SYSTEM, hook, lock=True), SYSTEM, name="New"),
        lambda session, hook, claimed: hooks.turn_secret(session, hooks.one(session, SYSTEM, hook, lock=True), SYSTEM),
        lambda session, hook, claimed: deliveries.switch_off_failing(session),
    ],
    ids=["told something", "not taking it", "changed", "given a new secret", "looked at"],
)
def test_what_happens_while_a_webhook_is_locked_is_told_to_it(
    busy: Callable[[Session, int, Claimed], object], scene: Scene, engine: Engine, make: Make, told: Told
) -> None:
    hook = make()
    scene.opens()
    with db.transaction(engine) as session:
        claimed = deliveries.claim(session, hook)
        assert claimed is not None
        session.execute(update(Webhook).values(failing_since=func.now() - timedelta(days=4)))
    before = len(told())
    with db.transaction(engine) as session:
        busy(session, hook, claimed)
        session.flush()
        scene.opens()
    assert [one["type"] for one in told()[before:]] == ["ticket.created"]


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("status_changed", {"old": "open", "new": "resolved"}, "ticket.resolved"),
        ("status_changed", {"old": "resolved", "new": "closed"}, "ticket.closed"),
        ("status_changed", {"old": "closed", "new": "in_progress"}, "ticket.reopened"),
        ("status_changed", {"old": "open", "new": "in_progress"}, "ticket.updated"),
        ("split_off", {}, "ticket.updated"),
        ("undone", {}, "ticket.updated"),
        ("comment_pending", {}, None),
        ("token_created", {}, None),
        ("signed_in", {}, None),
        ("webhook_created", {}, None),
    ],
)
def test_of_an_events_kind_follows_what_is_told(kind: str, data: dict[str, Any], told: str | None) -> None:
    assert events.type_of(kind, data) == told


def test_a_message_says_what_the_ticket_is_when_its_transaction_ends(scene: Scene, engine: Engine, make: Make, told: Told) -> None:
    bob = scene.person("bob@example.com", "Bob", "agent")
    make()
    scene.opens()
    scene.writes(bob, "Done", status="resolved")
    opened, replied, *_, resolved = told()
    assert opened["data"]["actor"] == {"email": "alice@example.com", "name": "Alice", "role": "customer"}
    assert (opened["data"]["ticket"]["description"], opened["data"]["via"], opened["version"]) == ("It burns.", "web", 1)
    assert opened["data"]["ticket"]["reporter"] == {"email": "alice@example.com", "name": "Alice"}
    assert replied["data"]["comment"].items() >= {"content": "Done", "is_internal": False, "source": "web"}.items()
    assert replied["data"]["comment"]["author"] == {"email": "bob@example.com", "name": "Bob", "role": "agent"}
    assert (resolved["type"], resolved["data"]["change"]["new"]) == ("ticket.resolved", "resolved")
    assert {one["data"]["ticket"]["status"] for one in (replied, resolved)} == {"resolved"}
    assert len({one["id"] for one in told()}) == len(told())
    assert "description" not in replied["data"]["ticket"]
    assert not any(key in opened["data"] for key in ("comment", "mail", "change"))


def test_long_words_are_cut_and_say_so(scene: Scene, make: Make, told: Told) -> None:
    make()
    scene.opens()
    scene.writes(scene.person("bob@example.com", "Bob", "agent"), "x" * (events.MOST_TEXT + 1))
    comment = told()[1]["data"]["comment"]
    assert (len(comment["content"]), comment["content_is_cut"]) == (events.MOST_TEXT, True)


def test_what_is_rolled_back_is_told_to_nobody(scene: Scene, engine: Engine, make: Make, told: Told) -> None:
    make()
    number = scene.opens()
    with pytest.raises(RuntimeError), db.transaction(engine) as session:
        audit.record(session, "assigned", SYSTEM, ticket_number=number)
        raise RuntimeError
    with db.transaction(engine) as session:
        with pytest.raises(RuntimeError), db.all_or_nothing(session):
            audit.record(session, "assigned", SYSTEM, ticket_number=number)
            raise RuntimeError
        with pytest.raises(RuntimeError), session.begin_nested():
            audit.record(session, "assigned", SYSTEM, ticket_number=number)
            raise RuntimeError
        audit.record(session, "tags_changed", SYSTEM, ticket_number=number, old=[], new=["a"])
    assert [one["type"] for one in told()] == ["ticket.created", "ticket.updated"]


def test_without_an_active_webhook_that_wants_it_nothing_is_written(scene: Scene, engine: Engine, make: Make, told: Told) -> None:
    make(wanted=["ticket.resolved"])
    off = make()
    with db.transaction(engine) as session:
        session.execute(update(Webhook).where(Webhook.id == off).values(active=False))
    scene.opens()
    assert told() == []


def test_each_webhook_has_a_message_of_its_own(scene: Scene, make: Make, told: Told) -> None:
    make()
    make(kind="slack")
    scene.opens()
    one, two = told()
    assert (one["data"] == two["data"], one["id"] == two["id"]) == (True, False)


def test_notes_are_told_only_to_who_asked_for_them(scene: Scene, make: Make, told: Told) -> None:
    make(wanted=events.USUAL)
    scene.opens()
    scene.writes(scene.person("bob@example.com", "Bob", "agent"), "Secretly odd", internal=True)
    assert [one["type"] for one in told()] == ["ticket.created"]


@pytest.mark.parametrize(("asked", "count"), [(False, 0), (True, 1)])
def test_restricted_tickets_are_told_only_to_who_asked_for_them(
    asked: bool, count: int, scene: Scene, make: Make, told: Told
) -> None:
    make(restricted=asked)
    scene.opens(restricted=True)
    assert len(told()) == count


@pytest.mark.parametrize(
    ("why", "trace", "asked", "count"),
    [
        (HeldReason.TOO_MANY_RELAYS, {}, False, 1),
        (HeldReason.TOO_MANY_RELAYS, {"admins_only": "code"}, False, 0),
        (HeldReason.OVER_A_CAP, {}, False, 0),
        (HeldReason.NOT_PROCESSED, {}, True, 1),
    ],
)
def test_held_mail_is_told_unless_agents_may_not_know_of_it(
    why: HeldReason, trace: dict[str, Any], asked: bool, count: int, engine: Engine, make: Make, told: Told
) -> None:
    make(restricted=asked)
    with db.transaction(engine) as session:
        row = InboundMail(
            source="test", mail_from="alice@example.com", rcpt_to=["support@help.test"], fingerprint=b"x", raw_on=date(2026, 3, 3), size=7, subject="Fire",
            state="held", held_number=why, held_reason=HELD_WORDS[why], trace=trace,
        )  # fmt: skip
        session.add(row)
        session.flush()
        held_mail.was_held(session, row)
    mails = [one["data"]["mail"] for one in told()]
    assert [(mail["number"], mail["sender"], mail["subject"]) for mail in mails] == [(why, "alice@example.com", "Fire")] * count


def _waits(engine: Engine) -> list[tuple[str, str, bool]]:
    with db.transaction(engine) as session:
        wanted = select(WebhookDelivery.body["type"].astext, WebhookDelivery.state, WebhookDelivery.due_at > func.now())
        return [(kind, state, waits) for kind, state, waits in session.execute(wanted.order_by(WebhookDelivery.id))]


def test_a_reply_that_can_be_taken_back_is_told_when_its_mail_leaves(scene: Scene, engine: Engine, make: Make) -> None:
    bob = scene.person("bob@example.com", "Bob", "agent")
    make(wanted=["comment.created", "ticket.resolved"])
    scene.opens()
    scene.writes(bob, "Done", delay=timedelta(minutes=5), status="resolved")
    assert _waits(engine) == [("comment.created", "queued", True), ("ticket.resolved", "queued", True)]


def test_and_taken_back_it_is_told_to_nobody(scene: Scene, engine: Engine, make: Make) -> None:
    bob = scene.person("bob@example.com", "Bob", "agent")
    make(wanted=["comment.created", "ticket.resolved"])
    scene.opens()
    written = scene.writes(bob, "Done", delay=timedelta(minutes=5), status="resolved")
    with db.transaction(engine) as session:
        ticket = tickets.locked(session, scene.ticket)
        assert ticket is not None
        undo.withdraw(session, ticket, session.get_one(Comment, written), viewer_of(session.get_one(Person, bob.id), Via.WEB))
    assert {(kind, state) for kind, state, _ in _waits(engine)} == {
        ("comment.created", "cancelled"),
        ("ticket.resolved", "cancelled"),
    }


def test_a_webhook_that_is_being_deleted_fails_nothing(scene: Scene, engine: Engine, make: Make, told: Told) -> None:
    number = make()
    with Session(engine) as other:
        other.delete(other.get_one(Webhook, number))
        other.flush()
        scene.opens()  # neither waits nor fails
        other.rollback()
    assert told() == []
    with db.transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(Event).where(Event.kind == "created")) == 1
