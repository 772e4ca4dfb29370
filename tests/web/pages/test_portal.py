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
from tests.web.pages.conftest import Counted, tree, words


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
    assert 'method="post" action="/submit"' in page and 'name="description"' in page
    assert "mailto:support@help.test" in page


def test_the_first_answer_of_every_category_stands_on_the_door(client: TestClient, engine: Engine) -> None:
    assert 'id="asked"' not in client.get("/").text
    with db.transaction(engine) as session:
        for category in ("Start", "Billing"):
            for position in range(4):
                session.add(FaqEntry(question=f"{category} {position}?", answer="So.", category=category, position=position))
        session.add(FaqEntry(question="A draft?", answer="Not yet.", published=False))
    assert words(tree(client, "/"), ".tiles .tile") == [
        "Start 0?",
        "Billing 0?",
        "Start 1?",
        "Billing 1?",
        "Start 2?",
        "Billing 2?",
    ]


@pytest.mark.parametrize(
    ("referer", "url"),
    [
        ("https://shop.example/cart?id=1", "https://shop.example/cart?id=1"), ("https://help.test/faq", None), ("", None),
        ("javascript:alert(1)", None), ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
    ],
)  # fmt: skip
def test_the_page_of_another_site_that_sent_the_reader_is_carried_along(client: TestClient, referer: str, url: str | None) -> None:
    page = client.get("/", headers={"Referer": referer.replace('"', "%22").replace("<", "%3C").replace(">", "%3E")}).text
    assert ('name="url"' in page) == (url is not None)
    if url is not None:
        assert f'value="{url}"' in page


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


@pytest.mark.parametrize(
    "path", ["/", "/submit?description=printer+on+fire", "/my-tickets", "/my-tickets?q=fire", "/ticket/ELM-001", "/known-issues",
             "/known-issues/ELM-001", "/faq?q=how"],
)  # fmt: skip
def test_no_page_of_a_requester_asks_the_database_more_than_fifteen_times(
    browser: Browser, engine: Engine, ticket: Ticket, queries: Counted, path: str
) -> None:
    with db.transaction(engine) as session:
        tickets.edit(session, session.get_one(Ticket, ticket.number), SYSTEM, is_public=True)
        session.add(FaqEntry(question="How?", answer="So."))
    alice = browser("alice")
    with queries() as said:
        assert alice.get(path).status_code == 200
    assert len(said) <= 15, said
