from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text, update

from helpdesk import db, people, raw_mail, tickets, upvotes
from helpdesk.errors import TryLater
from helpdesk.installation import Installation
from helpdesk.lists import metrics
from helpdesk.models import Attempt, IdempotencyKey, InboundMail, InboundRaw, SignInLink, SignInSession, Status, Ticket
from helpdesk.permissions import SYSTEM
from helpdesk.storage import Storage
from mail_ingest import intake
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.workers.conftest import Scene
from workers import housekeeping

TODAY = date(2026, 3, 1)


def _resolve(engine: Engine, number: int, days_ago: float) -> None:
    with db.transaction(engine) as session:
        values = {"status": Status.RESOLVED, "resolved_at": func.now() - timedelta(days=days_ago)}
        session.execute(update(Ticket).where(Ticket.number == number).values(**values))


def _status(engine: Engine, number: int) -> str:
    with db.transaction(engine) as session:
        return session.get_one(Ticket, number).status


def test_a_ticket_closes_14_days_after_it_was_resolved_and_its_requester_is_told(house: Installation, scene: Scene) -> None:
    old, fresh, merged = scene.opens(), scene.opens("charlie@example.org"), scene.opens("dora@example.org")
    _resolve(house.engine, old, 14.1)
    _resolve(house.engine, fresh, 13.9)
    _resolve(house.engine, merged, 20)
    with db.transaction(house.engine) as session:
        session.execute(update(Ticket).where(Ticket.number == merged).values(merged_into=old))
    assert housekeeping.close_resolved(house.engine) == 1
    assert [_status(house.engine, number) for number in (old, fresh, merged)] == ["closed", "resolved", "resolved"]
    assert scene.message("status").recipient == "alice@example.com"
    assert housekeeping.close_resolved(house.engine) == 0


def test_a_round_tells_the_followers_of_a_known_issue_once(house: Installation, scene: Scene) -> None:
    number = scene.opens()
    with db.transaction(house.engine) as session:
        charlie = people.find_or_make(session, "charlie@example.org")
        charlie.addresses[0].verified_at = datetime.now(UTC)
        ticket = tickets.find(session, SYSTEM, number, lock=True)
        tickets.edit(session, ticket, SYSTEM, is_public=True)
        upvotes.add(session, number, charlie, SYSTEM)
        tickets.change_status(session, ticket, Status.RESOLVED, SYSTEM)
    for _ in range(2):
        housekeeping.keep_house(house)
        assert scene.message("issue_update").recipient == "charlie@example.org"


def _mail(house: Installation, text_: str = "hello", *, processed_hours_ago: float | None = 2) -> int:
    raw = f"From: alice@example.com\r\nSubject: {text_}\r\n\r\nhello\r\n".encode()
    mail_id = intake.accept(house.engine, Arrival(raw, Envelope("alice@example.com", ("support@help.test",)), "test")).mail_id
    if processed_hours_ago is not None:
        with db.transaction(house.engine) as session:
            values = {"state": "ticket", "processed_at": func.now() - timedelta(hours=processed_hours_ago)}
            session.execute(update(InboundMail).where(InboundMail.id == mail_id).values(**values))
    return mail_id


def _in_database(engine: Engine) -> list[int]:
    with db.transaction(engine) as session:
        return list(session.scalars(select(InboundRaw.inbound_mail_id).order_by(InboundRaw.inbound_mail_id)))


def test_raw_mail_moves_to_storage_an_hour_after_processing_and_stays_readable(house: Installation) -> None:
    moved = _mail(house, "one")
    fresh = _mail(house, "two", processed_hours_ago=0.5)
    waiting = _mail(house, "three", processed_hours_ago=None)
    before = raw_mail.content(house.engine, house.storage, moved)
    assert housekeeping.move_raw(house.engine, house.storage) == 1
    assert _in_database(house.engine) == [fresh, waiting]
    assert raw_mail.content(house.engine, house.storage, moved) == before
    assert housekeeping.move_raw(house.engine, house.storage) == 0


def test_a_disk_that_is_full_moves_nothing_and_loses_nothing(house: Installation, tmp_path: Path) -> None:
    mail_id = _mail(house)
    full = tmp_path / "a file, no directory"
    full.touch()
    with pytest.raises(TryLater):
        housekeeping.move_raw(house.engine, Storage(full))
    assert _in_database(house.engine) == [mail_id]


