"""The front door and the choice of colours."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from helpdesk import comments, db, people, tickets
from helpdesk.comments import NewComment
from helpdesk.models import FaqEntry, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket
from tests.web.conftest import Browser, Cast


def test_the_door_shows_what_is_broken_now_and_nothing_else(client: TestClient, engine: Engine) -> None:
    states = {"Mails <b>twice</b>": "in_progress", "Solved long ago": "resolved", "A private matter": ""}
    with db.transaction(engine) as session:
        alice = people.find_or_make(session, "alice@example.com", "Alice")
        for title, state in states.items():
            made = tickets.open_ticket(session, NewTicket(title, "", alice, Source.WEB), SYSTEM)
            tickets.edit(session, made, SYSTEM, is_public=bool(state))
            tickets.change_status(session, made, state or "open", SYSTEM)
    page = client.get("/").text
    assert "Mails &lt;b&gt;twice&lt;/b&gt;" in page and 'href="/known-issues/ELM-001"' in page
    assert "Solved long ago" not in page and "A private matter" not in page


def test_the_first_field_goes_to_the_form_and_the_mail_address_stands_beside_it(client: TestClient) -> None:
    page = client.get("/").text
    assert 'method="get" action="/submit"' in page and 'name="description"' in page
    assert "mailto:support@help.test" in page


def test_answers_are_offered_only_when_there_are_some(client: TestClient, engine: Engine) -> None:
    assert "/faq" not in client.get("/").text
    with db.transaction(engine) as session:
        session.add(FaqEntry(question="How?", answer="So **so**.", category="Start"))
    assert 'href="/faq"' in client.get("/").text
    assert "<strong>so</strong>" in client.get("/faq?q=how").text
    assert "How?" not in client.get("/faq?q=zebra").text


def test_whoever_is_signed_in_learns_that_tickets_wait_for_them(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    assert "waits for an answer" not in browser("alice").get("/").text
    with db.transaction(engine) as session:
        bob = session.merge(cast.people["bob"])
        locked = tickets.locked(session, ticket.number)
        assert locked is not None
        comments.add_comment(session, locked, NewComment("Which one?", Source.WEB, bob, bob.address), viewer_of(bob, Via.WEB))
    assert "1 of your tickets waits for an answer" in browser("alice").get("/").text
    assert "of your tickets" not in browser("mallory").get("/").text


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("https://help.test/known-issues?q=x", "/known-issues?q=x"), ("", "/"), ("https://evil.example//evil.example/", "/"),
        ("https://evil.example", "/"), ("javascript:alert(1)", "/"),
    ],
)  # fmt: skip
def test_colours_are_kept_in_the_browser_and_one_goes_back(client: TestClient, referer: str, back: str) -> None:
    answer = client.post("/theme", data={"theme": "dark"}, headers={"Referer": referer} if referer else {})
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    assert 'data-theme="dark"' in client.get("/").text


def test_an_unknown_colour_is_none(client: TestClient) -> None:
    client.post("/theme", data={"theme": '"><script>'})
    assert "theme" not in client.cookies
