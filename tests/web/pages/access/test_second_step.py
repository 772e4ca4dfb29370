"""The second step: without it no session, counted tries, codes spent once, and enrolment where everybody must have it."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk.models import Event, Person, SignInSession
from helpdesk.permissions import Via, viewer_of
from helpdesk.sign_in import credentials, second_factor
from tests.web.conftest import PASSWORD, Browser, Cast
from tests.web.pages.access.conftest import AppWith, code

BOB = {"address": "bob@example.com", "password": PASSWORD, "next": "/admin?view=mine"}
COOKIE = "__Host-helpdesk"


def first_step(client: TestClient) -> None:
    answer = client.post("/login", data=BOB)
    assert (answer.status_code, answer.headers["location"], COOKIE in client.cookies) == (303, "/login/code", False)


def test_the_password_alone_opens_nothing(client: TestClient, phone: None, session: Session) -> None:
    first_step(client)
    assert client.get("/admin/security").status_code == 303
    assert client.get("/api/v1/admin/tickets").status_code == 401
    assert session.query(SignInSession).count() == 0


def test_the_code_opens_and_leads_where_one_wanted_to_go(client: TestClient, phone: None, session: Session) -> None:
    first_step(client)
    assert 'autocomplete="one-time-code"' in client.get("/login/code").text
    answer = client.post("/login/code", data={"code": code()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin?view=mine")
    assert client.get("/admin/security").status_code == 200
    assert client.get("/login/code").headers["location"] == "/login"  # the halfway proof is taken back
    assert [one.method for one in session.query(SignInSession)] == ["password and code"]


def test_a_code_that_was_spent_is_wrong(client: TestClient, phone: None) -> None:
    first_step(client)
    used = code()
    assert client.post("/login/code", data={"code": used}).status_code == 303
    client.cookies.clear()
    first_step(client)
    assert client.post("/login/code", data={"code": used}).status_code == 401
    assert client.post("/login/code", data={"code": code(1)}).status_code == 303


def test_a_recovery_code_opens_once(client: TestClient, session: Session, cast: Cast) -> None:
    bob = session.get_one(Person, cast.people["bob"].id)
    bob.totp_secret = second_factor.new_secret()
    codes = second_factor.renew_codes(session, bob, viewer_of(bob, Via.WEB))
    session.commit()
    answers = []
    for _ in range(2):
        client.cookies.clear()
        first_step(client)
        answers.append(client.post("/login/code", data={"recovery": codes[0].upper()}))
    assert [one.status_code for one in answers] == [303, 401]
    assert "none of your recovery codes" in answers[1].text
    assert [one.data["left"] for one in session.query(Event).filter_by(kind="recovery_code_used")] == [9]


def test_five_wrong_codes_are_enough_for_a_quarter_of_an_hour(client: TestClient, phone: None, session: Session) -> None:
    first_step(client)
    answers = [client.post("/login/code", data={"code": "000000"}).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    client.cookies.clear()
    first_step(client)  # another browser, or the password once more, does not help
    right = client.post("/login/code", data={"code": code()})
    assert (right.status_code, int(right.headers["retry-after"]) > 0) == (429, True)
    assert session.query(Event).filter_by(kind="second_factor_failed").count() == 5


@pytest.mark.parametrize("spoil", ["no first step", "tampered", "another password since", "disabled since"])
def test_without_a_proof_of_the_first_step_it_begins_anew(
    spoil: str, client: TestClient, phone: None, session: Session, cast: Cast
) -> None:
    if spoil != "no first step":
        first_step(client)
    bob = session.get_one(Person, cast.people["bob"].id)
    if spoil == "tampered":
        kept = client.cookies["__Host-helpdesk-halfway"]
        client.cookies.clear()
        client.cookies.set("__Host-helpdesk-halfway", kept[:-1] + ("0" if kept[-1] != "0" else "1"))
    elif spoil == "another password since":
        bob.password_hash = "$argon2id$other"
    elif spoil == "disabled since":
        bob.active = False
    session.commit()
    answer = client.post("/login/code", data={"code": code()})
    assert (answer.status_code, answer.headers["location"], COOKIE in client.cookies) == (303, "/login", False)


# --- where everybody must have it


def test_staff_without_it_are_led_to_set_it_up(client_with: AppWith, cast: Cast, session: Session) -> None:
    client = client_with(require_totp=True)
    answer = client.post("/login", data=BOB)
    assert (answer.headers["location"], COOKIE in client.cookies) == ("/login/enrol", False)
    page = client.get("/login/enrol").text
    assert ("<svg" in page, "style=" in page) == (True, False)
    found = re.search(r'class="letters">([A-Z2-7 ]+)<', page)
    assert found is not None
    secret = found[1].replace(" ", "")
    assert client.post("/login/enrol", data={"code": "000000"}).status_code == 422
    done = client.post("/login/enrol", data={"code": pyotp.TOTP(secret).now()})
    assert (done.status_code, len(re.findall(r"<li>[a-z2-7-]{19}</li>", done.text))) == (200, 10)
    assert client.get("/admin/security").status_code == 200
    assert session.get_one(Person, cast.people["bob"].id).totp_secret == secret


def test_a_session_of_a_password_alone_ends_when_it_is_asked_of_everybody(
    client_with: AppWith, browser: Browser, cast: Cast, session: Session
) -> None:
    bob = browser("bob")
    assert bob.get("/admin/security").status_code == 200
    strict = client_with(require_totp=True)
    strict.cookies.set(COOKIE, bob.cookies[COOKIE])
    assert strict.get("/admin/security").status_code == 303
    assert strict.get("/api/v1/admin/tickets", headers=cast.headers("bob")).status_code == 200  # tokens are another matter
    secret = credentials.start_session(session, session.get_one(Person, cast.people["bob"].id), "", method="single sign-on")
    session.commit()
    strict.cookies.set(COOKIE, secret)
    assert strict.get("/admin/security").status_code == 200
