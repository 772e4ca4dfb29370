"""One message of the outbox against a real relay and a real database."""

from __future__ import annotations

import threading
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import func, select, update

from helpdesk import addressing, attachments, db, notify, outbox
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.attachments import File
from helpdesk.installation import Installation
from helpdesk.models import Attachment, DeliveryProblem, InboundMail, OutboxMessage, OutboxState, Person, Suppression, Ticket
from tests import smtp_sink
from tests.smtp_sink import Sink
from tests.workers.conftest import Scene
from workers import deliver
from workers.send_smtp import Outcome


@pytest.fixture
def bob(scene: Scene) -> Person:
    bob = scene.person("bob@help.test", "Bob Builder", "agent")
    scene.opens()
    return bob


def _row(house: Installation, number: int) -> OutboxMessage:
    with db.transaction(house.engine) as session:
        return session.get_one(OutboxMessage, number)


def _set(house: Installation, number: int, **columns: Any) -> None:
    with db.transaction(house.engine) as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == number).values(**columns))


def _reply(scene: Scene, bob: Person, **more: Any) -> OutboxMessage:
    scene.writes(bob, "Use water.", **more)
    return scene.message("reply")


def test_an_agents_answer_arrives_and_is_recorded(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    number = _reply(scene, bob).id
    answer = deliver.one(relayed, number)
    assert answer is not None
    assert answer.kind == Outcome.OK
    (mail,) = sink.received
    row = _row(relayed, number)
    assert (row.state, row.last_answer, row.attempts, row.ambiguous) == (OutboxState.SENT, "250 2.0.0 taken", 1, False)
    assert mail.content == row.mime
    assert (mail.mail_from, mail.rcpt_to) == (row.envelope_from, ("alice@example.com",))
    assert addressing.read_return_path(relayed.mint, mail.mail_from) == number
    assert mail.message["From"] == '"Bob Builder (Support)" <support@help.test>'
    assert mail.message["Subject"] == row.subject == "[ELM-001] Printer on fire"
    assert f"<{row.message_id}>" == mail.message["Message-ID"]
    token = addressing.read_reply_address(relayed.mint, mail.message["Reply-To"].addresses[0].addr_spec)
    assert token is not None
    assert (token.ticket, token.purpose, token.seen) == (1, Purpose.REPLY, row.seen_event_id)
    assert row.body_text is not None
    assert row.body_text.startswith("Use water.")
    assert b"bob@help.test" not in mail.content  # an agent's address never reaches the requester


def test_without_a_relay_mail_is_kept_to_be_looked_at(house: Installation, scene: Scene, bob: Person) -> None:
    number = _reply(scene, bob).id
    deliver.one(house, number)
    row = _row(house, number)
    assert (row.state, row.attempts) == (OutboxState.CAPTURED, 1)
    assert row.mime is not None
    assert row.sent_at is not None


def test_what_is_not_due_or_done_or_anothers_is_left_alone(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    later = _reply(scene, bob, delay=timedelta(seconds=15))
    assert deliver.one(relayed, later.id) is None
    _set(relayed, later.id, due_at=func.now(), lease_until=func.now() + timedelta(minutes=1))
    assert deliver.one(relayed, later.id) is None
    assert deliver.one(relayed, 4711) is None
    assert sink.received == []
    assert _row(relayed, later.id).attempts == 0


def test_every_try_sends_the_same_octets(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    number = _reply(scene, bob).id
    sink.answer(".", "451 4.3.0 not now")
    deliver.one(relayed, number)
    composed = _row(relayed, number).mime
    with db.transaction(relayed.engine) as session:
        session.execute(update(Ticket).values(title="Renamed", subject="Renamed"))
    sink.answers.clear()
    _set(relayed, number, due_at=func.now())
    deliver.one(relayed, number)
    assert [mail.content for mail in sink.received] == [composed]


@pytest.mark.parametrize(
    ("step", "reply", "state", "ambiguous"),
    [
        ("RCPT", "450 4.2.0 greylisted", OutboxState.QUEUED, False),
        (".", "CLOSE", OutboxState.QUEUED, True),
        ("RCPT", "550 5.1.1 mailbox unknown", OutboxState.FAILED, False),
    ],
)
def test_how_a_failure_is_recorded(
    relayed: Installation, scene: Scene, bob: Person, sink: Sink, step: str, reply: str, state: OutboxState, ambiguous: bool
) -> None:
    """F16, F17, F18."""
    number = _reply(scene, bob).id
    sink.answer(step, reply)
    deliver.one(relayed, number)
    row = _row(relayed, number)
    assert (row.state, row.ambiguous, row.lease) == (state, ambiguous, None)
    with db.transaction(relayed.engine) as session:
        now = session.execute(select(func.now())).scalar_one()
        problems = list(session.scalars(select(DeliveryProblem)))
    if state == OutboxState.QUEUED:
        assert timedelta(0) < row.due_at - now <= timedelta(minutes=1)
        assert problems == []
        assert scene.outbox("delivery_problem") == []
    else:
        assert [(one.outbox_id, one.address, one.action, one.status, one.diagnostic) for one in problems] == [
            (number, "alice@example.com", "failed", "5.1.1", "550 5.1.1 mailbox unknown")
        ]


def test_a_lost_answer_to_the_final_dot_means_at_most_one_double_with_the_same_id(
    relayed: Installation, scene: Scene, bob: Person, sink: Sink
) -> None:
    """F16."""
    number = _reply(scene, bob).id
    sink.answer(".", "CLOSE")
    deliver.one(relayed, number)
    sink.answers.clear()
    _set(relayed, number, due_at=func.now())
    deliver.one(relayed, number)
    assert len(sink.received) == 2
    assert len({mail.message["Message-ID"] for mail in sink.received}) == 1
    row = _row(relayed, number)
    assert (row.state, row.ambiguous) == (OutboxState.SENT, True)


def test_three_recipients_have_three_fates(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    """F19."""
    alice = scene.person("alice@example.com")
    people = [scene.person(f"{name}@example.org", name) for name in ("charlie", "dora")]
    with db.transaction(relayed.engine) as session:
        from helpdesk import participants, tickets
        from helpdesk.permissions import Via, viewer_of

        ticket = tickets.locked(session, scene.ticket)
        assert ticket is not None
        participants.add_cc(session, ticket, [session.get_one(Person, one.id) for one in people], viewer_of(alice, Via.WEB))
    scene.writes(bob, "Use water.")
    sink.answer("RCPT", "451 4.2.0 later", "charlie@example.org")
    sink.answer("RCPT", "550 5.1.1 nobody", "dora@example.org")
    for row in scene.outbox("reply"):
        deliver.one(relayed, row.id)
    assert {row.recipient: row.state for row in scene.outbox("reply")} == {
        "alice@example.com": OutboxState.SENT,
        "charlie@example.org": OutboxState.QUEUED,
        "dora@example.org": OutboxState.FAILED,
    }
    (mail,) = sink.received
    foot = mail.message.get_body(("plain",))
    assert foot is not None
    assert "Also in this conversation: charlie, dora." in foot.get_content()


def test_the_author_is_told_once_of_what_did_not_arrive(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    """F18."""
    number = _reply(scene, bob).id
    sink.answer("RCPT", "550 5.1.1 mailbox unknown", "alice@example.com")
    deliver.one(relayed, number)
    deliver.one(relayed, number)
    told = scene.message("delivery_problem")
    assert (told.recipient, told.purpose, told.ticket_number) == ("bob@help.test", "n", 1)
    deliver.one(relayed, told.id)
    (mail,) = sink.received
    body = mail.message.get_body(("plain",))
    assert body is not None
    assert "550 5.1.1 mailbox unknown" in body.get_content()
    assert "alice@example.com" in body.get_content()
    assert addressing.read_reply_address(relayed.mint, mail.message["Reply-To"].addresses[0].addr_spec) == ReplyToken(
        1, bob.id, Purpose.NOTE, told.seen_event_id or 0
    )


@pytest.mark.parametrize(
    ("step", "reply", "stopped"),
    [
        ("RCPT", "550 5.1.1 mailbox unknown", True),
        ("RCPT", "553 5.1.2 no such domain", True),
        ("RCPT", "551 5.1.6 moved", True),
        ("RCPT", "550 5.2.1 mailbox closed", True),
        (".", "554 5.1.1 recipient unknown", True),
        ("RCPT", "550 no such user here", False),
        ("RCPT", "550 relay not permitted", False),
        ("RCPT", "550 5.7.1 relaying denied", False),
        ("RCPT", "554 5.7.1 blocked", False),
        ("RCPT", "552 5.2.2 mailbox full", False),
        ("RCPT", "550 5.3.0 our disk is broken", False),
        ("RCPT", "550 5.1.8 your own address is unknown", False),
        (".", "552 5.3.4 too big", False),
        (".", "554 5.6.0 bad content", False),
        (".", "554 rejected", False),
        ("MAIL", "550 5.1.1 who are you", False),
        ("EHLO", "550 5.1.1 go away", False),
        ("RCPT", "450 4.1.1 later", False),
    ],
)
def test_a_refusal_stops_mail_to_an_address_only_if_it_is_about_the_mailbox(
    relayed: Installation, scene: Scene, bob: Person, sink: Sink, step: str, reply: str, stopped: bool
) -> None:
    """Above all, a relay that is set up wrongly stops nobody's mail."""
    number = _reply(scene, bob).id
    sink.answer(step, reply)
    deliver.one(relayed, number)
    with db.transaction(relayed.engine) as session:
        assert (session.get(Suppression, "alice@example.com") is not None) is stopped


def test_mail_that_an_address_does_not_take_for_five_days_counts_as_one_soft_failure(
    relayed: Installation, scene: Scene, bob: Person, sink: Sink
) -> None:
    sink.answer("RCPT", "450 4.2.1 not now", "alice@example.com")
    for n in range(4):
        number = scene.writes(bob, f"Use water {n}.") and scene.outbox("reply")[-1].id
        deliver.one(relayed, number)
        _set(relayed, number, due_at=func.now())
        deliver.one(relayed, number)
        with db.transaction(relayed.engine) as session:
            assert session.get(Suppression, "alice@example.com") is None
        _set(relayed, number, due_at=func.now(), created_at=func.now() - timedelta(days=5, minutes=1))
        deliver.one(relayed, number)
    with db.transaction(relayed.engine) as session:
        assert session.get_one(Suppression, "alice@example.com").reason == "not deliverable: 450 4.2.1 not now"
        assert len(session.scalars(select(DeliveryProblem)).all()) == 4


def test_automatic_mail_fails_in_silence(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    sink.answer("RCPT", "550 5.1.1 mailbox unknown")
    scene.writes(scene.person("alice@example.com"), "Still burning.")
    for row in scene.outbox():
        deliver.one(relayed, row.id)
    assert {row.state for row in scene.outbox()} <= {OutboxState.FAILED, OutboxState.SUPPRESSED}
    assert scene.outbox("delivery_problem") == []


def test_after_four_hours_of_trying_the_author_is_told_that_it_takes_long_once(
    relayed: Installation, scene: Scene, bob: Person, sink: Sink
) -> None:
    """F20."""
    number = _reply(scene, bob).id
    sink.answer("RCPT", "451 4.2.0 later", "alice@example.com")
    _set(relayed, number, created_at=func.now() - timedelta(hours=4, minutes=1))
    for _ in range(2):
        _set(relayed, number, due_at=func.now())
        deliver.one(relayed, number)
    told = scene.message("delivery_problem")
    deliver.one(relayed, told.id)
    body = sink.received[0].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Still trying: your message on ELM-001 has not reached alice@example.com.")


def test_after_five_days_it_is_given_up_and_the_author_told(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    number = _reply(scene, bob).id
    sink.answer("RCPT", "451 4.2.0 later")
    _set(relayed, number, created_at=func.now() - timedelta(days=5, minutes=1))
    deliver.one(relayed, number)
    assert _row(relayed, number).state == OutboxState.FAILED
    assert scene.message("delivery_problem").data["delayed"] is False


def test_a_relay_that_is_away_is_tried_again(house: Installation, scene: Scene, bob: Person) -> None:
    with smtp_sink.running() as gone:
        url = gone.url
    away = type(house)(house.settings.model_copy(update={"outbound": url}), house.engine, house.mint, house.keys, house.storage)
    number = _reply(scene, bob).id
    answer = deliver.one(away, number)
    assert answer is not None
    assert answer.kind == Outcome.LATER
    assert _row(house, number).state == OutboxState.QUEUED


def test_an_address_that_is_none_is_given_up_without_a_try(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    """A52."""
    number = _reply(scene, bob).id
    _set(relayed, number, recipient="alice@example.com\r\nRCPT TO:<mallory@example.org>")
    deliver.one(relayed, number)
    assert _row(relayed, number).state == OutboxState.FAILED
    assert sink.received == []


def test_a_fault_of_ours_leaves_the_message_waiting_with_the_reason(relayed: Installation, scene: Scene, bob: Person) -> None:
    number = _reply(scene, bob).id
    _set(relayed, number, kind="no_such_kind")
    deliver.one(relayed, number)
    row = _row(relayed, number)
    assert (row.state, row.last_answer) == (OutboxState.QUEUED, "could not be composed: KeyError")


def test_of_many_at_once_one_delivers(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    """F08: the lease decides, not the broker."""
    number = _reply(scene, bob).id
    threads = [threading.Thread(target=deliver.one, args=(relayed, number)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sink.received) == 1
    assert _row(relayed, number).attempts == 1


def test_a_lease_is_renewed_while_its_holder_lives(
    relayed: Installation, scene: Scene, bob: Person, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F08: however slow the peer is, nobody else takes the message."""
    number = _reply(scene, bob).id
    monkeypatch.setattr(deliver, "RENEW_EVERY", 0.05)
    with db.transaction(relayed.engine) as session:
        message = outbox.claim(session, number)
        assert message is not None
        assert message.lease is not None
        claimed = deliver.Claimed(number, message.lease, "reply", message.recipient, "", b"", None)
    _set(relayed, number, lease_until=func.now() - timedelta(minutes=1))
    with deliver._kept(relayed, claimed):
        while True:
            with db.transaction(relayed.engine) as session:
                if session.scalar(select(OutboxMessage.lease_until > func.now()).where(OutboxMessage.id == number)):
                    break
    assert deliver.one(relayed, number) is None


# --- what facts are read


def _with_file(relayed: Installation, scene: Scene, bob: Person, size: int) -> None:
    comment = scene.writes(bob, "See the manual.")
    files = attachments.store(relayed.storage, [File("manual.pdf", "application/pdf", b"x" * size)])
    with db.transaction(relayed.engine) as session:
        attachments.attach(session, scene.ticket, comment, files)


def test_files_of_an_answer_go_along(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    _with_file(relayed, scene, bob, 1000)
    deliver.one(relayed, scene.message("reply").id)
    (part,) = sink.received[0].message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("manual.pdf", b"x" * 1000)


def test_files_beyond_ten_megabytes_are_linked_to(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    _with_file(relayed, scene, bob, 1000)
    with db.transaction(relayed.engine) as session:
        session.execute(update(Attachment).values(size=10 * 1024 * 1024 + 1))
    deliver.one(relayed, scene.message("reply").id)
    message = sink.received[0].message
    assert list(message.iter_attachments()) == []
    body = message.get_body(("plain",))
    assert body is not None
    assert "manual.pdf (10.0 MB), on the page named below" in body.get_content()


def test_an_answer_that_also_resolves_is_one_mail_that_says_so(
    relayed: Installation, scene: Scene, bob: Person, sink: Sink
) -> None:
    number = _reply(scene, bob, status="resolved").id
    assert scene.outbox("status") == []
    deliver.one(relayed, number)
    body = sink.received[0].message.get_body(("plain",))
    assert body is not None
    assert "This ticket is now resolved. Reply to reopen it." in body.get_content()


def test_mail_born_threads_answer_the_requesters_own_mail(relayed: Installation, scene: Scene, bob: Person, sink: Sink) -> None:
    with db.transaction(relayed.engine) as session:
        mail = InboundMail(
            fingerprint=b"1", source="smtp", mail_from="alice@example.com", rcpt_to=["support@help.test"], size=1,
            message_id="first@example.com", raw_on=func.current_date(),
        )  # fmt: skip
        session.add(mail)
        session.flush()
        session.execute(update(Ticket).values(inbound_mail_id=mail.id))
    deliver.one(relayed, _reply(scene, bob).id)
    scene.writes(bob, "Or sand.")
    deliver.one(relayed, scene.outbox("reply")[1].id)
    first, second = (mail.message for mail in sink.received)
    root = f"<{addressing.thread_root(relayed.mint, 1)}>"
    assert first["Subject"] == "Re: [ELM-001] Printer on fire"
    assert first["In-Reply-To"] == "<first@example.com>"
    assert first["References"].split() == [root, "<first@example.com>"]
    assert second["In-Reply-To"] == "<first@example.com>"
    assert second["References"].split() == [root, "<first@example.com>", first["Message-ID"]]


@pytest.mark.parametrize("kind", ["acknowledgement", "new_ticket", "comment", "note", "assignment", "status"])
def test_every_event_of_a_ticket_composes(house: Installation, scene: Scene, bob: Person, kind: str) -> None:
    from helpdesk import tickets
    from helpdesk.permissions import SYSTEM

    alice, dora = scene.person("alice@example.com"), scene.person("dora@help.test", "Dora", "agent")
    with db.transaction(house.engine) as session:
        ticket = tickets.locked(session, scene.ticket)
        assert ticket is not None
        tickets.assign(session, ticket, session.get_one(Person, bob.id), SYSTEM)
    scene.writes(alice, "It still burns.")
    scene.writes(dora, "@bob look at this", internal=True)
    with db.transaction(house.engine) as session:
        ticket = tickets.locked(session, scene.ticket)
        assert ticket is not None
        tickets.change_status(session, ticket, "resolved", SYSTEM)
    rows = scene.outbox(kind)
    assert rows
    for row in rows:
        deliver.one(house, row.id)
        done = _row(house, row.id)
        assert done.state == OutboxState.CAPTURED
        assert done.mime is not None
        message = message_from_bytes(done.mime, policy=policy.default)
        assert message["X-Helpdesk-Reason"].startswith(kind)
    assert kind in notify.RANK
