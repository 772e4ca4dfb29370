"""Who a ticket is for: people in copy, another requester, and links that open nothing any more."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from helpdesk.installation import Installation
from helpdesk.models import Ticket
from helpdesk.sign_in import links
from tests.web.conftest import Browser, Cast, csrf
from tests.web.pages.conftest import flash, send, words
from tests.web.pages.test_ticket import HERE


def test_people_in_copy_come_and_go(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/cc", address="New@Example.com")
    assert sorted(words(page, ".people li")) == ["Carl carl@example.com", "new@example.com"]
    page = send(bob, f"{HERE}/cc", remove="carl@example.com")
    assert words(page, ".people li") == ["new@example.com"]
    assert flash(send(bob, f"{HERE}/cc", address="not an address")) == "This is not an e-mail address."
    assert flash(send(bob, f"{HERE}/cc", address="dora@example.com")) == "Agents are told as agents, not in copy."


def test_somebody_else_asked(browser: Browser, session: Session, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/requester", address="new@example.com")
    assert flash(page) == "new@example.com is the requester now."
    assert words(page, ".thread .event span") == ["Bob made new@example.com the requester, it was Alice"]
    assert session.get_one(Ticket, 1).requester.address == "new@example.com"
    assert flash(send(bob, f"{HERE}/requester", address="new@example.com")) == "They are the requester already."
    assert flash(send(bob, f"{HERE}/requester", address="dora@example.com")).startswith("An agent is no requester")


def test_links_that_lie_in_a_mailbox_are_revoked(
    browser: Browser, session: Session, installation: Installation, cast: Cast, ticket: Ticket
) -> None:
    link = links.ticket_link(installation.keys, "", "ELM", 1, cast.people["carl"].id, datetime.now(UTC))
    key = link.partition("key=")[2]
    assert links.opener(session, installation.keys, key, 1, datetime.now(UTC)) is not None
    bob = browser("bob")
    page = send(bob, f"{HERE}/revoke", address="carl@example.com")
    assert flash(page).startswith("The links that carl@example.com was mailed so far open nothing any more.")
    session.rollback()
    assert links.opener(session, installation.keys, key, 1, datetime.now(UTC)) is None
    assert bob.post(f"{HERE}/revoke", data={"address": "mallory@example.com"}, headers=csrf(bob)).status_code == 404
