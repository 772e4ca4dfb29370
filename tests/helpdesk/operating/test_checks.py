"""What an operator should act on: each check finds what was planted, and nothing in a helpdesk that is well."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from helpdesk import outbox, people
from helpdesk.operating import checks, state, timers
from helpdesk.operating.state import State, Waiting
from helpdesk.operating.timers import TIMERS, Run
from helpdesk.settings import Settings

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
NOBODY = Waiting(0, None)
WELL = State(
    at=NOW, version="1", python="3.11", postgresql="18", broker="valkey 8", revision="9", newest_revision="9",
    database_bytes=1, tickets=1, tickets_estimated=False, received=NOBODY, held=NOBODY, queued=NOBODY, overdue=NOBODY, failed=0,
    timers=[Run(name, what, every, NOW, 0.1, "here:1", late=False) for name, (what, every, _) in TIMERS.items()],
    parts=[], disk_free=50 << 30, disk_total=100 << 30, admins=1, admins_with_second_factor=1,
)  # fmt: skip


@pytest.fixture
def sound(settings: Settings) -> Settings:
    """Settings that leave nothing to say."""
    return settings.model_copy(update={"outbound": "smtp://relay.example:25"})


def found(settings: Settings, state: State) -> list[str]:
    return [one.check for one in checks.findings(settings, state)]


def test_a_helpdesk_that_is_well_needs_nobody(sound: Settings) -> None:
    assert found(sound, WELL) == []


@pytest.mark.parametrize(
    ("planted", "check", "level"),
    [
        ({"revision": "8"}, "schema_is_behind", "bad"),
        ({"timers": [replace(WELL.timers[0], late=True)]}, "timers_stand_still", "bad"),
        ({"broker": None}, "broker_is_away", "warn"),
        ({"received": Waiting(2, NOW - timedelta(minutes=6))}, "mail_waits_to_be_read", "bad"),
        ({"overdue": Waiting(1, NOW - timedelta(hours=1))}, "mail_waits_to_leave", "bad"),
        ({"failed": 1}, "mail_failed", "warn"),
        ({"held": Waiting(3, NOW - timedelta(days=4))}, "held_for_days", "warn"),
        ({"disk_free": 1 << 29}, "disk_is_full", "bad"),
        ({"disk_free": 9 << 30}, "disk_is_full", "bad"),
        ({"admins": 0, "admins_with_second_factor": 0}, "no_administrator", "bad"),
        ({"admins_with_second_factor": 0}, "no_second_factor", "warn"),
    ],
)
def test_what_is_wrong_with_its_state_is_found_and_its_remedy_said(
    sound: Settings, planted: dict[str, Any], check: str, level: str
) -> None:
    (finding,) = checks.findings(sound, replace(WELL, **planted))
    assert (finding.check, finding.level) == (check, level)
    assert finding.says.endswith(".")
    assert finding.remedy.endswith(".")


@pytest.mark.parametrize(
    "waiting",
    [
        {"received": Waiting(2, NOW - timedelta(minutes=4))},
        {"overdue": Waiting(2, NOW - timedelta(minutes=4))},
        {"held": Waiting(2, NOW - timedelta(days=2))},
        {"disk_total": 0, "disk_free": 0},
        {"broker": ""},
    ],
)
def test_what_waits_for_moments_only_is_no_finding(sound: Settings, waiting: dict[str, Any]) -> None:
    assert found(sound, replace(WELL, **waiting)) == []


@pytest.mark.parametrize(
    ("planted", "check", "level"),
    [
        ({"outbound": "capture"}, "nothing_is_sent", "warn"),
        ({"demo": True}, "demo_is_on", "warn"),
        ({"support_address": "support@help.localhost"}, "support_address_is_an_example", "warn"),
        ({"base_url": "http://help.example.com"}, "pages_are_not_encrypted", "bad"),
        ({"base_url": "http://127.0.0.1:8000"}, "pages_are_not_encrypted", "info"),
        ({"smtp_listen": "0.0.0.0:25", "sender_check": "off"}, "senders_are_not_checked", "warn"),
        ({"secret_key": None}, "key_is_in_the_data_directory", "info"),
    ],
)
def test_what_is_wrong_with_the_settings_is_found(sound: Settings, planted: dict[str, Any], check: str, level: str) -> None:
    (finding,) = checks.findings(sound.model_copy(update=planted), WELL)
    assert (finding.check, finding.level) == (check, level)


def test_the_worst_comes_first(sound: Settings) -> None:
    settings = sound.model_copy(update={"secret_key": None})
    assert found(settings, replace(WELL, failed=1, admins=0)) == ["no_administrator", "mail_failed", "key_is_in_the_data_directory"]


def test_no_secret_is_said(sound: Settings) -> None:
    update = {"secret_key": SecretStr("wild horses"), "outbound": "capture", "database_url": "postgresql://a:wild@x/y"}
    worst = replace(WELL, revision=None, broker=None, admins=0, failed=1)
    assert "wild" not in str(checks.findings(sound.model_copy(update=update), worst))


def test_the_state_is_read_from_what_is_there(session: Session, settings: Settings) -> None:
    people.add_user(session, "dora@example.com", "Dora", "admin")
    outbox.enqueue(session, "reply", "alice@example.com")
    seen = state.read(session, settings, "valkey 8")
    assert (seen.admins, seen.admins_with_second_factor, seen.queued.count, seen.received.count) == (1, 0, 1, 0)
    assert seen.revision == seen.newest_revision
    assert seen.database_bytes > 1_000_000


def test_a_process_that_ended_is_seen_and_one_that_never_was_is_not(session: Session, settings: Settings) -> None:
    run = settings.data_dir / "run"
    run.mkdir(parents=True)
    (run / "web.pid").write_text("999999999")
    (run / "beat.pid").write_text("nonsense")
    seen = state.read(session, settings, "")
    assert [(part.name, part.since) for part in seen.parts] == [("web", None), ("beat", None)]


def test_a_timer_is_late_when_it_has_not_run_for_long_and_none_is_before_the_first_has_run(
    engine: Engine, session: Session
) -> None:
    now = datetime.now(UTC)
    assert all(run.late for run in timers.last_runs(session, now))
    session.rollback()
    with timers.noted(engine, "sweep"):
        pass
    runs = {run.name: run for run in timers.last_runs(session, datetime.now(UTC))}
    assert not runs["sweep"].late
    assert runs["sweep"].where
    assert (runs["keep_house"].late, runs["keep_house"].at) == (False, None)
    later = {run.name: run.late for run in timers.last_runs(session, now + timedelta(minutes=3))}
    assert later["sweep"]


def test_a_timer_that_failed_has_not_run(engine: Engine, session: Session) -> None:
    with pytest.raises(ZeroDivisionError), timers.noted(engine, "sweep"):
        raise ZeroDivisionError
    assert all(run.at is None for run in timers.last_runs(session, datetime.now(UTC)))
