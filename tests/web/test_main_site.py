"""The main site's tokens: who comes in by header and by cookie, the table of hostile ones (abuse id 74), and forms in such a session."""

from __future__ import annotations

import base64
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk.errors import BadSetting
from helpdesk.installation import Installation
from helpdesk.models import Event, Person, Ticket
from helpdesk.settings import Settings
from helpdesk.sign_in import invitations, main_site, published
from tests.web.conftest import LOCAL, PASSWORD, Cast, csrf
from tests.web.pages.access.conftest import SECRET, code
from web.app import create_app

SHARED = "the main site and we know this, nobody else does"
HMAC, FOREIGN = OctKey.import_key(SHARED), OctKey.import_key("somebody else's secret, just as long as ours")
RSA, FOREIGN_RSA = (RSAKey.generate_key(2048, {"kid": name}) for name in ("main", "foreign"))
MINE = "/api/v1/my-tickets"


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "iss": "https://main.example", "aud": "helpdesk", "sub": "u-17", "email": "alice@example.com", "email_verified": True,
        "name": "Alice", "iat": now - 5, "exp": now + 600,
    }  # fmt: skip
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(key: Any = HMAC, header: dict[str, Any] | None = None, **changes: Any) -> str:
    headers = {"alg": "HS256"} | (header or {})
    return jwt.encode(headers, claims(**changes), key, algorithms=[str(headers["alg"])])


def unsigned(header: dict[str, Any], body: dict[str, Any], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, body)]
    return ".".join([*parts, signature])


def signed_by_hand(secret: bytes) -> str:
    """HS256 with a secret that no library would take."""
    body = unsigned({"alg": "HS256", "kid": "main"}, claims()).rpartition(".")[0]
    return f"{body}.{base64.urlsafe_b64encode(hmac.digest(secret, body.encode(), 'sha256')).rstrip(b'=').decode()}"


