"""The second factor: which codes fit when, that none is good twice, and recovery codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.errors import Refused
from helpdesk.models import Event, Person
from helpdesk.permissions import Via, Viewer, viewer_of
from helpdesk.sign_in import second_factor

NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(at: datetime = NOW) -> str:
    return pyotp.TOTP(SECRET).at(at)


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob", "agent")


@pytest.fixture
def viewer(bob: Person) -> Viewer:
    return viewer_of(bob, Via.WEB)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        (code(), True), (f"{code()[:3]} {code()[3:]}", True), (code(NOW - timedelta(seconds=30)), True),
        (code(NOW + timedelta(seconds=30)), True), (code(NOW - timedelta(seconds=60)), False), (code(NOW + timedelta(seconds=60)), False),
        ("", False), (code()[:5], False), (code() + "0", False), ("é" * 6, False), ("١٢٣٤٥٦", False),
    ],
)  # fmt: skip
def test_a_code_fits_for_a_step_around_its_own(given: str, fits: bool) -> None:
    assert (second_factor.step_of(SECRET, given, NOW) is not None) is fits


def test_no_code_is_good_twice_and_none_older_than_the_last(session: Session, bob: Person, viewer: Viewer) -> None:
    second_factor.turn_on(session, bob, SECRET, code(), NOW, viewer)
    assert not second_factor.spend(session, bob, code(), NOW)  # it proved the app
    later = NOW + timedelta(seconds=60)
    assert second_factor.spend(session, bob, code(later), later)
    assert not second_factor.spend(session, bob, code(later), later)
    assert not second_factor.spend(session, bob, code(later - timedelta(seconds=30)), later)


def test_a_recovery_code_is_good_once_however_it_is_typed(session: Session, bob: Person, viewer: Viewer) -> None:
    codes = second_factor.turn_on(session, bob, SECRET, code(), NOW, viewer)
    assert (len(set(codes)), all(len(one) == 19 for one in codes)) == (10, True)
    assert not any(one.encode() in b"".join(bob.recovery_codes) for one in codes)
    assert second_factor.spend_recovery(session, bob, f" {codes[3].upper().replace('-', ' ')} ", viewer)
    assert not second_factor.spend_recovery(session, bob, codes[3], viewer)
    assert not second_factor.spend_recovery(session, bob, "", viewer)
    assert len(bob.recovery_codes) == 9
    fresh = second_factor.renew_codes(session, bob, viewer)
    assert not second_factor.spend_recovery(session, bob, codes[4], viewer)
    assert second_factor.spend_recovery(session, bob, fresh[0], viewer)


def test_it_is_turned_on_by_a_code_that_fits_and_only_once(session: Session, bob: Person, viewer: Viewer) -> None:
    with pytest.raises(Refused, match="does not fit"):
        second_factor.turn_on(session, bob, SECRET, "000000", NOW, viewer)
    assert bob.totp_secret is None
    second_factor.turn_on(session, bob, SECRET, code(), NOW, viewer)
    with pytest.raises(Refused, match="set up already"):
        second_factor.turn_on(session, bob, second_factor.new_secret(), code(), NOW, viewer)


def test_off_takes_everything_and_leaves_its_trace(session: Session, bob: Person, viewer: Viewer) -> None:
    codes = second_factor.turn_on(session, bob, SECRET, code(), NOW, viewer)
    second_factor.turn_off(session, bob, viewer)
    assert (bob.totp_secret, bob.totp_step, bob.recovery_codes) == (None, None, [])
    assert not second_factor.spend_recovery(session, bob, codes[0], viewer)
    with pytest.raises(Refused):
        second_factor.renew_codes(session, bob, viewer)
    events = session.query(Event).order_by(Event.id).all()
    assert [one.kind for one in events] == ["second_factor_on", "second_factor_off"]
    assert SECRET not in str([one.data for one in events])
