"""A web application on the test's own database, with the cast: bob (agent), dora (admin), alice (requester), carl (cc), mallory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from helpdesk import db, participants, people, tickets
from helpdesk.installation import Installation, mint_of
from helpdesk.models import Person, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.settings import Settings, secret_keys
from helpdesk.sign_in import credentials
from helpdesk.storage import Storage
from helpdesk.tickets import NewTicket
from web.app import create_app

PASSWORD = "a long password of the test"
LOCAL = ("127.0.0.1", 40000)


@pytest.fixture
def installation(settings: Settings, engine: Engine) -> Installation:
    """An installation whose nudges go nowhere."""
    keys = secret_keys(settings)
    return Installation(settings, engine, mint_of(settings, keys), keys, Storage(settings.data_dir / "files"))


@pytest.fixture
def app(installation: Installation) -> Iterator[FastAPI]:
    yield from _application(installation)


@pytest.fixture
def demo_app(installation: Installation) -> Iterator[FastAPI]:
    yield from _application(replace(installation, settings=installation.settings.model_copy(update={"demo": True})))


_FIRST: list[FastAPI] = []


def _application(installation: Installation) -> Iterator[FastAPI]:
    """What FastAPI and Jinja make at the first request (half a second) is the same for every installation: the first one's."""
    app = create_app(installation)
    if _FIRST:
        app.router.routes[:] = _FIRST[0].router.routes
        app.state.web = replace(app.state.web, templates=_FIRST[0].state.web.templates)
    else:
        _FIRST.append(app)
    yield app
    app.state.web.reader.close()


@dataclass(frozen=True)
class Cast:
    """Tokens by name; "nobody" has none."""

    tokens: dict[str, str]
    people: dict[str, Person]

    def headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"} if name in self.tokens else {}


@pytest.fixture(scope="session")
def password_hash() -> str:
    return credentials.hash_password(PASSWORD)


@pytest.fixture
def cast(engine: Engine, password_hash: str) -> Cast:
    roles = {"alice": "customer", "carl": "customer", "mallory": "customer", "bob": "agent", "dora": "admin"}
    tokens, found = {}, {}
    with db.transaction(engine) as session:
        for name, role in roles.items():
            staff = role != "customer"
            person = people.add_user(
                session, f"{name}@example.com", name.capitalize(), role, password_hash=password_hash if staff else None
            )
            session.refresh(person)
            tokens[name], found[name] = credentials.create_token(session, person), person
    return Cast(tokens, found)


@pytest.fixture
def ticket(engine: Engine, cast: Cast) -> Ticket:
    """alice's ticket, carl in copy from the start."""
    with db.transaction(engine) as session:
        alice, carl = (session.get_one(Person, cast.people[name].id) for name in ("alice", "carl"))
        made = tickets.open_ticket(
            session,
            NewTicket(title="The printer is on fire", description="It smokes.", requester=alice, source=Source.EMAIL),
            viewer_of(alice, Via.EMAIL),
        )
        participants.add_cc(session, made, [carl], SYSTEM)
        return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser or program on this machine; it follows no redirect."""
    with TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False) as client:
        yield client


Browser = Callable[[str], TestClient]


@pytest.fixture
def browser(app: FastAPI, engine: Engine, cast: Cast) -> Browser:
    """`browser("bob")` is signed in as bob; its `csrf` header must be given by the test."""

    def opened(name: str) -> TestClient:
        with db.transaction(engine) as session:
            secret = credentials.start_session(session, session.get_one(Person, cast.people[name].id), "test")
        client = TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False)
        client.cookies.set("__Host-helpdesk", secret)
        return client

    return opened


def csrf(client: TestClient) -> dict[str, str]:
    """The header that a page's script sends."""
    return {"X-CSRF-Token": credentials.csrf_token(client.cookies["__Host-helpdesk"])}


Api = Callable[..., Any]


@pytest.fixture
def api(client: TestClient, cast: Cast) -> Api:
    """`api("bob", "GET", "/my-tickets", json=...)` asks /api/v1 with bob's token."""

    def ask(name: str, method: str, path: str, **options: Any) -> Any:
        headers = cast.headers(name) | options.pop("headers", {})
        return client.request(method, f"/api/v1{path}", headers=headers, **options)

    return ask
