"""Signing in and out: passwords, sessions, the first start, the demo's one click; and that each request is meant."""

from __future__ import annotations

import stat

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, update
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import Event, Person, SignInSession, Ticket
from helpdesk.sign_in import credentials
from tests.web.conftest import LOCAL, PASSWORD, Browser, Cast, csrf
from web import signing_in

COOKIE = "__Host-helpdesk"
STRANGER = ("203.0.113.9", 40000)


def signed_in_name(client: TestClient) -> str:
    """Who the shell says is signed in."""
    found = client.get("/login")
    return "staff" if found.status_code == 303 else "nobody"


def test_a_password_signs_in_and_the_cookie_is_out_of_reach(client: TestClient, cast: Cast, engine: Engine) -> None:
    answer = client.post("/login", data={"address": " Bob@Example.com", "password": PASSWORD, "next": "/admin?view=mine"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin?view=mine")
    marks = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    longest = int(credentials.LONGEST_SESSION.total_seconds())  # its row says when it is over: the cookie must not go before
    assert marks >= {"httponly", "secure", "samesite=lax", "path=/", f"max-age={longest}"}
    assert signed_in_name(client) == "staff"
    with db.transaction(engine) as session:
        assert [one.token_hash for one in session.query(SignInSession)] == [credentials.digest(client.cookies[COOKIE])]


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("bob@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("alice@example.com", PASSWORD), ("", ""),
        ("bob@example.com' or 1=1 --", PASSWORD), ("bob@example.com\0", PASSWORD),
    ],
    ids=["wrong password", "unknown", "customer", "empty", "sql", "nul"],
)  # fmt: skip
def test_whatever_is_wrong_gets_the_same_answer(client: TestClient, cast: Cast, address: str, password: str) -> None:
    answer = client.post("/login", data={"address": address, "password": password})
    assert answer.status_code in (401, 422)
    assert answer.status_code == 422 or signing_in.WRONG in answer.text
    assert COOKIE not in client.cookies


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(client: TestClient, cast: Cast, place: str) -> None:
    answer = client.post("/login", data={"address": "bob@example.com", "password": PASSWORD, "next": place})
    assert answer.headers["location"] == "/"


def test_five_wrong_passwords_lock_the_account_for_a_while_known_or_not(client: TestClient, cast: Cast) -> None:
    for address in ("bob@example.com", "nobody@example.com"):
        answers = [client.post("/login", data={"address": address, "password": f"wrong {n}"}).status_code for n in range(6)]
        assert answers == [401] * 5 + [429]
    locked = client.post("/login", data={"address": "bob@example.com", "password": PASSWORD})
    assert (locked.status_code, int(locked.headers["retry-after"]) > 0) == (429, True)


def test_right_passwords_do_not_count(client: TestClient, cast: Cast) -> None:
    for _ in range(7):
        assert client.post("/login", data={"address": "bob@example.com", "password": PASSWORD}).status_code == 303
        client.cookies.clear()


def test_a_network_has_twenty_tries(app: FastAPI, cast: Cast) -> None:
    clients = [TestClient(app, base_url="https://help.test", client=(f"203.0.113.{n}", 1)) for n in range(2)]
    answers = [clients[n % 2].post("/login", data={"address": f"a{n}@example.com", "password": "x"}).status_code for n in range(21)]
    assert answers == [401] * 20 + [429]


def test_signing_out_ends_the_session_itself(browser: Browser, app: FastAPI) -> None:
    bob = browser("bob")
    copy = TestClient(
        app, base_url="https://help.test", client=LOCAL, follow_redirects=False, cookies={COOKIE: bob.cookies[COOKIE]}
    )
    assert signed_in_name(copy) == "staff"
    answer = bob.post("/logout", headers=csrf(bob))
    assert (answer.status_code, "max-age=0" in answer.headers["set-cookie"].lower()) == (303, True)
    assert signed_in_name(copy) == "nobody"


@pytest.mark.parametrize("change", ["disabled", "over", "new password"])
def test_a_session_ends_with_what_it_stood_on(browser: Browser, engine: Engine, cast: Cast, change: str) -> None:
    bob = browser("bob")
    with db.transaction(engine) as session:
        if change == "disabled":
            session.execute(update(Person).where(Person.id == cast.people["bob"].id).values(active=False))
        elif change == "over":
            session.execute(update(SignInSession).values(expires_at=func.now()))
        else:
            from helpdesk.permissions import SYSTEM

            credentials.set_password(session, session.merge(cast.people["bob"]), "x", SYSTEM)
    assert signed_in_name(bob) == "nobody"
    assert bob.get("/api/v1/my-tickets").status_code == 401


@pytest.mark.parametrize("token", ["", "hd_wrong", "Zm9v", "hd_" + "é" * 40])
def test_a_wrong_token_is_401_even_where_nobody_may_look(client: TestClient, cast: Cast, token: str) -> None:
    answer = client.get("/api/v1/known-issues", headers={b"Authorization": f"Bearer {token}".encode()})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="helpdesk"')


def test_a_token_that_may_only_read_changes_nothing(client: TestClient, cast: Cast, engine: Engine, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        token = credentials.create_token(session, session.merge(cast.people["bob"]), "reader", ["read"])
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/admin/tickets/1", headers=headers).status_code == 200
    assert client.patch("/api/v1/admin/tickets/1", headers=headers, json={"priority": "low"}).status_code == 403


# --- is the request meant


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-CSRF-Token": "own"}, 201),
        ({"X-CSRF-Token": "own", "Sec-Fetch-Site": "same-origin"}, 201),
        ({"X-CSRF-Token": "own", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-CSRF-Token": "own", "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-CSRF-Token": "own", "Origin": "https://help.test"}, 201),
        ({"X-CSRF-Token": "own", "Origin": "https://evil.example"}, 403),
        ({"X-CSRF-Token": "own", "Origin": "null"}, 403),
        ({"X-CSRF-Token": "mallory's"}, 403),
        ({"X-CSRF-Token": ""}, 403),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_change_in_a_session_needs_its_token_and_our_origin(
    browser: Browser, ticket: Ticket, method: str, headers: dict[str, str], status: int
) -> None:
    bob, mallory = browser("bob"), browser("mallory")
    tokens = {"own": csrf(bob)["X-CSRF-Token"], "mallory's": csrf(mallory)["X-CSRF-Token"]}
    given = {name: tokens.get(value, value) for name, value in headers.items()}
    if method == "POST":
        answer = bob.post("/api/v1/admin/tickets/1/reply", json={"content": "x"}, headers=given)
    else:
        answer = bob.patch("/api/v1/admin/tickets/1", json={"priority": "low"}, headers=given)
    assert answer.status_code == (200 if status == 201 and method == "PATCH" else status)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_a_form_carries_the_token_in_its_field(browser: Browser, kind: str) -> None:
    bob = browser("bob")
    token = csrf(bob)["X-CSRF-Token"]
    wrong = bob.post("/logout", data={"csrf_token": "wrong"})
    assert wrong.status_code == 403
    if kind == "multipart/form-data":
        answer = bob.post("/logout", data={"csrf_token": token}, files={"f": ("a.txt", b"x")})
    elif kind == "text/plain":
        answer = bob.post("/logout", content=f"csrf_token={token}", headers={"Content-Type": kind})
    else:
        answer = bob.post("/logout", data={"csrf_token": token})
    assert answer.status_code == (403 if kind == "text/plain" else 303)


@pytest.mark.parametrize("path", ["/login", "/setup", "/api/v1/tickets"])
def test_another_site_cannot_post_for_somebody_who_is_not_signed_in(client: TestClient, path: str) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post(path, data={}, headers=headers).status_code == 403


# --- the first start


def test_the_first_start_prints_a_token_that_makes_one_administrator(
    app: FastAPI, installation: Installation, caplog: pytest.LogCaptureFixture, engine: Engine
) -> None:
    path = installation.settings.data_dir / "setup_token"
    with TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False) as client:
        token = path.read_text().strip()
        assert (stat.S_IMODE(path.stat().st_mode), token in caplog.text, len(token)) == (0o600, True, 32)
        assert client.get("/login").headers["location"] == "/setup"
        assert client.get("/setup").status_code == 200
        form = {"token": token, "name": "Dora", "address": "dora@example.com", "password": "long enough"}
        for wrong in ({"token": "x"}, {"password": "short"}, {"address": "none"}):
            assert client.post("/setup", data=form | wrong).status_code == 422
        made = client.post("/setup", data=form)
        assert (made.status_code, made.headers["location"], path.exists()) == (303, "/admin", False)
        assert signed_in_name(client) == "staff"
        again = TestClient(app, base_url="https://help.test", client=LOCAL)
        assert [again.post("/setup", data=form).status_code, again.get("/setup").status_code] == [404, 404]
    with db.transaction(engine) as session:
        assert [one.role for one in session.query(Person)] == ["admin"]
        assert "set_up" in [one.kind for one in session.query(Event)]


def test_the_token_is_the_same_at_every_start_until_it_is_spent(installation: Installation, engine: Engine) -> None:
    def at_start() -> str | None:
        with db.transaction(engine) as session:
            return credentials.setup_token(session, installation.settings.data_dir)

    first = at_start()
    assert at_start() == first
    (installation.settings.data_dir / "setup_token").unlink()
    assert at_start() not in (first, None)


# --- the demo


def test_one_click_signs_an_agent_in_where_it_is_a_demo(demo_app: FastAPI, cast: Cast) -> None:
    with TestClient(demo_app, base_url="https://help.test", client=LOCAL, follow_redirects=False) as client:
        assert "bob@example.com" in client.get("/login").text
        assert client.post("/demo/sign-in", data={"address": "alice@example.com"}).status_code == 404
        assert client.post("/demo/sign-in", data={"address": "bob@example.com"}).headers["location"] == "/admin"
        assert signed_in_name(client) == "staff"
