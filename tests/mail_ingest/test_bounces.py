"""What a report or an event of SES changes: nothing without proof, the same by either way with it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from helpdesk import addressing, db
from helpdesk.addressing import Mint
from helpdesk.installation import mint_of
from helpdesk.models import DeliveryProblem, Event, OutboxMessage, OutboxState, Suppression
from helpdesk.settings import Settings, secret_keys
from mail_ingest import bounces, classify, delivery_report
from mail_ingest.mail import Envelope, Reading, SenderVerdict
from mail_ingest.parse import parse
from mail_ingest.reports import ses_event
from tests.workers.conftest import Scene

ALICE = "alice@example.com"
PEER_ID = "0100019-abc-000000"
REPORT = """From: MAILER-DAEMON@mx.example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

It failed.

--b
Content-Type: message/{part}

{fields}
--b
Content-Type: text/rfc822-headers

Message-ID: <{id}>
From: support@help.test

--b--
"""
BLOCK = "Final-Recipient: rfc822; {}\nAction: {}\nStatus: {}\nDiagnostic-Code: smtp; {}\n"


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """Bob's answer to alice has left."""
    scene = Scene(engine)
    bob = scene.person("bob@help.test", "Bob", "agent")
    scene.opens()
    scene.writes(bob, "Use water.")
    number = scene.message("reply").id
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(state=OutboxState.SENT))
        session.execute(update(OutboxMessage).where(OutboxMessage.id == number).values(peer_message_id=PEER_ID))
    return scene


@pytest.fixture
def mint(settings: Settings) -> Mint:
    """The keys of this installation."""
    return mint_of(settings, secret_keys(settings))


def _block(action: str, status: str, words: str = "550 5.1.1 unknown", address: str = ALICE) -> str:
    return BLOCK.format(address, action, status, words)


def _report(fields: str, message_id: str = "x@y", kind: str = "delivery-status", part: str = "delivery-status") -> bytes:
    return REPORT.format(fields=fields, id=message_id, kind=kind, part=part).replace("\n", "\r\n").encode()


def _applied(scene: Scene, mint: Mint, raw: bytes, to: str) -> str:
    """The reason of the result, after the report came to that return path."""
    envelope = Envelope("", (to,))
    mail = parse(raw)
    report = delivery_report.read(raw, mail, envelope)
    reading = Reading(mail, classify.classify(mail, envelope, report=report), report)
    with db.transaction(scene.engine) as session:
        return bounces.apply(session, mint, reading, envelope, None).reason  # type: ignore[arg-type]


def _return_path(scene: Scene, mint: Mint) -> str:
    return addressing.return_path(mint, scene.message("reply").id)


def _event(kind: str, **said: Any) -> str:
    return json.dumps({"eventType": kind, "mail": {"messageId": PEER_ID}, **said})


def _told(scene: Scene, mint: Mint, text: str) -> str | None:
    event = ses_event.read(text)
    assert event is not None
    with db.transaction(scene.engine) as session:
        return bounces.apply_event(session, mint, event)


def _after(scene: Scene) -> dict[str, Any]:
    """All that a report can change."""
    with db.transaction(scene.engine) as session:
        return {
            "state": scene.message("reply").state,
            "stopped": dict(session.execute(select(Suppression.address, Suppression.only_automatic)).all()),
            "problems": list(session.scalars(select(DeliveryProblem.action).order_by(DeliveryProblem.id))),
            "author told": len(scene.outbox("delivery_problem")),
            "events": len(session.scalars(select(Event).where(Event.kind == "delivery_problem")).all()),
        }


NOTHING = {"state": "sent", "stopped": {}, "problems": [], "author told": 0, "events": 0}
FAILED = {"state": "failed", "stopped": {ALICE: False}, "problems": ["failed"], "author told": 1, "events": 1}
FAILED_FOR_NOW = {**FAILED, "stopped": {}}
DELAYED = {**NOTHING, "problems": ["delayed"], "events": 1}
COMPLAINED = {**NOTHING, "stopped": {ALICE: True}, "problems": ["complaint"], "events": 1}
OTHER = "another@example.net"

