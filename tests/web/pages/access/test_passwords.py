"""Passwords by mailed links: the invitation, the forgotten one, and that neither tells who works here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk import people
from helpdesk.installation import Installation
from helpdesk.models import Event, OutboxMessage, Person
from helpdesk.sign_in import credentials, invitations
from tests.web.conftest import Browser, Cast
from tests.web.pages.access.conftest import code

NEW = "another long password"


@pytest.fixture
def erins_link(session: Session, installation: Installation, cast: Cast) -> str:
    erin = people.add_user(session, "erin@example.com", "Erin", "agent")
    session.commit()
    return link_of(installation, erin)


def link_of(installation: Installation, person: Person, kind: str = invitations.INVITATION) -> str:
    return invitations.link(installation.keys, "", person, kind, datetime.now(UTC))


def test_an_invitation_lets_its_agent_choose_a_password_and_in_once(client: TestClient, erins_link: str, session: Session) -> None:
    for _ in range(3):  # scanners read links too
        page = client.get(erins_link)
        assert (page.status_code, 'autocomplete="new-password"' in page.text, "erin@example.com" in page.text) == (200, True, True)
    assert client.post(erins_link, data={"password": "short"}).status_code == 422
    done = client.post(erins_link, data={"password": NEW})
    assert (done.status_code, done.headers["location"]) == (303, "/admin")
    assert "Welcome, Erin" in client.get("/admin").text
    assert client.get("/admin/security").status_code == 200
    client.cookies.clear()
    assert [client.get(erins_link).status_code, client.post(erins_link, data={"password": NEW}).status_code] == [404, 404]
    assert client.post("/login", data={"address": "erin@example.com", "password": NEW}).status_code == 303
    assert NEW not in str([one.data for one in session.query(Event)])


def test_a_new_password_ends_every_session_and_still_asks_for_the_code(
    client: TestClient, installation: Installation, browser: Browser, phone: None, session: Session, cast: Cast
) -> None:
    bob = browser("bob")
    link = link_of(installation, session.get_one(Person, cast.people["bob"].id), invitations.RESET)
    assert client.post(link, data={"password": NEW}).headers["location"] == "/login/code"
    assert bob.get("/admin/security").status_code == 303
    assert client.get("/admin/security").status_code == 303
    assert client.post("/login/code", data={"code": code()}).headers["location"] == "/admin"


@pytest.mark.parametrize("address", ["bob@example.com", "nobody@example.com", "alice@example.com"])
def test_forgotten_gets_one_answer_for_every_address(client: TestClient, cast: Cast, session: Session, address: str) -> None:
    answer = client.post("/login/forgot", data={"address": address})
    assert (answer.status_code, answer.text.count(address)) == (200, 1)
    assert "Look into your mail" in answer.text
    mails = [one.recipient for one in session.query(OutboxMessage)]
    assert mails == (["bob@example.com"] if address.startswith("bob") else [])


def test_forgotten_is_counted_per_address_known_or_not(client: TestClient, cast: Cast) -> None:
    for address in ("bob@example.com", "nobody@example.com"):
        answers = [client.post("/login/forgot", data={"address": address}).status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]
    assert client.post("/login/forgot", data={"address": "nonsense"}).status_code == 422


def test_the_setup_and_invitation_pages_carry_what_password_managers_look_for(client: TestClient, erins_link: str) -> None:
    assert 'autocomplete="username"' in client.get(erins_link).text
    page = client.get("/login").text
    assert ('autocomplete="username"' in page, 'autocomplete="current-password"' in page) == (True, True)
    assert credentials.SHORTEST_PASSWORD == 10
