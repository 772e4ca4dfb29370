"""Passwords, sessions, tokens: what is kept, and when each stops to open anything."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.errors import Refused
from helpdesk.models import ApiToken, Person, SignInSession
from helpdesk.permissions import SYSTEM
from helpdesk.sign_in import credentials

PASSWORD = "correct horse battery"


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob", "agent", password_hash="none")


def test_a_password_matches_its_own_hash_only() -> None:
    stored = credentials.hash_password(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
    wanted = {PASSWORD: True, PASSWORD + " ": False, PASSWORD.upper(): False, "": False}
    assert {given: credentials.password_matches(stored, given) for given in wanted} == wanted


@pytest.mark.parametrize("stored", [None, "", "none", "$argon2id$broken", "plain"])
def test_without_a_hash_nothing_matches(stored: str | None) -> None:
    assert not credentials.password_matches(stored, PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "123456789", "x" * 1025])
def test_a_password_too_short_or_absurd_is_refused(password: str) -> None:
    with pytest.raises(Refused):
        credentials.hash_password(password)


@pytest.mark.parametrize(
    ("address", "found"),
    [("bob@example.com", True), (" BOB@example.com ", True), ("alice@example.com", False), ("nobody@example.com", False)],
)
def test_only_agents_sign_in_by_password(session: Session, bob: Person, address: str, found: bool) -> None:
    people.find_or_make(session, "alice@example.com").password_hash = "x"
    session.flush()
    assert (credentials.staff_password(session, address) is not None) is found
    bob.active = False
    assert credentials.staff_password(session, address) is None


def test_a_session_is_kept_as_a_hash_and_lives_on_while_it_is_used(session: Session, bob: Person) -> None:
    secret = credentials.start_session(session, bob, "Firefox")
    session.flush()
    row = session.scalars(select(SignInSession)).one()
    assert (row.token_hash, len(secret)) == (credentials.digest(secret), 43)
    session.execute(
        update(SignInSession).values(
            seen_at=func.now() - credentials.SEEN_EVERY * 2, expires_at=func.now() + credentials.SEEN_EVERY
        )
    )
    session.expire_all()
    before = row.expires_at
    assert credentials.session_owner(session, secret) == bob
    session.flush()
    session.refresh(row)
    assert row.expires_at > before
    assert credentials.session_owner(session, secret + "x") is None


def test_a_session_ends_in_the_end_however_often_it_is_used(session: Session, bob: Person) -> None:
    secret = credentials.start_session(session, bob, "Firefox")
    session.flush()
    began = func.now() - credentials.LONGEST_SESSION + credentials.SEEN_EVERY
    session.execute(update(SignInSession).values(seen_at=func.now() - credentials.SEEN_EVERY * 2, created_at=began))
    session.expire_all()
    assert credentials.session_owner(session, secret) == bob
    session.flush()
    row = session.scalars(select(SignInSession)).one()
    session.refresh(row)
    assert row.expires_at == row.created_at + credentials.LONGEST_SESSION


@pytest.mark.parametrize("two_factors", [False, True])
def test_a_mailed_link_opens_no_agents_session(two_factors: bool, session: Session, bob: Person) -> None:
    alice = people.find_or_make(session, "alice@example.com")
    bobs, hers = (credentials.start_session(session, one, "", method="link") for one in (bob, alice))
    assert credentials.session_owner(session, bobs, two_factors=two_factors) is None
    assert credentials.session_owner(session, hers, two_factors=two_factors) == alice


@pytest.mark.parametrize("how", ["signed out", "over", "disabled", "new password"])
def test_a_session_that_is_over_opens_nothing(session: Session, bob: Person, how: str) -> None:
    secret = credentials.start_session(session, bob, "Firefox")
    session.flush()
    if how == "signed out":
        credentials.end_session(session, secret)
    elif how == "over":
        session.execute(update(SignInSession).values(expires_at=func.now()))
    elif how == "disabled":
        bob.active = False
    else:
        credentials.set_password(session, bob, "x", SYSTEM)
    session.flush()
    assert credentials.session_owner(session, secret) is None


def test_a_token_is_shown_once_and_kept_as_a_hash(session: Session, bob: Person) -> None:
    token = credentials.create_token(session, bob, "deploy", ["read"])
    session.flush()
    row = session.scalars(select(ApiToken)).one()
    assert (token.startswith("hd_"), row.token_hash, row.scopes) == (True, credentials.digest(token), ["read"])
    assert credentials.token_owner(session, token) == (row, bob)
    assert row.used_at is not None
    row.revoked_at = func.now()
    session.flush()
    assert credentials.token_owner(session, token) is None


def test_the_fifty_first_token_is_refused_until_one_is_revoked(session: Session, bob: Person) -> None:
    for number in range(credentials.MOST_TOKENS):
        credentials.create_token(session, bob, str(number))
    with pytest.raises(Refused, match="50 tokens"):
        credentials.create_token(session, bob, "one more")
    session.flush()
    session.scalars(select(ApiToken).limit(1)).one().revoked_at = func.now()
    session.flush()
    assert credentials.create_token(session, bob, "one more")


def test_a_scope_that_does_not_exist_is_refused(session: Session, bob: Person) -> None:
    with pytest.raises(Refused, match="root"):
        credentials.create_token(session, bob, "x", ["root"])


def test_the_token_of_a_form_belongs_to_one_session() -> None:
    assert credentials.csrf_token("a") == credentials.csrf_token("a") != credentials.csrf_token("b")
