"""Single sign-on at a real provider on this machine: who gets in, who does not, and that nobody becomes staff by it."""

from __future__ import annotations

import logging
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk.errors import BadSetting, Refused
from helpdesk.models import Event, Person, SignInSession
from helpdesk.settings import Settings
from helpdesk.sign_in import provider, published
from tests.web.conftest import Cast
from tests.web.pages.access.conftest import SECRET, AppWith

# the provider is old-fashioned with the library that it is made of; its thread must not fail for that
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated and will be removed:DeprecationWarning")
BACK = "https://help.test/login/sso/callback"


@contextmanager
def provider_running(port: int = 0) -> Iterator[str]:
    with warnings.catch_warnings():
        import authlib.deprecate  # type: ignore[import-untyped]  # noqa: F401  (it shows its own warnings always, from its import on)

        warnings.simplefilter("ignore")
        import oidc_provider_mock  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with oidc_provider_mock.run_server_in_thread(port=port, require_nonce=True) as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with provider_running() as address:
        yield address


@pytest.fixture
def client(client_with: AppWith, issuer: str, cast: Cast) -> TestClient:
    published._kept.clear()
    published._failed.clear()
    return client_with(oidc_issuer=issuer, oidc_client_id="helpdesk", oidc_client_secret=SecretStr("s" * 32), oidc_name="Acme ID")


Arrive = Callable[..., httpx2.Response]


@pytest.fixture
def arrive(client: TestClient, issuer: str) -> Arrive:
    """`arrive("sub-1", email=..., email_verified=True)`: through the provider and back with its answer."""

    def go(subject: str, **claims: object) -> httpx2.Response:
        assert httpx2.put(f"{issuer}/users/{subject}", json=claims).status_code == 204
        return client.get(agreed(client, subject))

    return go


def agreed(client: TestClient, subject: str) -> str:
    """Set out, agree at the provider; gives where it sends the browser back to."""
    away = client.get("/login/sso?next=/admin/people")
    assert away.status_code == 303, away.text
    query = parse_qs(urlsplit(away.headers["location"]).query)
    assert (query["redirect_uri"], query["code_challenge_method"], query["scope"]) == ([BACK], ["S256"], ["openid email profile"])
    answer = httpx2.post(away.headers["location"], data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix("https://help.test")


def said(answer: httpx2.Response) -> str:
    return " ".join(answer.text.partition('role="alert"')[2].partition("</p>")[0].split())


def test_an_agents_verified_address_signs_in_and_is_linked(
    arrive: Arrive, client: TestClient, session: Session, cast: Cast
) -> None:
    answer = arrive("bob-1", email="Bob@example.com", email_verified=True)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/admin/people")
    assert client.get("/admin/security").status_code == 200
    bob = session.get_one(Person, cast.people["bob"].id)
    assert (bob.oidc_subject or "").endswith(" bob-1")
    assert [one.method for one in session.query(SignInSession)] == ["single sign-on"]
    assert session.query(Event).filter_by(kind="provider_linked").count() == 1


def test_the_linked_account_signs_in_whatever_its_address_is_now(arrive: Arrive, client: TestClient, cast: Cast) -> None:
    arrive("bob-2", email="bob@example.com", email_verified=True)
    client.cookies.clear()
    assert arrive("bob-2", email="robert@elsewhere.example", email_verified=False).status_code == 303


def test_another_account_with_the_agents_address_is_not_linked(arrive: Arrive, client: TestClient, cast: Cast) -> None:
    arrive("bob-3", email="bob@example.com", email_verified=True)
    client.cookies.clear()
    answer = arrive("bob-4", email="bob@example.com", email_verified=True)
    assert (answer.status_code, "Another account is linked" in said(answer)) == (403, True)


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"email": "bob@example.com", "email_verified": False}, "has not verified"),
        ({"email": "bob@example.com"}, "has not verified"),
        ({"email": "bob@example.com", "email_verified": "true"}, "has not verified"),
        ({}, "has not verified"),
        ({"email": "alice@example.com", "email_verified": True}, "Nobody on the team"),
        ({"email": "stranger@example.org", "email_verified": True}, "Nobody on the team"),
        ({"email": "nonsense", "email_verified": True}, "Nobody on the team"),
    ],
    ids=["unverified", "unsaid", "the word true", "no address", "a customer's", "a stranger's", "no address at all"],
)
def test_nobody_else_gets_in_and_nobody_becomes_staff(
    claims: dict[str, object], sentence: str, arrive: Arrive, client: TestClient, session: Session
) -> None:
    before = session.query(Person.id, Person.role, Person.oidc_subject).order_by(Person.id).all()
    session.rollback()
    answer = arrive("someone", **claims)
    assert (answer.status_code, sentence in said(answer)) == (403, True), said(answer)
    assert "__Host-helpdesk" not in client.cookies
    assert session.query(Person.id, Person.role, Person.oidc_subject).order_by(Person.id).all() == before
    assert session.query(Event).filter_by(kind="sign_in_failed").count() == 1


def test_a_disabled_agent_stays_out(arrive: Arrive, client: TestClient, session: Session, cast: Cast) -> None:
    arrive("bob-5", email="bob@example.com", email_verified=True)
    client.cookies.clear()
    session.get_one(Person, cast.people["bob"].id).active = False
    session.commit()
    answer = arrive("bob-5", email="bob@example.com", email_verified=True)
    assert (answer.status_code, "disabled" in said(answer)) == (403, True)