def test_two_who_move_at_once_leave_one_copy_of_each_mail(house: Installation) -> None:
    for number in range(30):
        _mail(house, str(number))
    threads = [threading.Thread(target=housekeeping.move_raw, args=(house.engine, house.storage)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    housekeeping.move_raw(house.engine, house.storage)
    assert _in_database(house.engine) == []
    with db.transaction(house.engine) as session:
        keys = set(session.scalars(select(InboundMail.raw_key)))
    assert len(keys) == 30
    assert len([path for path in house.storage.directory.rglob("*") if path.is_file()]) == 30


def _days(engine: Engine) -> set[str]:
    with db.transaction(engine) as session:
        names = session.scalars(text("select inhrelid::regclass::text from pg_inherits where inhparent = 'inbound_raw'::regclass"))
        return set(names) - {"inbound_raw_default"}


def test_partitions_stand_ready_and_go_when_they_are_past_and_empty(engine: Engine) -> None:
    assert housekeeping.prepare_days(engine, TODAY) == 4
    assert housekeeping.prepare_days(engine, TODAY) == 0
    assert _days(engine) == {f"inbound_raw_2026030{day}" for day in (1, 2, 3, 4)}
    assert housekeeping.drop_days(engine, TODAY) == 0
    with db.transaction(engine) as session:
        session.add(InboundRaw(received_on=TODAY, inbound_mail_id=1, content=b"x"))
    assert housekeeping.drop_days(engine, TODAY + timedelta(days=3)) == 1
    assert _days(engine) == {f"inbound_raw_2026030{day}" for day in (1, 3, 4)}


def test_mail_of_a_day_without_partition_stays_where_it_is(house: Installation) -> None:
    mail_id = _mail(house)
    today = datetime.now(UTC).date()
    assert housekeeping.prepare_days(house.engine, today) == 3
    assert housekeeping.move_raw(house.engine, house.storage) == 1
    assert raw_mail.content(house.engine, house.storage, mail_id).startswith(b"From: alice")
    assert housekeeping.prepare_days(house.engine, today) == 1


def test_what_expired_goes_and_what_counts_stays(engine: Engine, scene: Scene) -> None:
    person = scene.person("alice@example.com").id
    with db.transaction(engine) as session:
        now = session.execute(select(func.now())).scalar_one()
        for days in (-3, 1):
            at, mark = now + timedelta(days=days), bytes([days + 10])
            session.add(SignInSession(token_hash=mark, person_id=person, expires_at=at))
            session.add(SignInLink(address="alice@example.com", token_hash=mark, code_hash=mark, expires_at=at))
            session.add(Attempt(what="password", subject="alice", at=at))
            session.add(IdempotencyKey(scope="s", key=str(days), request_hash=mark, status=200, body={}, created_at=at))
    assert housekeeping.expire(engine) == 4
    assert housekeeping.expire(engine) == 0
    with db.transaction(engine) as session:
        left = [
            session.scalar(select(func.count()).select_from(one)) for one in (SignInSession, SignInLink, Attempt, IdempotencyKey)
        ]
    assert left == [1, 1, 1, 1]


def test_of_two_clocks_one_does_the_work(engine: Engine, scene: Scene) -> None:
    """F05: two schedulers at once are harmless."""
    _resolve(engine, scene.opens(), 15)
    with db.transaction(engine) as session:
        assert db.is_alone(session, "close_resolved")
        assert housekeeping.close_resolved(engine) == 0
    assert housekeeping.close_resolved(engine) == 1


def test_a_chore_that_fails_keeps_no_other_from_its_turn(house: Installation, scene: Scene) -> None:
    _resolve(house.engine, scene.opens(), 15)
    _mail(house)
    with db.transaction(house.engine) as session:
        session.execute(text("drop table attempts"))
        session.execute(text("alter table tickets rename column closed_at to closed"))
    housekeeping.keep_house(house)
    assert _in_database(house.engine) == []


def test_without_a_database_the_round_is_over_at_once(house: Installation) -> None:
    away = db.connect("postgresql://localhost:1/none")
    with pytest.raises(TryLater):
        housekeeping.keep_house(Installation(house.settings, away, house.mint, house.keys, house.storage))


def test_the_figures_are_counted_by_one_tick_at_a_time(engine: Engine) -> None:
    def as_of() -> datetime:
        with db.transaction(engine) as session:
            return metrics.latest(session).as_of

    housekeeping.count(engine)
    first = as_of()
    with db.transaction(engine) as session:
        assert db.is_alone(session, "count")
        housekeeping.count(engine)
        assert as_of() == first, "somebody else counts"
    housekeeping.count(engine)
    assert as_of() > first
