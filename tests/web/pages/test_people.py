"""People: listed and searched by staff; the team is an administrator's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.models import Event, OutboxMessage, Person, SignInSession, Suppression, Ticket
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, flash, send, tree, words


def names(browser: Browser, query: str) -> set[str]:
    return set(words(tree(browser("bob"), f"/admin/people{query}"), ".c-name b"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Alice", "Carl", "Mallory", "Bob", "Dora"}),
        ("?role=staff", {"Bob", "Dora"}),
        ("?role=customer", {"Alice", "Carl", "Mallory"}),
        ("?q=ALI", {"Alice"}),
        ("?q=carl@example", {"Carl"}),
        ("?q=%25", set()),
    ],
)
def test_people_are_found_by_group_name_and_address(query: str, expected: set[str], browser: Browser, cast: Cast) -> None:
    assert names(browser, query) == expected


def test_an_address_that_gets_no_mail_is_marked(browser: Browser, session: Session, ticket: Ticket) -> None:
    session.add(Suppression(address="alice@example.com", reason="550 mailbox unknown"))
    session.commit()
    page = tree(browser("dora"), "/admin/people?q=alice")
    assert page.css_first(".badge.bad").attributes["title"] == "550 mailbox unknown"  # type: ignore[union-attr]
    assert words(page, ".c-num")[-1] == "Tickets 1"


def test_agents_see_names_addresses_and_roles_and_nothing_of_accounts(browser: Browser, session: Session, ticket: Ticket) -> None:
    session.add(Suppression(address="alice@example.com", reason="550 mailbox unknown"))
    session.query(Person).filter_by(name="Dora").one().totp_secret = "JBSWY3DPEHPK3PXP"
    session.commit()
    page = tree(browser("bob"), "/admin/people")
    assert words(page, "thead th") == ["Name", "Role"]
    assert set(words(page, "tbody .badge")) == {"Customer", "Agent", "Admin"}
    assert page.css_first("table form, form.add-person") is None
    assert words(tree(browser("dora"), "/admin/people"), "thead th") == ["Name", "Role", "Tickets", "Last seen", "Change"]


def test_a_customer_who_joins_the_team_is_signed_out_and_loses_their_tokens(browser: Browser, session: Session, cast: Cast) -> None:
    mallory = browser("mallory")
    assert mallory.get("/api/v1/my-tickets").status_code == 200
    send(browser("dora"), "/admin/people", name="Mallory", address="mallory@example.com", role="admin")
    headers = cast.headers("mallory")
    assert [mallory.get("/admin").status_code, mallory.get("/api/v1/my-tickets").status_code] == [303, 401]
    assert mallory.get("/api/v1/my-tickets", headers=headers).status_code == 401


def test_an_administrator_lets_mail_out_again_and_that_is_audited(browser: Browser, session: Session, cast: Cast) -> None:
    session.add(Suppression(address="alice@example.com", reason="550 mailbox unknown"))
    session.commit()
    button = tree(browser("dora"), "/admin/people?q=alice").css_first("form[action='/admin/people/mail'] button")
    assert button is not None
    assert button.attributes["value"] == "alice@example.com"
    page = send(browser("dora"), "/admin/people/mail", address="Alice@example.com")
    assert flash(page) == "Alice@example.com gets mail again. What was stopped meanwhile is not sent."
    session.expire_all()
    assert session.get(Suppression, "alice@example.com") is None
    (event,) = session.query(Event).filter_by(kind="mail_resumed")
    assert (event.actor_id, event.data) == (
        cast.people["dora"].id,
        {"address": "alice@example.com", "reason": "550 mailbox unknown"},
    )
    assert page.css_first("form[action='/admin/people/mail']") is None
    assert flash(send(browser("dora"), "/admin/people/mail", address="alice@example.com")).startswith("Mail to this address is not")


def test_an_administrator_adds_an_agent(browser: Browser, session: Session, cast: Cast) -> None:
    page = send(browser("dora"), "/admin/people", name="Erin", address="Erin@example.com", role="agent")
    assert flash(page).startswith("Erin is on the team")
    found = people.person_at(session, "erin@example.com")
    assert found is not None
    assert (found.role, found.name) == ("agent", "Erin")


@pytest.mark.parametrize(
    ("field", "value"), [("address", "erin"), ("address", "bob@example.com"), ("role", "customer"), ("name", "  ")]
)
def test_a_mistake_is_said_beside_its_field(field: str, value: str, browser: Browser, cast: Cast) -> None:
    form = {"name": "Erin", "address": "erin@example.com", "role": "agent"} | {field: value}
    page = send(browser("dora"), "/admin/people", name=form["name"], address=form["address"], role=form["role"], expected=422)
    assert page.css_first(f"#{field}-error") is not None


def test_a_disabled_agent_is_signed_out_at_once(browser: Browser, session: Session, cast: Cast) -> None:
    bob = browser("bob")
    assert flash(send(browser("dora"), "/admin/people/active", address="bob@example.com", on="0")).startswith("Bob is disabled")
    assert bob.get("/admin").status_code == 303
    assert session.query(SignInSession).filter_by(person_id=cast.people["bob"].id).count() == 0


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("active", {"on": "0"}),
        ("role", {"role": "agent"}),
        ("sessions", {}),
        ("second-factor", {}),
        ("invite", {}),
        ("provider", {}),
    ],
)
def test_nobody_does_it_to_themselves(action: str, fields: dict[str, Any], browser: Browser, cast: Cast) -> None:
    dora = browser("dora")
    page = send(dora, f"/admin/people/{action}", expected=200, address="dora@example.com", **fields)
    assert flash(page) == "You cannot change this for yourself: ask another administrator."
    assert dora.get("/admin/people").status_code == 200


def test_somebody_new_is_mailed_an_invitation_and_again_on_demand(browser: Browser, session: Session, cast: Cast) -> None:
    dora = browser("dora")
    page = send(dora, "/admin/people", name="Erin", address="erin@example.com", role="agent")
    assert flash(page) == "Erin is on the team: a mail to erin@example.com says how to get in."
    assert "Invited" in words(page, ".badge")
    send(dora, "/admin/people/invite", address="erin@example.com")
    mails = session.query(OutboxMessage).filter_by(kind="invitation").all()
    assert [(one.recipient, one.data) for one in mails] == [("erin@example.com", {"by": "Dora"})] * 2
    assert flash(send(dora, "/admin/people/invite", address="bob@example.com")).startswith("Bob has a password")


def test_a_role_is_changed_and_holds_at_the_next_request(browser: Browser, session: Session, cast: Cast) -> None:
    bob, dora = browser("bob"), browser("dora")
    assert flash(send(dora, "/admin/people/role", address="bob@example.com", role="admin")) == "Bob is an administrator now."
    assert words(tree(bob, "/admin/people"), ".add-person h2") == ["Add somebody to the team"]
    assert flash(send(dora, "/admin/people/role", address="bob@example.com", role="customer")) == "Choose agent or admin."
    assert [one.data["new"] for one in session.query(Event).filter_by(kind="role_changed")] == ["admin"]


def test_a_lost_phone_is_taken_off_an_account_and_its_sessions_end(browser: Browser, session: Session, cast: Cast) -> None:
    row = session.get_one(Person, cast.people["bob"].id)
    row.totp_secret, row.recovery_codes = "JBSWY3DPEHPK3PXP", [b"x"]
    session.commit()
    bob, dora = browser("bob"), browser("dora")
    assert "2-step" in words(tree(dora, "/admin/people?role=staff"), ".badge")
    assert flash(send(dora, "/admin/people/second-factor", address="bob@example.com")).startswith("Bob signs in by password alone")
    session.expire_all()
    fresh = session.get_one(Person, cast.people["bob"].id)
    assert (fresh.totp_secret, len(fresh.recovery_codes), bob.get("/admin").status_code) == (None, 0, 303)
    assert flash(send(dora, "/admin/people/second-factor", address="bob@example.com")) == "Bob has no app for codes."


def test_a_colleague_is_signed_out_everywhere(browser: Browser, cast: Cast) -> None:
    bobs, dora = [browser("bob"), browser("bob")], browser("dora")
    assert flash(send(dora, "/admin/people/sessions", address="bob@example.com")) == "bob@example.com is signed out of 2 browsers."
    assert [one.get("/admin").status_code for one in bobs] == [303, 303]


def test_an_account_at_the_provider_is_unlinked(browser: Browser, session: Session, cast: Cast) -> None:
    row = session.get_one(Person, cast.people["bob"].id)
    row.oidc_subject = "https://id.example 42"
    session.commit()
    assert flash(send(browser("dora"), "/admin/people/provider", address="bob@example.com")).startswith("Bob is unlinked")
    session.refresh(row)
    assert row.oidc_subject is None


def test_an_agent_sees_no_forms_of_the_team(browser: Browser, cast: Cast) -> None:
    assert tree(browser("bob"), "/admin/people").css_first("main form[method=post]") is None


@pytest.mark.parametrize("path", ["/admin/people", "/admin/outbox", "/admin/held", "/admin/canned"])
def test_a_page_costs_at_most_15_queries(path: str, browser: Browser, ticket: Ticket, queries: Counted) -> None:
    dora = browser("dora")
    dora.get(path)
    with queries() as said:
        tree(dora, path)
    assert len(said) <= 15, "\n\n".join(said)