def test_the_provider_stands_for_both_steps(arrive: Arrive, phone: None, client_with: AppWith) -> None:
    assert arrive("bob-6", email="bob@example.com", email_verified=True).headers["location"] == "/admin/people"


# --- what does not fit


@pytest.mark.parametrize("wrong", ["state", "nonce", "verifier", "another browser", "code", "issuer", "no code", "denied", "twice"])
def test_an_answer_that_is_not_for_this_sign_in_opens_nothing(wrong: str, client: TestClient, issuer: str) -> None:
    httpx2.put(f"{issuer}/users/bob-7", json={"email": "bob@example.com", "email_verified": True})
    back = agreed(client, "bob-7")
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    if wrong == "state":
        query["state"] = query["state"][::-1]
    elif wrong in ("nonce", "verifier"):
        # this browser set out a second time: the answer to the first journey meets the second one's secrets
        again = parse_qs(urlsplit(agreed(client, "bob-7")).query)
        query["state"] = again["state"][0]
    elif wrong == "another browser":
        client.cookies.clear()
    elif wrong == "code":
        query["code"] = "x" * 40
    elif wrong == "issuer":
        query["iss"] = "https://evil.example"
    elif wrong == "no code":
        del query["code"]
    elif wrong == "denied":
        query = {"error": "access_denied", "state": query["state"]}
    else:
        assert client.get("/login/sso/callback", params=query).status_code == 303
        client.post("/logout", headers={})
        client.cookies.clear()
    answer = client.get("/login/sso/callback", params=query)
    assert answer.status_code in (400, 403)
    assert "__Host-helpdesk" not in client.cookies


def test_a_token_with_another_nonce_does_not_hold(client: TestClient, issuer: str) -> None:
    httpx2.put(f"{issuer}/users/bob-8", json={"email": "bob@example.com", "email_verified": True})
    there = provider.Provider(issuer, "helpdesk", "s" * 32, "Acme ID")
    journey = provider.set_out(there, BACK)
    for nonce, holds in (("another", False), (journey.nonce, True)):
        answer = httpx2.post(journey.url, data={"sub": "bob-8"})
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        try:
            identity = provider.come_back(there, BACK, code=code, nonce=nonce, verifier=journey.verifier)
        except Refused as refused:
            assert (holds, "not for this sign-in" in str(refused)) == (False, True)
        else:
            assert (holds, identity) == (True, provider.Identity("bob-8", "bob@example.com"))


def test_a_provider_that_is_away_is_said_so_and_the_password_still_works(client_with: AppWith, cast: Cast) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = client_with(oidc_issuer=f"http://127.0.0.1:{port}", oidc_client_id="helpdesk", oidc_name="Acme ID")
    answer = client.get("/login/sso")
    assert (answer.status_code, answer.headers["retry-after"], "Acme ID does not answer" in said(answer)) == (503, "30", True)
    page = client.get("/login")
    assert page.text.index("Continue with Acme ID") < page.text.index('name="password"')
    with provider_running(port):
        assert client.get("/login/sso").status_code == 503  # not asked again at once
        published._failed[f"http://127.0.0.1:{port}/.well-known/openid-configuration"] -= published.REST
        assert client.get("/login/sso").status_code == 303


def test_a_provider_that_calls_itself_otherwise_is_not_asked(client_with: AppWith, cast: Cast, issuer: str) -> None:
    client = client_with(oidc_issuer=f"{issuer}/", oidc_client_id="helpdesk")
    assert client.get("/login/sso").status_code == 303  # a slash at the end is no difference
    foreign = issuer.replace("localhost", "127.0.0.1")
    published._kept[f"{foreign}/.well-known/openid-configuration"] = published._kept[f"{issuer}/.well-known/openid-configuration"]
    answer = client_with(oidc_issuer=foreign, oidc_client_id="helpdesk", oidc_name="Acme ID").get("/login/sso")
    assert (answer.status_code, "not set up" in said(answer)) == (503, True)


@pytest.mark.parametrize("named", [True, False], ids=["and says who it is", "and does not say"])
def test_a_slash_at_the_issuers_end_keeps_nobody_out(named: bool, client_with: AppWith, cast: Cast, issuer: str) -> None:
    client = client_with(oidc_issuer=f"{issuer}/", oidc_client_id="helpdesk", oidc_client_secret=SecretStr("s" * 32))
    httpx2.put(f"{issuer}/users/bob-9", json={"email": "bob@example.com", "email_verified": True})
    back = agreed(client, "bob-9")
    said_by = {"iss": issuer} if named else {}
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items() if name != "iss"} | said_by
    answer = client.get("/login/sso/callback", params=query)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/admin/people"), answer.text


def test_its_metadata_is_asked_for_once_an_hour(client: TestClient, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/login/sso").status_code == 303
    kept = published._kept[f"{issuer}/.well-known/openid-configuration"]
    assert client.get("/login/sso").status_code == 303
    assert published._kept[f"{issuer}/.well-known/openid-configuration"] is kept


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"oidc_issuer": "https://id.example"}, "needs HELPDESK_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://id.example", "oidc_client_id": "x"}, "is not an https address"),
    ],
)
def test_half_a_provider_stops_the_start(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        provider.of(Settings(_env_file=None, **settings))  # type: ignore[call-arg, arg-type]


def test_without_a_provider_there_is_no_such_page(client_with: AppWith, cast: Cast) -> None:
    client = client_with()
    assert [client.get(path).status_code for path in ("/login/sso", "/login/sso/callback")] == [404, 404]
    assert "Continue with" not in client.get("/login").text
    assert SECRET not in client.get("/login").text
