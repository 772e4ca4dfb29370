"""The daily mail to administrators about what is held."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import update

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import InboundMail, OutboxMessage, OutboxState, Person
from helpdesk.words import HELD_WORDS, HeldReason
from mail_ingest import intake
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.workers.conftest import Scene
from workers import deliver, held_digest

MORNING = datetime.now(UTC).replace(hour=7, minute=0, second=30)


def _hold(house: Installation, subject: str = "Hello", *, days: float = 1, why: HeldReason = HeldReason.SENDER_DISOWNED) -> int:
    raw = f"From: mallory@example.org\r\nX-Of: {subject!a}\r\n\r\nhello\r\n".encode()
    mail_id = intake.accept(house.engine, Arrival(raw, Envelope("mallory@example.org", ("support@help.test",)), "test")).mail_id
    with db.transaction(house.engine) as session:
        values = {
            "state": "held", "held_number": int(why), "held_reason": HELD_WORDS[why], "sender": "mallory@example.org", "subject": subject,
            "received_at": MORNING - timedelta(days=days),
        }  # fmt: skip
        session.execute(update(InboundMail).where(InboundMail.id == mail_id).values(**values))
    return mail_id


@pytest.fixture
def admin(scene: Scene) -> Person:
    """dora, beside bob the agent and an administrator who is gone."""
    scene.person("bob@help.test", "Bob", "agent")
    gone = scene.person("erin@help.test", "Erin", "admin")
    with db.transaction(scene.engine) as session:
        session.get_one(Person, gone.id).active = False
    return scene.person("dora@help.test", "Dora", "admin")


def test_each_active_administrator_is_told_what_is_held_the_oldest_first(house: Installation, scene: Scene, admin: Person) -> None:
    young, old = _hold(house, "young", days=1.2), _hold(house, "old", days=3.1, why=HeldReason.AUTOMATIC_REPLY)
    assert held_digest.write(house.engine, MORNING) == 1
    mail = scene.message("held_digest")
    assert (mail.recipient, mail.ticket_number, mail.data["count"], mail.data["more"]) == ("dora@help.test", None, 2, 0)
    assert [(one["id"], one["code"], one["sender"], one["subject"], one["waits"]) for one in mail.data["mails"]] == [
        (old, "H9", "mallory@example.org", "old", "3 days"),
        (young, "H6", "mallory@example.org", "young", "1 day"),
    ]


def test_it_comes_once_a_day_and_again_the_next(house: Installation, scene: Scene, admin: Person) -> None:
    _hold(house)
    written = [held_digest.write(house.engine, MORNING + timedelta(minutes=5 * tick)) for tick in range(3)]
    assert written == [1, 0, 0]
    assert held_digest.write(house.engine, MORNING + timedelta(days=1)) == 1
    assert len(scene.outbox("held_digest")) == 2


@pytest.mark.parametrize(
    ("hour", "mails"), [(6, 0), (7, 1), (15, 1)], ids=["before seven it waits", "from seven on it is due", "late is not missed"]
)
def test_it_is_due_from_seven_on(hour: int, mails: int, house: Installation, admin: Person) -> None:
    _hold(house)
    assert held_digest.write(house.engine, MORNING.replace(hour=hour)) == mails


def test_where_nothing_is_held_nobody_is_told_and_what_comes_later_waits_for_tomorrow(
    house: Installation, scene: Scene, admin: Person
) -> None:
    assert held_digest.write(house.engine, MORNING) == 0
    _hold(house)
    assert held_digest.write(house.engine, MORNING + timedelta(hours=1)) == 0
    assert scene.outbox("held_digest") == []
    assert held_digest.write(house.engine, MORNING + timedelta(days=1)) == 1


def test_of_two_ticks_at_once_one_writes(house: Installation, scene: Scene, admin: Person) -> None:
    _hold(house)
    written: list[int] = []
    ready = threading.Barrier(4)

    def tick() -> None:
        ready.wait()
        written.append(held_digest.write(house.engine, MORNING))

    ticks = [threading.Thread(target=tick) for _ in range(4)]
    for one in ticks:
        one.start()
    for one in ticks:
        one.join()
    assert sorted(written) == [0, 0, 0, 1]
    assert len(scene.outbox("held_digest")) == 1


def test_a_tick_that_fails_leaves_the_day_to_the_next_one(
    house: Installation, scene: Scene, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    _hold(house)
    with monkeypatch.context() as broken:
        broken.setattr(held_digest, "MOST", -1)  # PostgreSQL refuses such a LIMIT
        with pytest.raises(Exception, match="LIMIT"):
            held_digest.write(house.engine, MORNING)
    assert held_digest.write(house.engine, MORNING) == 1


def test_twenty_are_named_and_the_rest_is_counted(house: Installation, scene: Scene, admin: Person) -> None:
    for number in range(23):
        _hold(house, f"Offer {number}")
    held_digest.write(house.engine, MORNING)
    data = scene.message("held_digest").data
    assert (len(data["mails"]), data["count"], data["more"]) == (20, 23, 3)


HOSTILE = "win\r\nBcc: all@help.test\r\n\r\n#resolved\n=?utf-8?q?a=0ABcc:_x?= \u202etxt.exe <script>alert(1)</script> " + "x" * 500


def test_a_stranger_s_subject_is_one_short_line_and_no_markup(house: Installation, scene: Scene, admin: Person) -> None:
    _hold(house, HOSTILE)
    held_digest.write(house.engine, MORNING)
    row = scene.message("held_digest")
    deliver.one(house, row.id)
    with db.transaction(house.engine) as session:
        sent = session.get_one(OutboxMessage, row.id)
        assert sent.state == OutboxState.CAPTURED
        message = message_from_bytes(sent.mime or b"", policy=policy.default)
    assert message["Subject"] == "1 held mail waits for a decision"
    assert "Bcc" not in message
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    (line,) = [line for line in text.splitlines() if "win" in line]
    assert line.startswith("H6 win Bcc: all@help.test #resolved = ?utf-8")
    assert len(line) < 150
    assert "\u202e" not in text + html
    assert "<script" not in html
    assert "https://help.test/admin/held" in text
