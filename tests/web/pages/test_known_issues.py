"""Known issues: public words only, "me too" once, and feeds that any reader can read."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk import db, people
from helpdesk.models import Attempt, OutboxMessage, Ticket
from tests.web.conftest import Api, Browser, csrf
from tests.web.pages.conftest import flash, send, words

HERE = "/known-issues/ELM-001"


@pytest.fixture
def issue(api: Api, engine: Engine, ticket: Ticket) -> Ticket:
    """alice's ticket, made public, with a thread that is not."""
    api("bob", "PATCH", "/admin/tickets/1", json={"is_public": True, "assignee": "bob", "tags": ["vip"]})
    api("bob", "POST", "/admin/tickets/1/reply", json={"content": "Hello Alice, use a zebra"})
    api("bob", "POST", "/admin/tickets/1/internal-note", json={"content": "She is a pangolin"})
    return ticket


def test_a_known_issue_shows_its_own_words_and_nobody(client: TestClient, issue: Ticket) -> None:
    for path in ("/known-issues", HERE, "/known-issues/elm-1", "/known-issues.atom", "/known-issues.json"):
        answer = client.get(path)
        assert (answer.status_code, "The printer is on fire" in answer.text) == (200, True), path
        for hidden in ("zebra", "pangolin", "Alice", "alice@", "Bob", "vip"):
            assert hidden not in answer.text, (path, hidden)
    assert "We are working on it." in client.get(HERE).text


def test_the_search_finds_public_words_only(client: TestClient, issue: Ticket) -> None:
    for typed, found in (
        ("printer", True),
        ("smokes", True),
        ("zebra", False),
        ("pangolin", False),
        ("'; --", False),
        ('"', False),
    ):
        page = client.get("/known-issues", params={"q": typed}).text
        assert (HERE in page, "Nothing known matches" in page) == (found, not found), typed


@pytest.mark.parametrize("values", [{"is_public": False}, {"restricted": True}])
def test_what_is_not_public_is_not_there(client: TestClient, engine: Engine, issue: Ticket, values: dict[str, bool]) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(**values))
    assert client.get(HERE).status_code == 404
    for path in ("/known-issues", "/known-issues.atom", "/known-issues.json", "/"):
        assert "printer" not in client.get(path).text
    pages = {client.get(path).text for path in (HERE, "/known-issues/ELM-999", "/known-issues/x")}
    assert len(pages) == 1


def test_taken_back_it_is_said(browser: Browser, issue: Ticket) -> None:
    mallory = browser("mallory")
    assert words(send(mallory, f"{HERE}/me-too", on="1"), ".state-line .button")[0].startswith("Following · ")
    assert flash(send(mallory, f"{HERE}/me-too", on="0")) == "You no longer follow it."


def test_me_too_counts_a_person_once_and_can_be_taken_back(browser: Browser, issue: Ticket, engine: Engine) -> None:
    mallory, carl = browser("mallory"), browser("carl")

    def press(who: TestClient, on: str) -> int:
        assert who.post(f"{HERE}/me-too", data={"on": on}, headers=csrf(who)).headers["location"] == HERE
        with db.transaction(engine) as session:
            return session.get_one(Ticket, 1).upvotes

    assert [press(mallory, "1"), press(mallory, "1"), press(carl, "1"), press(mallory, "0"), press(mallory, "0")] == [1, 1, 2, 1, 1]
    assert 'aria-pressed="true"' in carl.get(HERE).text
    assert 'aria-pressed="false"' in mallory.get(HERE).text


def votes(engine: Engine) -> int:
    with db.transaction(engine) as session:
        return session.get_one(Ticket, 1).upvotes


def mailed(engine: Engine, address: str) -> str:
    """The link that was mailed there."""
    with db.transaction(engine) as session:
        wanted = select(OutboxMessage).where(OutboxMessage.kind == "me_too", OutboxMessage.recipient == address)
        return str(session.scalars(wanted.order_by(OutboxMessage.id.desc())).first().data["link"])  # type: ignore[union-attr]


def test_who_is_not_signed_in_says_it_by_a_mailed_link(client: TestClient, engine: Engine, issue: Ticket) -> None:
    page = send(client, f"{HERE}/me-too", email="New@Example.org")
    assert "new@example.org counts you in" in flash(page)
    with db.transaction(engine) as session:
        assert people.person_at(session, "new@example.org") is None  # nothing is kept of an address that nobody proved
    link = mailed(engine, "new@example.org")
    for _ in range(2):  # a scanner
        assert "You have it too?" in client.get(link).text
    assert votes(engine) == 0
    key = link.partition("key=")[2]
    for on, count, said in (("1", 1, "You are counted in"), ("1", 1, "You are counted in"), ("0", 0, "You have it too?")):
        assert said in send(client, f"{HERE}/me-too", key=key, on=on).text()
        assert votes(engine) == count
    with db.transaction(engine) as session:
        person = people.person_at(session, "new@example.org")
        assert person is not None and person.addresses[0].verified_at is not None


