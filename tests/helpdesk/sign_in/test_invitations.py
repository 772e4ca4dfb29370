"""Links that let an agent choose a password: for whom, how long, how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.errors import Refused
from helpdesk.models import OutboxMessage, Person
from helpdesk.permissions import SYSTEM
from helpdesk.sign_in import credentials, invitations

KEYS = (b"a key for tests only, long enough",)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def erin(session: Session) -> Person:
    return people.add_user(session, "erin@example.com", "Erin", "agent")


def key_for(person: Person, kind: str = invitations.INVITATION) -> str:
    address = invitations.link(KEYS, "https://help.test", person, kind, NOW)
    assert address.startswith("https://help.test/set-password/")
    return address.rpartition("/")[2]


@pytest.mark.parametrize(
    ("kind", "after", "works"),
    [
        ("invitation", timedelta(0), True), ("invitation", timedelta(hours=71, minutes=59), True), ("invitation", timedelta(hours=72), False),
        ("password_reset", timedelta(minutes=59), True), ("password_reset", timedelta(hours=1), False),
    ],
)  # fmt: skip
def test_a_link_works_for_its_time(session: Session, erin: Person, kind: str, after: timedelta, works: bool) -> None:
    assert (invitations.read(session, KEYS, key_for(erin, kind), NOW + after) == erin) is works


@pytest.mark.parametrize("change", ["a password", "another role", "disabled", "another key", "tampered", "empty"])
def test_a_link_is_void_after(session: Session, erin: Person, change: str) -> None:
    key, keys = key_for(erin), KEYS
    if change == "a password":
        credentials.set_password(session, erin, "$argon2id$new", SYSTEM)
    elif change == "another role":
        erin.role = "customer"
    elif change == "disabled":
        erin.active = False
    elif change == "another key":
        keys = (b"the key of another installation",)
    else:
        key = "" if change == "empty" else key[:-1] + ("a" if key[-1] != "a" else "b")
    assert invitations.read(session, keys, key, NOW) is None


def test_an_old_key_of_ours_still_opens(session: Session, erin: Person) -> None:
    assert invitations.read(session, (b"the new key, long enough too", *KEYS), key_for(erin), NOW) == erin


def test_only_staff_without_a_password_are_invited(session: Session, erin: Person) -> None:
    invitations.invite(session, erin, SYSTEM)
    (mail,) = session.scalars(select(OutboxMessage))
    assert (mail.kind, mail.recipient, mail.data) == ("invitation", "erin@example.com", {"by": ""})  # no secret waits in the row
    alice = people.find_or_make(session, "alice@example.com")
    erin.password_hash = "x"
    for person in (alice, erin):
        with pytest.raises(Refused):
            invitations.invite(session, person, SYSTEM)


@pytest.mark.parametrize(
    ("address", "mails"), [("erin@example.com", 1), ("alice@example.com", 0), ("gone@example.com", 0), ("nobody@example.com", 0)]
)
def test_forgotten_mails_active_staff_alone(session: Session, erin: Person, address: str, mails: int) -> None:
    people.find_or_make(session, "alice@example.com")
    people.add_user(session, "gone@example.com", "Gone", "agent").active = False
    session.flush()
    invitations.forgotten(session, address)
    assert [one.kind for one in session.scalars(select(OutboxMessage))] == ["password_reset"] * mails
