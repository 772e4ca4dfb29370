"""Sessions and tokens of one's own: listed, ended one by one or all; nobody else's."""

from __future__ import annotations

import pytest
from sqlalchemy import func, update
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.errors import NotFound
from helpdesk.models import Person, SignInSession
from helpdesk.permissions import Via, viewer_of
from helpdesk.sign_in import credentials, own_access


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob", "agent")


def test_sessions_are_listed_and_ended_by_their_owner(session: Session, bob: Person) -> None:
    dora = people.add_user(session, "dora@example.com", "Dora", "admin")
    first, second, over = (credentials.start_session(session, bob, name) for name in ("one", "two", "over"))
    session.execute(update(SignInSession).where(SignInSession.user_agent == "over").values(expires_at=func.now()))
    found, count = own_access.sessions_of(session, bob)
    assert count == 2
    assert {one.user_agent for one in found} == {"one", "two"}
    number = next(one.id for one in found if own_access.is_of(one, first))
    with pytest.raises(NotFound):
        own_access.end_one(session, viewer_of(dora, Via.WEB), number)
    own_access.end_one(session, viewer_of(bob, Via.WEB), number)
    assert [credentials.session_owner(session, one) for one in (first, second, over)] == [None, bob, None]


def test_every_session_is_on_one_of_the_pages(session: Session, bob: Person) -> None:
    for number in range(own_access.PAGE + 1):
        credentials.start_session(session, bob, str(number))
    pages = [own_access.sessions_of(session, bob, page=page) for page in (1, 2, 3)]
    assert [(len(rows), count) for rows, count in pages] == [(own_access.PAGE, 51), (1, 51), (0, 51)]
    assert len({one.id for rows, _ in pages for one in rows}) == own_access.PAGE + 1


def test_a_browser_is_asked_how_it_was_signed_in(session: Session, bob: Person) -> None:
    secret = credentials.start_session(session, bob, "", method="single sign-on")
    session.flush()
    assert own_access.method_of(session, secret) == "single sign-on"


def test_all_but_this_one_end(session: Session, bob: Person) -> None:
    secrets = [credentials.start_session(session, bob, "") for _ in range(3)]
    assert own_access.end_all(session, viewer_of(bob, Via.WEB), bob, keep=secrets[1]) == 2
    assert [credentials.session_owner(session, one) for one in secrets] == [None, bob, None]


def test_a_session_that_a_password_alone_opened_is_none_where_two_factors_are_asked(session: Session, bob: Person) -> None:
    alice = people.find_or_make(session, "alice@example.com")
    opened = {method: credentials.start_session(session, bob, "", method=method) for method in credentials.METHODS}
    counts = {m for m, secret in opened.items() if credentials.session_owner(session, secret, two_factors=True)}
    assert counts == {"password and code", "recovery code", "single sign-on", "demo"}
    own_access.renew(session, opened["password"], "password and code")
    assert credentials.session_owner(session, opened["password"], two_factors=True) == bob
    theirs = credentials.start_session(session, alice, "", method="link")
    assert credentials.session_owner(session, theirs, two_factors=True) == alice


def test_a_token_is_revoked_by_its_owner(session: Session, bob: Person) -> None:
    dora = people.add_user(session, "dora@example.com", "Dora", "admin")
    token = credentials.create_token(session, bob, "export", ["tickets", "read"])
    (row,) = own_access.tokens_of(session, bob)
    with pytest.raises(NotFound):
        own_access.revoke_token(session, viewer_of(dora, Via.WEB), row.id)
    assert own_access.revoke_token(session, viewer_of(bob, Via.WEB), row.id) == "export"
    session.flush()
    assert (credentials.token_owner(session, token), own_access.tokens_of(session, bob)) == (None, [])
    with pytest.raises(NotFound):
        own_access.revoke_token(session, viewer_of(bob, Via.WEB), row.id)