def test_the_link_opens_that_issue_only_and_signs_nobody_in(client: TestClient, engine: Engine, api: Api, issue: Ticket) -> None:
    api("alice", "POST", "/tickets", json={"title": "Another"})
    api("bob", "PATCH", "/admin/tickets/2", json={"is_public": True})
    send(client, f"{HERE}/me-too", email="bob@example.com")
    key = mailed(engine, "bob@example.com").partition("key=")[2]
    for path, given in (("/known-issues/ELM-002", key), (HERE, key[:-1]), (HERE, "x"), (HERE, "")):
        assert client.get(f"{path}/me-too", params={"key": given}).status_code == 404
        assert given == "" or client.post(f"{path}/me-too", data={"key": given}).status_code == 404
    assert client.post(f"{HERE}/me-too", data={"key": key}).status_code == 303
    assert client.get("/admin").status_code == 303  # an agent's mailbox alone opens no desk
    assert votes(engine) == 1


@pytest.mark.parametrize("address", ["", "nobody", "a@b.example\r\nBcc: c@d.example"])
def test_an_address_that_is_none_is_said_at_its_field(client: TestClient, issue: Ticket, address: str) -> None:
    answer = client.post(f"{HERE}/me-too", data={"email": address})
    assert (answer.status_code, 'id="email-error"' in answer.text) == (422, True)


def test_one_link_a_day_goes_to_an_address_whoever_asks_how_often(
    client: TestClient, engine: Engine, session: Session, issue: Ticket
) -> None:
    wanted = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.kind == "me_too")
    said = {flash(send(client, f"{HERE}/me-too", email="new@example.org")) for _ in range(3)}
    assert (len(said), session.scalar(wanted)) == (1, 1)
    assert client.post(f"{HERE}/me-too", data={"email": "new@example.org"}).status_code == 429
    with db.transaction(engine) as earlier:
        earlier.execute(update(OutboxMessage).values(created_at=func.now() - timedelta(hours=25)))
        earlier.execute(delete(Attempt))
    send(client, f"{HERE}/me-too", email="new@example.org")
    assert session.scalar(wanted) == 2


def test_staff_write_what_helps_and_it_stands_on_page_and_feeds(client: TestClient, browser: Browser, issue: Ticket) -> None:
    text = "Switch it **off**. <script>x</script>"
    page = send(browser("bob"), f"{HERE}/workaround", workaround=text)
    assert "<strong>off</strong>" in str(page.html)
    for path in (HERE, "/known-issues.atom", "/known-issues.json"):
        answer = client.get(path).text
        assert "What helps until then" in answer and "Switch it" in answer and "<script>x" not in answer
    assert "Workaround" in client.get("/known-issues").text
    assert 'name="workaround"' not in client.get(HERE).text
    send(browser("bob"), f"{HERE}/workaround", workaround=" ")
    assert "What helps until then" not in client.get(HERE).text


def test_the_feeds_are_well_formed_whatever_was_written(client: TestClient, engine: Engine, issue: Ticket) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(title="a \x0b & <b> ]]> \ufffe", description="**x** <script>1</script> \x08"))
    answer = client.get("/known-issues.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    name = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(answer.content)  # noqa: S314  (ours)
    (entry,) = feed.findall(f"{name}entry")
    assert entry.findtext(f"{name}title") == "a  & <b> ]]> "
    assert entry.findtext(f"{name}id") == "https://help.test/known-issues/ELM-001"
    assert "<strong>x</strong>" in (entry.findtext(f"{name}content") or "") and "<script" not in (
        entry.findtext(f"{name}content") or ""
    )
    assert {child.tag.removeprefix(name) for child in feed} >= {"id", "title", "updated", "link", "author"}
    items = client.get("/known-issues.json").json()
    assert (items["version"], len(items["items"]), items["items"][0]["url"]) == (
        "https://jsonfeed.org/version/1.1", 1, "https://help.test/known-issues/ELM-001",
    )  # fmt: skip


def test_without_issues_everything_says_so(client: TestClient) -> None:
    assert "No known issues" in client.get("/known-issues").text
    assert ElementTree.fromstring(client.get("/known-issues.atom").content) is not None  # noqa: S314  (ours)
    assert client.get("/known-issues.json").json()["items"] == []