@pytest.fixture(scope="module")
def jwks() -> Iterator[str]:
    """A main site that publishes its key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [RSA.as_dict(private=False)]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    thread.join()
    server.server_close()


def _app(installation: Installation, **settings: Any) -> Iterator[FastAPI]:
    common = {"jwt_issuer": "https://main.example", "jwt_audience": "helpdesk", "jwt_cookie": "main_session"}
    app = create_app(replace(installation, settings=installation.settings.model_copy(update=common | settings)))
    yield app
    app.state.web.reader.close()


@pytest.fixture
def app(installation: Installation) -> Iterator[FastAPI]:
    yield from _app(installation, jwt_secret=SecretStr(SHARED))


@pytest.fixture
def rsa_app(installation: Installation, jwks: str) -> Iterator[FastAPI]:
    published._kept.clear()
    published._failed.clear()
    yield from _app(installation, jwt_jwks_url=jwks)


def browser_at(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# --- who comes in


def test_a_known_customer_is_linked_and_sees_their_tickets(
    client: TestClient, ticket: Ticket, session: Session, cast: Cast
) -> None:
    answer = client.get(MINE, headers=bearer(signed()))
    assert [one["tag"] for one in answer.json()["items"]] == ["ELM-001"]
    alice = session.get_one(Person, cast.people["alice"].id)
    assert (alice.external_id, alice.role) == ("u-17", "customer")
    assert client.get(MINE, headers=bearer(signed(email="new@example.org"))).json()["items"]  # the user counts, not the address
    assert session.query(Event).filter_by(kind="main_site_linked").count() == 1


def test_an_unknown_user_becomes_a_customer_with_a_proved_address(client: TestClient, session: Session, cast: Cast) -> None:
    answer = client.get(MINE, headers=bearer(signed(sub="u-99", email="New@example.org", name="New\u202e One")))
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    person = session.query(Person).filter_by(external_id="u-99").one()
    assert (person.role, person.name, person.address) == ("customer", "New One", "new@example.org")
    assert person.addresses[0].verified_at is not None


def test_an_address_that_another_user_holds_is_not_linked_anew(client: TestClient, session: Session, cast: Cast) -> None:
    assert client.get(MINE, headers=bearer(signed())).status_code == 200
    assert client.get(MINE, headers=bearer(signed(sub="u-18"))).status_code == 401


@pytest.mark.parametrize("name", ["bob", "dora"])
@pytest.mark.parametrize("how", ["by address", "by number"])
def test_staff_never_come_in_that_way(how: str, name: str, client: TestClient, session: Session, cast: Cast) -> None:
    person = session.get_one(Person, cast.people[name].id)
    if how == "by number":
        person.external_id = "u-17"
        session.commit()
    token = signed(email=person.address) if how == "by address" else signed()
    assert client.get(MINE, headers=bearer(token)).status_code == 401
    client.cookies.set("main_session", token)
    assert [client.get(MINE).status_code, client.get("/admin").status_code] == [401, 303]
    session.refresh(person)
    assert person.external_id == ("u-17" if how == "by number" else None)


def test_the_public_key_of_the_main_site_does_as_well(rsa_app: FastAPI, cast: Cast) -> None:
    client = browser_at(rsa_app)
    assert client.get(MINE, headers=bearer(signed(RSA, {"alg": "RS256", "kid": "main"}))).status_code == 200
    assert client.get(MINE, headers=bearer(signed(FOREIGN_RSA, {"alg": "RS256", "kid": "foreign"}))).status_code == 401


def test_keys_that_cannot_be_had_are_our_trouble_and_a_cookies_owner_is_nobody(installation: Installation, cast: Cast) -> None:
    for app in _app(installation, jwt_jwks_url="http://127.0.0.1:9/jwks"):
        client, token = browser_at(app), signed(RSA, {"alg": "RS256", "kid": "main"})
        assert client.get(MINE, headers=bearer(token)).status_code == 503
        client.cookies.set("main_session", token)
        assert [client.get(MINE).status_code, client.get("/").status_code] == [401, 200]


# --- hostile tokens

NOW = int(time.time())
HOSTILE: dict[str, Any] = {
    "alg none": lambda: unsigned({"alg": "none"}, claims()),
    "alg None": lambda: unsigned({"alg": "None"}, claims()),
    "no alg": lambda: unsigned({}, claims(), "x"),
    "another algorithm of the same secret": lambda: signed(OctKey.import_key(SHARED * 2), {"alg": "HS512"}),
    "signed by somebody else": lambda: signed(FOREIGN),
    "an empty signature": lambda: signed().rpartition(".")[0] + ".",
    "another body under the signature": lambda: ".".join([signed().split(".")[0], signed(sub="u-1").split(".")[1], signed().split(".")[2]]),
    "wrong issuer": lambda: signed(iss="https://evil.example"),
    "no issuer": lambda: signed(iss=None),
    "wrong audience": lambda: signed(aud="shop"),
    "other audiences": lambda: signed(aud=["shop", "blog"]),
    "no audience": lambda: signed(aud=None),
    "over": lambda: signed(exp=int(time.time()) - 600),
    "without an end": lambda: signed(exp=None),
    "an end that is no number": lambda: signed(exp="tomorrow"),
    "not yet": lambda: signed(nbf=int(time.time()) + 600),
    "issued in the future": lambda: signed(iat=int(time.time()) + 600),
    "kid traversal": lambda: signed(OctKey.import_key("A" * 32), {"kid": "../../../../dev/null"}),
    "kid injection": lambda: signed(FOREIGN, {"kid": "x' union select 'secret"}),
    "jku": lambda: unsigned({"alg": "HS256", "jku": "https://evil.example/jwks"}, claims(), signed().split(".")[2]),
    "jwk": lambda: unsigned({"alg": "RS256", "jwk": FOREIGN_RSA.as_dict(private=False)}, claims(), "x"),
    "x5u": lambda: unsigned({"alg": "HS256", "x5u": "https://evil.example/cert"}, claims(), "x"),
    "crit": lambda: unsigned({"alg": "HS256", "crit": ["exp"]}, claims(), "x"),
    "an address that is not verified": lambda: signed(email_verified=False),
    "an address that is nearly verified": lambda: signed(email_verified="true"),
    "nothing said of the address": lambda: signed(email_verified=None),
    "no address": lambda: signed(email=None),
    "an address with a line break": lambda: signed(email="alice@example.com\r\nBcc: x@example.org"),
    "a list of addresses": lambda: signed(email=["alice@example.com"]),
    "a staff address": lambda: signed(email="bob@example.com"),
    "a staff address in capitals": lambda: signed(email="BOB@Example.COM"),
    "no user": lambda: signed(sub=None),
    "an empty user": lambda: signed(sub=""),
    "a user with NUL": lambda: signed(sub="u\0"),
    "a number as user": lambda: signed(sub=17),
    "1 MB": lambda: signed(name="x" * 1024 * 1024),
    "1 MB of nothing": lambda: "a." * 500_000,
    "deep JSON": lambda: unsigned({"alg": "HS256"}, {}, "x").replace(".", "." + base64.urlsafe_b64encode(b"[" * 6000).decode(), 1),
    "two parts": lambda: ".".join(signed().split(".")[:2]),
    "five parts": lambda: "a.b.c.d.e",
    "no token at all": lambda: "..",
    "not base64": lambda: "é.ö.ü",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_token_is_401_by_header_and_nobody_by_cookie(name: str, client: TestClient, session: Session, cast: Cast) -> None:
    before = session.query(Person.id, Person.external_id, Person.role).order_by(Person.id).all()
    session.rollback()
    token = HOSTILE[name]()
    raw = token.encode("utf-8")
    assert client.get(MINE, headers={b"Authorization": b"Bearer " + raw}).status_code == 401
    assert client.get("/api/v1/known-issues", headers={b"Authorization": b"Bearer " + raw}).status_code == 401
    cookie = {b"Cookie": b"main_session=" + raw}
    assert [client.get(MINE, headers=cookie).status_code, client.get("/", headers=cookie).status_code] == [401, 200]
    assert session.query(Person.id, Person.external_id, Person.role).order_by(Person.id).all() == before


@pytest.mark.parametrize(
    "token",
    [
        lambda: signed_by_hand(RSA.as_pem(private=False)),
        lambda: unsigned({"alg": "none", "kid": "main"}, claims()),
        lambda: signed(FOREIGN_RSA, {"alg": "RS256", "kid": "main"}),
        lambda: signed(RSA, {"alg": "PS256", "kid": "main"}),
        lambda: unsigned({"alg": "RS256", "jwk": FOREIGN_RSA.as_dict(private=False)}, claims(), "x"),
    ],
    ids=[
        "the public key as a secret",
        "none",
        "foreign key, known kid",
        "another algorithm of the right key",
        "a key it brings along",
    ],
)
def test_a_hostile_token_is_401_where_the_key_is_public(token: Any, rsa_app: FastAPI, cast: Cast) -> None:
    assert browser_at(rsa_app).get(MINE, headers=bearer(token())).status_code == 401


def test_without_a_main_site_its_tokens_are_unknown(installation: Installation, cast: Cast) -> None:
    app = create_app(installation)
    assert browser_at(app).get(MINE, headers=bearer(signed())).status_code == 401
    app.state.web.reader.close()


# --- forms in such a session


def test_the_cookie_opens_pages_and_forms_need_their_token(client: TestClient, ticket: Ticket, cast: Cast) -> None:
    client.cookies.set("main_session", signed())
    page = client.get("/ticket/ELM-001")
    assert page.status_code == 200
    found = re.search(r'name="csrf_token" value="(\w+)"', page.text)
    assert found is not None
    reply = {"content": "More"}
    assert client.post("/ticket/ELM-001/reply", data=reply).status_code == 403
    assert client.post("/api/v1/tickets/1/comments", json=reply).status_code == 403
    assert client.post("/api/v1/tickets/1/comments", json=reply, headers={"X-CSRF-Token": "x" * 64}).status_code == 403
    client.cookies.set("main_session", signed(iat=NOW - 20))  # the main site renews its tokens as it likes
    assert client.post("/ticket/ELM-001/reply", data=reply | {"csrf_token": found[1]}).status_code == 303
    own = {"X-CSRF-Token": found[1]}
    assert client.post("/api/v1/tickets/1/comments", json=reply, headers=own).status_code == 201
    assert (
        client.post("/api/v1/tickets/1/comments", json=reply, headers=own | {"Origin": "https://evil.example"}).status_code == 403
    )
    client.cookies.set("main_session", signed(sub="u-18", email="carl@example.com"))
    assert client.post("/api/v1/tickets/1/comments", json=reply, headers=own).status_code == 403  # another user's


def token_on(page: Any) -> str:
    return next(iter(re.findall(r'name="csrf_token" value="(\w+)"', page.text)), "")


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_whoever_carries_the_cookie_can_use_every_form_of_the_doors(who: str, client: TestClient, cast: Cast) -> None:
    client.cookies.set("main_session", signed(email=f"{who}@example.com"))
    tokens = [token_on(client.get(path)) for path in ("/login", "/login/forgot")]
    form = {"address": "bob@example.com", "csrf_token": tokens[0]}
    assert tokens == [tokens[0]] * 2
    assert tokens[0]
    wrong = client.post("/login", data=form | {"password": "wrong"})
    assert (wrong.status_code, token_on(wrong)) == (401, tokens[0])
    assert client.post("/login/forgot", data=form).status_code == 200
    assert client.post("/login", data=form | {"password": PASSWORD}).status_code == 303
    assert client.get("/admin").status_code == 200


def test_the_second_step_works_for_whoever_carries_the_cookie(client: TestClient, session: Session, cast: Cast) -> None:
    session.get_one(Person, cast.people["bob"].id).totp_secret = SECRET
    session.commit()
    client.cookies.set("main_session", signed(email="bob@example.com"))
    form = {"address": "bob@example.com", "password": PASSWORD, "csrf_token": token_on(client.get("/login"))}
    assert client.post("/login", data=form).headers["location"] == "/login/code"
    wrong = client.post("/login/code", data={"code": "1", "csrf_token": token_on(client.get("/login/code"))})
    assert wrong.status_code == 401
    assert client.post("/login/code", data={"code": code(), "csrf_token": token_on(wrong)}).status_code == 303


def test_a_password_is_chosen_by_whoever_carries_the_cookie(app: FastAPI, client: TestClient, session: Session, cast: Cast) -> None:
    keys, bob = app.state.web.installation.keys, session.get_one(Person, cast.people["bob"].id)
    path = invitations.link(keys, "", bob, invitations.RESET, datetime.now(UTC))
    client.cookies.set("main_session", signed(email="bob@example.com"))
    short = client.post(path, data={"password": "x", "csrf_token": token_on(client.get(path))})
    assert short.status_code == 422
    assert client.post(path, data={"password": "a long new password", "csrf_token": token_on(short)}).status_code == 303


def test_our_own_session_goes_before_the_cookie(app: FastAPI, browser: Any, ticket: Ticket, cast: Cast) -> None:
    bob = browser("bob")
    bob.cookies.set("main_session", signed())
    assert bob.get("/api/v1/admin/tickets").status_code == 200
    assert bob.post("/api/v1/admin/tickets/1/internal-note", json={"content": "x"}, headers=csrf(bob)).status_code == 201


def test_whoever_came_by_the_cookie_is_told_where_to_sign_out(client: TestClient, cast: Cast) -> None:
    client.cookies.set("main_session", signed())
    page = client.get("/my-tickets").text
    found = re.search(r'name="csrf_token" value="(\w+)"', page)
    assert found is not None
    answer = client.post("/logout", data={"csrf_token": found[1]}, follow_redirects=True)
    assert "sign out there" in answer.text


# --- settings


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"jwt_secret": SHARED, "jwt_jwks_url": "https://main.example/jwks"}, "are both set"),
        ({"jwt_secret": SHARED, "jwt_issuer": ""}, "JWT_ISSUER and HELPDESK_JWT_AUDIENCE must be set"),
        ({"jwt_secret": SHARED, "jwt_audience": ""}, "must be set"),
        ({"jwt_secret": SHARED, "jwt_algorithm": "RS256"}, "with HELPDESK_JWT_SECRET it is one of HS256"),
        ({"jwt_secret": SHARED, "jwt_algorithm": "none"}, "is one of HS256"),
        ({"jwt_secret": "short"}, "HS256 needs 32 characters"),
        ({"jwt_secret": "x" * 40, "jwt_algorithm": "HS512"}, "HS512 needs 64 characters"),
        ({"jwt_jwks_url": "https://main.example/jwks", "jwt_algorithm": "HS256"}, "with HELPDESK_JWT_JWKS_URL it is one of RS256"),
        ({"jwt_jwks_url": "http://main.example/jwks"}, "is not an https address"),
    ],
)
def test_what_cannot_be_safe_stops_the_start(settings: dict[str, str], sentence: str) -> None:
    common = {"jwt_issuer": "https://main.example", "jwt_audience": "helpdesk"}
    with pytest.raises(BadSetting, match=sentence):
        main_site.of(Settings(_env_file=None, **(common | settings)))  # type: ignore[call-arg, arg-type]
