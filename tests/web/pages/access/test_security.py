"""The agent's own security page: password, second factor, sessions; and that what ends is out at once."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk.models import Event, Person, SignInSession
from helpdesk.permissions import Via, viewer_of
from helpdesk.sign_in import credentials, own_access, second_factor
from tests.web.conftest import PASSWORD, Browser, Cast, csrf
from tests.web.pages.access.conftest import AppWith
from tests.web.pages.conftest import Counted, flash, send, tree, words

HERE, TWO_STEP = "/admin/security", "/admin/security/two-step"
NEW = "another long password"


def offered(client: TestClient) -> str:
    """The secret on the page with the QR code."""
    return words(tree(client, TWO_STEP), ".letters")[0].replace(" ", "")


def test_sessions_are_listed_with_this_one_marked_and_another_is_ended_at_once(browser: Browser, session: Session) -> None:
    here, there = browser("bob"), browser("bob")
    page = tree(here, HERE)
    assert (len(page.css(".devices li")), words(page, ".devices .badge")) == (2, ["This browser"])
    form = page.css_first(".devices form")
    assert form is not None
    assert there.get(HERE).status_code == 200
    assert flash(send(here, form.attributes["action"] or "")) == "That browser is signed out."
    assert [there.get(HERE).status_code, here.get(HERE).status_code] == [303, 200]


def test_the_fifty_first_browser_stands_on_the_next_page(browser: Browser, session: Session, cast: Cast) -> None:
    here, bob = browser("bob"), session.get_one(Person, cast.people["bob"].id)
    for number in range(own_access.PAGE):
        credentials.start_session(session, bob, f"browser {number}")
    session.commit()
    first = tree(here, HERE)
    assert (len(first.css(".devices li")), words(first, "[aria-labelledby=h-sessions] .total")) == (own_access.PAGE, ["51"])
    following = first.css_first("a[rel=next]")
    assert following is not None
    second = tree(here, following.attributes["href"] or "")
    assert (len(second.css(".devices li")), second.css_first("a[rel=next]")) == (1, None)


def test_nobody_ends_a_session_of_somebody_else(browser: Browser, session: Session, cast: Cast) -> None:
    bob, dora = browser("bob"), browser("dora")
    number = session.query(SignInSession.id).filter_by(person_id=cast.people["dora"].id).scalar()
    assert bob.post(f"{HERE}/sessions/{number}/end", headers=csrf(bob)).status_code == 404
    assert dora.get(HERE).status_code == 200


def test_all_others_are_signed_out(browser: Browser) -> None:
    here, others = browser("bob"), [browser("bob"), browser("bob")]
    assert flash(send(here, f"{HERE}/sessions/others")) == "2 browsers are signed out."
    assert [one.get(HERE).status_code for one in others] == [303, 303]
    assert flash(send(here, f"{HERE}/sessions/others")) == "No other browser was signed in."


def test_a_new_password_signs_out_every_other_browser(browser: Browser, client: TestClient) -> None:
    here, there = browser("bob"), browser("bob")
    assert "bad" in send(here, f"{HERE}/password", current="wrong", password=NEW, expected=422).html  # type: ignore[operator]
    page = send(here, f"{HERE}/password", current=PASSWORD, password="short", expected=422)
    assert page.css_first("#password-error") is not None
    assert flash(send(here, f"{HERE}/password", current=PASSWORD, password=NEW)).startswith("Your password is changed")
    assert [here.get(HERE).status_code, there.get(HERE).status_code] == [200, 303]
    answers = [client.post("/login", data={"address": "bob@example.com", "password": one}).status_code for one in (PASSWORD, NEW)]
    assert answers == [401, 303]


def test_five_wrong_passwords_are_enough_here_too(browser: Browser) -> None:
    bob = browser("bob")
    form = {"current": "wrong", "password": NEW}
    answers = [bob.post(f"{HERE}/password", data=form, headers=csrf(bob)).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_an_app_is_set_up_and_its_codes_are_shown_once(browser: Browser, session: Session, cast: Cast) -> None:
    bob = browser("bob")
    secret = offered(bob)
    assert offered(bob) == secret  # the page may be loaded again
    page = send(bob, TWO_STEP, code="000000", expected=422)
    assert (page.css_first("#code-error") is not None, page.css_first(".qr svg") is not None) == (True, True)
    done = send(bob, TWO_STEP, code=pyotp.TOTP(secret).now())
    assert len(done.css(".codes li")) == 10
    assert words(tree(bob, HERE), "section:first-of-type .badge") == ["On"]
    assert bob.get(TWO_STEP).headers["location"] == HERE
    assert [one.method for one in session.query(SignInSession)] == ["password and code"]
    trail = str([(one.kind, one.data) for one in session.query(Event)])
    assert ("second_factor_on" in trail, secret in trail) == (True, False)


@pytest.fixture
def with_app(session: Session, cast: Cast) -> Person:
    bob = session.get_one(Person, cast.people["bob"].id)
    bob.totp_secret = second_factor.new_secret()
    second_factor.renew_codes(session, bob, viewer_of(bob, Via.WEB))
    session.commit()
    return bob


def test_switching_it_off_and_new_codes_take_the_password(browser: Browser, with_app: Person, session: Session) -> None:
    bob = browser("bob")
    old = list(with_app.recovery_codes)
    assert send(bob, f"{TWO_STEP}/codes", password="wrong", expected=422).css_first("#codes-error") is not None
    assert len(send(bob, f"{TWO_STEP}/codes", password=PASSWORD).css(".codes li")) == 10
    session.refresh(with_app)
    assert not set(old) & set(with_app.recovery_codes)
    assert send(bob, f"{TWO_STEP}/off", password="wrong", expected=422).css_first("#off-error") is not None
    assert flash(send(bob, f"{TWO_STEP}/off", password=PASSWORD)).startswith("Two-step sign-in is off")
    session.refresh(with_app)
    assert with_app.totp_secret is None


def test_it_cannot_be_switched_off_where_everybody_must_have_it(client_with: AppWith, with_app: Person, session: Session) -> None:
    client = client_with(require_totp=True)
    client.cookies.set("__Host-helpdesk", credentials.start_session(session, with_app, "", method="password and code"))
    session.commit()
    assert tree(client, HERE).css_first(f"form[action='{TWO_STEP}/off']") is None
    send(client, f"{TWO_STEP}/off", password=PASSWORD, expected=422)
    session.refresh(with_app)
    assert with_app.totp_secret is not None


def test_the_link_to_the_provider_can_be_taken_off(client_with: AppWith, browser: Browser, session: Session, cast: Cast) -> None:
    bob = session.get_one(Person, cast.people["bob"].id)
    bob.oidc_subject = "https://id.example 42"
    session.commit()
    page = send(browser("bob"), f"{HERE}/provider")
    assert flash(page).startswith("The account is unlinked")
    session.refresh(bob)
    assert bob.oidc_subject is None


def test_no_page_of_these_has_inline_styles_or_many_queries(browser: Browser, queries: Counted) -> None:
    bob = browser("bob")
    for path in (HERE, TWO_STEP, "/admin/tokens", "/admin/people", "/admin/me"):
        with queries() as said:
            page = bob.get(path).text
        assert len(said) <= 15, (path, said)
        assert not re.search(r"\sstyle=|<style|<script(?! src)", page), path
        assert len(page) < 40_000, path
