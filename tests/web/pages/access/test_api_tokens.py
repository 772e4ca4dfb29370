"""Own tokens: made with a name and scopes, shown once, revoked at once."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk.models import ApiToken, Event
from tests.web.conftest import Browser, Cast, csrf
from tests.web.pages.conftest import flash, send, tree, words

HERE = "/admin/tokens"


def test_a_token_is_shown_once_and_does_what_its_scopes_leave(browser: Browser, client: TestClient, session: Session) -> None:
    bob = browser("bob")
    page = send(bob, HERE, name="Export", scope=["read", "tickets"], expected=201)
    token = words(page, ".secret-box code")[0]
    assert token.startswith("hd_")
    headers = {"Authorization": f"Bearer {token}"}
    asked = {path: client.get(f"/api/v1{path}", headers=headers).status_code for path in ("/admin/tickets", "/admin/held")}
    assert asked == {"/admin/tickets": 200, "/admin/held": 403}
    assert client.post("/api/v1/tickets", json={"title": "x"}, headers=headers).status_code == 403
    again = tree(bob, HERE)
    assert (token in (again.html or ""), words(again, ".devices .badge")) == (
        False,
        ["Reading only", "Tickets only", "All your rights"],
    )
    assert token not in str([one.data for one in session.query(Event)])


def test_a_revoked_token_opens_nothing(browser: Browser, client: TestClient) -> None:
    bob = browser("bob")
    page = send(bob, HERE, name="Export", scope="tickets", expected=201)
    headers = {"Authorization": f"Bearer {words(page, '.secret-box code')[0]}"}
    assert client.get("/api/v1/my-tickets", headers=headers).status_code == 200
    form = page.css_first(".devices form")
    assert form is not None
    assert flash(send(bob, form.attributes["action"] or "")) == "The token “Export” is revoked."
    assert client.get("/api/v1/my-tickets", headers=headers).status_code == 401


def test_the_narrowest_scope_is_chosen_before_and_all_rights_only_by_choice(browser: Browser) -> None:
    bob = browser("bob")
    chosen = tree(bob, HERE).css_first("[name=scope][checked]")
    assert chosen is not None and chosen.attributes["value"] == "read tickets"
    page = send(bob, HERE, name="Narrow", scope="read tickets", expected=201)
    assert words(page, ".devices li:first-child .badge") == ["Reading only", "Tickets only"]
    page = send(bob, HERE, name="Wide", scope="all", expected=201)
    assert words(page, ".devices li:first-child .badge") == ["All your rights"]


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"name": " "}, "#name-error"), ({"name": "x", "scope": "root"}, "p.error"), ({"name": "x"}, "p.error")],
)
def test_a_mistake_is_said_beside_its_field(fields: dict[str, str], place: str, browser: Browser) -> None:
    assert send(browser("bob"), HERE, expected=422, **fields).css_first(place) is not None


def test_nobody_sees_or_revokes_a_token_of_somebody_else(browser: Browser, session: Session, cast: Cast) -> None:
    bob = browser("bob")
    theirs = session.query(ApiToken).filter_by(person_id=cast.people["dora"].id).one()
    assert bob.post(f"{HERE}/{theirs.id}/revoke", headers=csrf(bob)).status_code == 404
    assert len(tree(bob, HERE).css(".devices li")) == 1  # the one of the test's own cast