REPORTS = [
    ("a dead mailbox", _block("failed", "5.1.1"), FAILED),
    ("a mailbox that it was forwarded to", _block("failed", "5.1.1", address=OTHER), FAILED),
    ("policy is not the address", _block("failed", "5.7.1", "550 5.7.1 no"), FAILED_FOR_NOW),
    ("given up for now", _block("failed", "4.4.7", "451 4.4.7 expired"), FAILED_FOR_NOW),
    ("delayed", _block("delayed", "4.4.1", "451 4.4.1 no answer"), DELAYED),
    ("delivered", _block("delivered", "2.0.0", "250 ok"), NOTHING),
    ("relayed", _block("relayed", "2.0.0", "250 ok"), NOTHING),
    ("expanded", _block("expanded", "2.0.0", "250 ok"), NOTHING),
    ("one of many failed", f"{_block('delivered', '2.0.0', '250', 'a@example.net')}\n{_block('failed', '5.1.1', address=OTHER)}", FAILED),
    ("one of many failed and one is delayed", f"{_block('delayed', '4.4.1', '451', OTHER)}\n{_block('failed', '5.1.1', address='a@example.net')}", FAILED),
    ("ours arrived, another failed", f"{_block('failed', '5.1.1', address=OTHER)}\n{_block('expanded', '2.0.0', '250 ok')}", NOTHING),
    ("ours is delayed, another failed", f"{_block('failed', '5.1.1', address=OTHER)}\n{_block('delayed', '4.4.1', '451 4.4.1', 'Alice@example.com')}", DELAYED),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "after"), [case[1:] for case in REPORTS], ids=[case[0] for case in REPORTS])
def test_what_a_report_to_our_return_path_changes(scene: Scene, mint: Mint, fields: str, after: dict[str, Any]) -> None:
    _applied(scene, mint, _report(fields), _return_path(scene, mint))
    expected = {**after, "problems": ["failed"]} if after is FAILED else after
    assert _after(scene) == expected


def test_without_proof_nothing_changes(scene: Scene, mint: Mint) -> None:
    guessed = _return_path(scene, mint).replace("@", "a@")
    for to, message_id in ((guessed, "elm-1.7.aaaaaaaaaaaaaaaa@help.test"), ("support@help.test", "x@y")):
        assert "not proved" in _applied(scene, mint, _report(_block("failed", "5.1.1"), message_id), to)
    assert _after(scene) == NOTHING


def test_our_message_id_in_the_returned_mail_is_proof_too(scene: Scene, mint: Mint) -> None:
    reply = scene.message("reply")
    message_id = addressing.message_id(mint, reply.ticket_number or 0, reply.id)
    _applied(scene, mint, _report(_block("failed", "5.1.1"), message_id), "support@help.test")
    assert _after(scene) == FAILED


def test_a_complaint_by_mail_stops_automatic_mail_only(scene: Scene, mint: Mint) -> None:
    fields = "Feedback-Type: abuse\nVersion: 1\nUser-Agent: x\n"
    _applied(scene, mint, _report(fields, kind="feedback-report", part="feedback-report"), _return_path(scene, mint))
    assert _after(scene) == COMPLAINED


def test_a_report_in_international_fields_is_a_report(scene: Scene, mint: Mint) -> None:
    fields = "Final-Recipient: utf-8; jörg@example.org\nAction: failed\nStatus: 5.1.1\n"
    _applied(scene, mint, _report(fields, part="global-delivery-status"), _return_path(scene, mint))
    assert _after(scene) == FAILED


