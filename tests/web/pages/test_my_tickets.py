"""The way to one's tickets by mail: one answer for every address, nothing spent by looking, one use."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select, update
from starlette.testclient import TestClient

from helpdesk import comments, db, tickets
from helpdesk.comments import NewComment
from helpdesk.models import Event, OutboxMessage, SignInLink, SignInSession, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket
from tests.web.conftest import LOCAL, Browser, Cast, csrf
from tests.web.pages.conftest import tree, words

SESSION = "__Host-helpdesk"


def asked(client: TestClient, engine: Engine, address: str = "alice@example.com") -> tuple[str, str]:
    """The link and the code that were mailed."""
    assert client.post("/my-tickets", data={"email": address}).status_code == 200
    with db.transaction(engine) as session:
        data = session.scalars(
            select(OutboxMessage.data).where(OutboxMessage.kind == "magic_link").order_by(OutboxMessage.id.desc())
        ).first()
    assert data is not None
    return data["link"], data["code"]


def test_every_address_gets_the_same_answer_and_only_customers_get_a_mail(client: TestClient, engine: Engine, cast: Cast) -> None:
    pages = {}
    for address in ("alice@example.com", "xenon@example.com", "dora@example.com"):
        answer = client.post("/my-tickets", data={"email": address})
        pages[address] = (answer.status_code, answer.text.replace(address, "ADDRESS"), sorted(answer.headers))
    assert len(set(map(str, pages.values()))) == 1
    with db.transaction(engine) as session:
        assert list(session.scalars(select(OutboxMessage.recipient))) == ["alice@example.com"]


def test_looking_at_the_link_spends_nothing_and_pressing_its_button_signs_in_once(
    client: TestClient, engine: Engine, ticket: Ticket
) -> None:
    link, _ = asked(client, engine)
    assert link.startswith("https://help.test/my-tickets/link?token=")
    for _ in range(3):  # a scanner
        client.head(link)
        assert client.get(link).status_code == 303
    away = client.get(link)
    assert away.headers["location"] == "/my-tickets/link"  # the token leaves the address bar
    page = client.get("/my-tickets/link").text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    assert SESSION not in client.cookies
    answer = client.post("/my-tickets/link", data={"token": token[1]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/my-tickets")
    assert "The printer is on fire" in client.get("/my-tickets").text
    with db.transaction(engine) as session:
        assert session.scalars(select(SignInSession.method)).one() == "link"
        assert session.scalars(select(Event.data["method"].as_string()).where(Event.kind == "signed_in")).one() == "link"
    again = client.post("/my-tickets/link", data={"token": token[1]}, headers=csrf(client))
    assert (again.status_code, "used already" in again.text) == (404, True)


def test_the_code_signs_in_and_ends_the_link(client: TestClient, engine: Engine, cast: Cast) -> None:
    link, code = asked(client, engine)
    answer = client.post("/my-tickets/code", data={"address": " Alice@example.com", "code": f"{code[:3]} {code[3:]}"})
    assert (answer.status_code, answer.headers["location"], SESSION in client.cookies) == (303, "/my-tickets", True)
    token = link.partition("token=")[2]
    assert client.post("/my-tickets/link", data={"token": token}, headers=csrf(client)).status_code == 404


@pytest.mark.parametrize("token", ["", " ", "x", "a" * 43, "\x00", "é"])
def test_a_token_of_nobody_gets_one_answer(client: TestClient, cast: Cast, token: str) -> None:
    assert client.post("/my-tickets/link", data={"token": token}).status_code == 404
    assert SESSION not in client.cookies


def test_a_link_is_too_old_after_a_quarter_of_an_hour(client: TestClient, engine: Engine, cast: Cast) -> None:
    link, code = asked(client, engine)
    with db.transaction(engine) as session:
        session.execute(update(SignInLink).values(expires_at=func.now()))
    assert client.post("/my-tickets/link", data={"token": link.partition("token=")[2]}).status_code == 404
    assert client.post("/my-tickets/code", data={"address": "alice@example.com", "code": code}).status_code == 404


def test_five_wrong_codes_and_then_the_right_one_comes_too_late(client: TestClient, engine: Engine, cast: Cast) -> None:
    _, code = asked(client, engine)
    wrong = {"address": "alice@example.com", "code": "000000" if code != "000000" else "000001"}
    assert [client.post("/my-tickets/code", data=wrong).status_code for _ in range(6)] == [404] * 5 + [429]
    assert client.post("/my-tickets/code", data=wrong | {"code": code}).status_code == 429


def test_an_address_is_mailed_three_times_a_quarter_of_an_hour_known_or_not(client: TestClient, engine: Engine, cast: Cast) -> None:
    for address in ("alice@example.com", "xenon@example.com"):
        assert [client.post("/my-tickets", data={"email": address}).status_code for _ in range(4)] == [200, 200, 200, 429]
    with db.transaction(engine) as session:
        assert session.scalar(select(func.count()).where(OutboxMessage.kind == "magic_link")) == 3


def test_a_network_asks_for_ten_links_an_hour(app: FastAPI, cast: Cast) -> None:
    client = TestClient(app, base_url="https://help.test", client=("203.0.113.9", 1))
    answers = [client.post("/my-tickets", data={"email": f"x{n}@example.com"}).status_code for n in range(11)]
    assert answers == [200] * 10 + [429]


@pytest.mark.parametrize("address", ["", "x", "a b@example.com", "a@example.com\r\nBcc: b@example.com", "a@x,b@y"])
def test_what_is_no_address_is_said_so(client: TestClient, address: str) -> None:
    answer = client.post("/my-tickets", data={"email": address})
    assert (answer.status_code, 'id="email-error"' in answer.text) == (422, True)


def test_links_are_made_from_the_base_url_whatever_the_host_header_says(app: FastAPI, engine: Engine, cast: Cast) -> None:
    client = TestClient(app, base_url="https://evil.example", client=LOCAL)
    answer = client.post("/my-tickets", data={"email": "alice@example.com"}, headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 200
    with db.transaction(engine) as session:
        data = session.scalars(select(OutboxMessage.data)).one()
    assert data["link"].startswith("https://help.test/")


@pytest.mark.parametrize(
    ("place", "goal"),
    [
        ("/ticket/ELM-001", "/ticket/ELM-001"), ("/known-issues/ELM-001", "/known-issues/ELM-001"), ("/admin", "/my-tickets"),
        ("https://evil.example", "/my-tickets"), ("//evil.example/ticket/ELM-001", "/my-tickets"), ("/ticket/é", "/my-tickets"),
        ("/ticket/ELM-001\r\nX: y", "/my-tickets"),
    ],
)  # fmt: skip
def test_one_comes_back_to_where_one_wanted_to_go(
    client: TestClient, engine: Engine, ticket: Ticket, place: str, goal: str
) -> None:
    client.get("/my-tickets", params={"next": place})
    _, code = asked(client, engine)
    answer = client.post("/my-tickets/code", data={"address": "alice@example.com", "code": code})
    assert answer.headers["location"] == goal


def test_what_waits_for_the_reader_stands_first_and_what_is_done_last(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    with db.transaction(engine) as session:
        alice, bob = (session.merge(cast.people[name]) for name in ("alice", "bob"))
        for title, change in (("Answered", "waiting_on"), ("Done", "resolved"), ("Of somebody else", "")):
            requester = alice if change else session.merge(cast.people["mallory"])
            made = tickets.open_ticket(session, NewTicket(title, "", requester, Source.WEB), SYSTEM)
            made.waiting_on = "customer"
            if change == "resolved":
                tickets.change_status(session, made, "resolved", SYSTEM)
            else:
                tickets.assign(session, made, bob, SYSTEM)
    reader = browser("alice")
    page = tree(reader, "/my-tickets")
    assert words(page, ".group h2, .group b") == [
        "Waiting for you", "Answered", "With us", "The printer is on fire", "Done", "Done",
    ]  # fmt: skip
    assert "Bob answered and waits for you." in words(page, ".group .sub")[0]
    assert words(page, ".chips a") == ["All 3", "Waiting for you 1", "With us 1", "Done 1"]
    assert words(tree(reader, "/my-tickets?show=us"), ".group b") == ["The printer is on fire"]
    assert "Nothing here" in tree(reader, "/my-tickets?show=us&q=Answered").text()


@pytest.mark.parametrize(
    ("who", "q", "found"),
    [
        ("alice", "PRINTER", True), ("alice", "elm-1", True), ("alice", "1", True), ("alice", "smokes", True), ("alice", "zebra", True),
        ("alice", "pangolin", False), ("alice", "%", False), ("carl", "printer", True), ("carl", "smokes", False), ("carl", "zebra", False),
        ("mallory", "printer", False), ("mallory", "elm-1", False),
    ],
)  # fmt: skip
def test_a_search_finds_what_its_reader_surely_saw(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket, who: str, q: str, found: bool
) -> None:
    with db.transaction(engine) as session:
        bob, locked = session.merge(cast.people["bob"]), tickets.locked(session, ticket.number)
        assert locked is not None
        for text, internal in (("Use a zebra", False), ("She is a pangolin", True)):
            new = NewComment(text, Source.WEB, bob, bob.address, internal=internal)
            comments.add_comment(session, locked, new, viewer_of(bob, Via.WEB))
    page = browser(who).get("/my-tickets", params={"q": q}).text
    assert ("The printer is on fire" in page) == found
    assert "Of somebody else" not in page
    assert "bob@example.com" not in page
