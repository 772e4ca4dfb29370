"""Known issues: public words only, "me too" once, and feeds that any reader can read."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.models import Ticket
from tests.web.conftest import Api, Browser, Cast, csrf

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
    for words, found in (
        ("printer", True),
        ("smokes", True),
        ("zebra", False),
        ("pangolin", False),
        ("'; --", False),
        ('"', False),
    ):
        page = client.get("/known-issues", params={"q": words}).text
        assert (HERE in page, "Nothing known matches" in page) == (found, not found), words


@pytest.mark.parametrize("values", [{"is_public": False}, {"restricted": True}])
def test_what_is_not_public_is_not_there(client: TestClient, engine: Engine, issue: Ticket, values: dict[str, bool]) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(**values))
    assert client.get(HERE).status_code == 404
    for path in ("/known-issues", "/known-issues.atom", "/known-issues.json", "/"):
        assert "printer" not in client.get(path).text
    pages = {client.get(path).text for path in (HERE, "/known-issues/ELM-999", "/known-issues/x")}
    assert len(pages) == 1


def test_me_too_counts_a_person_once_and_can_be_taken_back(browser: Browser, issue: Ticket, engine: Engine) -> None:
    mallory, carl = browser("mallory"), browser("carl")

    def press(who: TestClient, on: str) -> int:
        assert who.post(f"{HERE}/me-too", data={"on": on}, headers=csrf(who)).headers["location"] == HERE
        with db.transaction(engine) as session:
            return session.get_one(Ticket, 1).upvotes

    assert [press(mallory, "1"), press(mallory, "1"), press(carl, "1"), press(mallory, "0"), press(mallory, "0")] == [1, 1, 2, 1, 1]
    assert 'aria-pressed="true"' in carl.get(HERE).text
    assert 'aria-pressed="false"' in mallory.get(HERE).text


def test_nobody_is_asked_to_sign_in_first(client: TestClient, issue: Ticket, cast: Cast) -> None:
    assert 'href="/my-tickets?next=/known-issues/ELM-001"' in client.get(HERE).text
    assert client.post(f"{HERE}/me-too", data={"on": "1"}).headers["location"] == "/my-tickets"


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