BOUNCED = {"emailAddress": ALICE, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown"}
DELAY = {"emailAddress": ALICE, "status": "4.4.1", "diagnosticCode": "smtp; 451 4.4.1 no answer"}
EVENTS = [
    ("a permanent bounce", _event("Bounce", bounce={"bounceType": "Permanent", "bouncedRecipients": [BOUNCED]}), FAILED),
    ("a transient bounce", _event("Bounce", bounce={"bounceType": "Transient", "bouncedRecipients": [BOUNCED]}), FAILED_FOR_NOW),
    ("a delay", _event("DeliveryDelay", deliveryDelay={"delayedRecipients": [DELAY]}), DELAYED),
    ("a delivery", _event("Delivery", delivery={"recipients": [ALICE], "smtpResponse": "250 ok"}), NOTHING),
    ("a complaint", _event("Complaint", complaint={"complainedRecipients": [{"emailAddress": ALICE}]}), COMPLAINED),
    ("a mail with a virus", _event("Reject", reject={"reason": "Bad content"}), FAILED_FOR_NOW),
]  # fmt: skip


@pytest.mark.parametrize(("text", "after"), [case[1:] for case in EVENTS], ids=[case[0] for case in EVENTS])
def test_an_event_of_ses_changes_what_a_proved_report_does_once(scene: Scene, mint: Mint, text: str, after: dict[str, Any]) -> None:
    for _ in range(3):
        assert _told(scene, mint, text) is not None
    assert _after(scene) == after


def test_a_delivery_overcomes_what_delayed_it(scene: Scene, mint: Mint) -> None:
    for _, text, _ in (EVENTS[2], EVENTS[3]):
        _told(scene, mint, text)
    assert _after(scene) == {**DELAYED, "problems": ["overcome"]}
    assert scene.message("reply").last_answer == "250 ok"


def test_the_author_is_told_once_by_a_refusal_and_the_report_after_it(scene: Scene, mint: Mint) -> None:
    _told(scene, mint, EVENTS[0][1])
    _applied(scene, mint, _report(_block("failed", "5.1.1")), _return_path(scene, mint))
    assert _after(scene)["author told"] == 1


def test_an_event_about_a_mail_that_is_not_ours_changes_nothing(scene: Scene, mint: Mint) -> None:
    assert _told(scene, mint, EVENTS[0][1].replace(PEER_ID, "somebody-else")) is None
    assert _after(scene) == NOTHING


def test_an_event_that_is_faster_than_the_record_of_its_sending_finds_our_message_id(scene: Scene, mint: Mint) -> None:
    reply = scene.message("reply")
    ours = addressing.message_id(mint, reply.ticket_number or 0, reply.id)
    mail = {"messageId": "not recorded yet", "headers": [{"name": "Message-ID", "value": f"<{ours}>"}]}
    text = json.dumps({"eventType": "Bounce", "mail": mail, "bounce": {"bounceType": "Permanent", "bouncedRecipients": [BOUNCED]}})
    _told(scene, mint, text)
    assert _after(scene) == FAILED


# --- who is heard from again


def _heard(scene: Scene, raw: bytes, verdict: SenderVerdict, later: timedelta = timedelta(minutes=1)) -> bool:
    mail = parse(raw)
    with db.transaction(scene.engine) as session:
        session.add(Suppression(address=ALICE, reason="550 5.1.1"))
        session.flush()
        now: datetime = session.execute(select(func.now())).scalar_one()
        bounces.heard_from(session, Reading(mail, classify.classify(mail, Envelope(ALICE, ()))), verdict, now + later)
        return session.get(Suppression, ALICE) is None


PERSON = b"From: Alice <Alice@example.com>\r\nTo: support@help.test\r\nSubject: Printer\r\n\r\nHello\r\n"


@pytest.mark.parametrize(
    ("raw", "verdict", "lifted"),
    [
        (PERSON, SenderVerdict.PASS, True),
        (PERSON, SenderVerdict.NONE, False),
        (PERSON, SenderVerdict.FAIL, False),
        (b"Auto-Submitted: auto-replied\r\n" + PERSON, SenderVerdict.PASS, False),
        (PERSON.replace(b"Alice@", b"charlie@"), SenderVerdict.PASS, False),
        (b"From: Bob <bob@example.com>\r\n" + PERSON, SenderVerdict.PASS, False),
    ],
    ids=["a person who passes", "nobody vouches", "a forgery", "a machine", "somebody else", "two senders"],
)
def test_an_address_gets_mail_again_when_a_person_writes_from_it_and_passes(
    scene: Scene, raw: bytes, verdict: SenderVerdict, lifted: bool
) -> None:
    assert _heard(scene, raw, verdict) is lifted


def test_a_mail_from_before_it_failed_says_nothing(scene: Scene) -> None:
    assert not _heard(scene, PERSON, SenderVerdict.PASS, -timedelta(minutes=1))


def test_the_same_report_twice_changes_nothing_the_second_time(scene: Scene, mint: Mint) -> None:
    raw, to = _report(_block("failed", "5.1.1")), _return_path(scene, mint)
    _applied(scene, mint, raw, to)
    assert _applied(scene, mint, raw.replace(b"Subject: ", b"Subject: Again: "), to) == f"told before: {ALICE}"
    assert _after(scene) == FAILED
