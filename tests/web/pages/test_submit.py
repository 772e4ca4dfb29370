"""The web form: what is typed is never lost, and an address that nobody proved gives no rights and gets no words mailed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import Attachment, OutboxMessage, Person, PersonAddress, Ticket
from helpdesk.sign_in import links
from tests.web.conftest import LOCAL, Browser, Cast, csrf
from web.app import create_app

FORM = {
    "title": "Wrong hour",
    "description": "It is **late**.",
    "type": "bug",
    "priority": "high",
    "email": "New@Example.com",
    "name": "Neo",
}
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
EDGE = CHROME + " Edg/142.0.1"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"


def value_of(page: str, name: str) -> str:
    """What stands in an input of the page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found is not None, name
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def tickets_of(engine: Engine) -> list[Ticket]:
    with db.transaction(engine) as session:
        return list(session.scalars(select(Ticket).order_by(Ticket.number)))


def count(engine: Engine, table: Any) -> int:
    with db.transaction(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        (CHROME, "Chrome 142.0.0.0", "Windows 10.0"), (EDGE, "Edge 142.0.1", "Windows 10.0"), (SAFARI, "Safari 17.1", "iOS 17.1.2"),
        (FIREFOX, "Firefox 140.0", "Linux"), (MAC, "Safari 17.6", "macOS 10.15.7"), (ANDROID, "Chrome 142.0.0.0", "Android 14"),
        ("curl/8.5", "", ""), ("", "", ""), ("<script>alert(1)</script>" + "x" * 5000, "", ""),
    ],
)  # fmt: skip
def test_browser_and_system_are_shown_before_they_are_sent(client: TestClient, agent: str, browser: str, system: str) -> None:
    page = client.get("/submit?url=https://shop.example/cart", headers={"User-Agent": agent}).text
    assert (value_of(page, "env_browser"), value_of(page, "env_os")) == (browser, system)
    assert value_of(page, "env_url") == "https://shop.example/cart"


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("The printer burns. It smokes.", "The printer burns."), ("No stop here\nsecond line", "No stop here"), ("", ""),
        ("a long sentence without an end " * 10, ""),
    ],
)  # fmt: skip
def test_what_was_said_on_the_door_is_in_the_form_and_its_first_sentence_is_the_title(
    client: TestClient, said: str, title: str
) -> None:
    page = client.get("/submit", params={"description": said}).text
    assert value_of(page, "title") == title
    assert said.strip() in page


def test_a_preview_shows_the_markdown_keeps_everything_and_stores_nothing(client: TestClient, engine: Engine) -> None:
    page = client.post("/submit", data=FORM | {"preview": "1", "description": "It is **late** <script>x</script>"}).text
    assert "<strong>late</strong>" in page and "<script>x" not in page
    assert (value_of(page, "title"), value_of(page, "email")) == ("Wrong hour", "New@Example.com")
    assert 'value="bug" checked' in page and 'value="high" checked' in page
    assert count(engine, Ticket) == 0


def test_a_form_becomes_a_ticket_with_a_receipt_that_can_be_loaded_again(client: TestClient, engine: Engine) -> None:
    answer = client.post(
        "/submit", data=FORM | {"env_browser": "Firefox 140"}, files=[("files", ("log.txt", b"smoke", "text/plain"))]
    )
    assert answer.status_code == 303
    (made,) = tickets_of(engine)
    assert (made.title, made.type, made.priority, made.source, made.verified) == ("Wrong hour", "bug", "high", "web", False)
    assert made.environment == {"browser": "Firefox 140"}
    assert made.description_html == "<p>It is <strong>late</strong>.</p>\n"
    with db.transaction(engine) as session:
        assert [(one.filename, one.size) for one in session.scalars(select(Attachment))] == [("log.txt", 5)]
    for _ in range(2):
        page = client.get(answer.headers["location"]).text
        assert "ELM-001" in page and "Wrong hour" in page and "new@example.com" in page
        assert "/ticket/ELM-001" not in page  # nobody is signed in: the way in is the mail
    assert "example.com" not in answer.headers["location"]


def test_a_receipt_needs_its_key(client: TestClient, engine: Engine, installation: Installation, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        now = session.execute(select(func.now())).scalar_one()
        link = links.ticket_link(installation.keys, "", "ELM", ticket.number, ticket.requester_id, now)
    for key in ("", "x", link.partition("key=")[2], "a" * 48):
        assert client.get("/submitted", params={"key": key}).status_code == 404


def test_the_receipt_names_the_address_that_was_typed_not_the_persons_first(client: TestClient, engine: Engine, cast: Cast) -> None:
    with db.transaction(engine) as session:
        session.add(PersonAddress(person_id=cast.people["alice"].id, address="al@private.example"))
    answer = client.post("/submit", data=FORM | {"email": "al@private.example"})
    page = client.get(answer.headers["location"]).text
    assert "al@private.example" in page and "alice@example.com" not in page


def test_one_mail_a_day_goes_to_an_address_that_nobody_proved(client: TestClient, engine: Engine) -> None:
    for number in range(3):
        client.post("/submit", data=FORM | {"title": f"Buy cheap {number}"})
    with db.transaction(engine) as session:
        sent = list(session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == "new@example.com")))
        assert [one.kind for one in sent] == ["acknowledgement"]


def test_an_agents_address_gives_no_rights(client: TestClient, engine: Engine, cast: Cast) -> None:
    client.post("/submit", data=FORM | {"email": "bob@example.com", "name": "Eve"})
    (made,) = tickets_of(engine)
    assert (made.requester_id, made.verified, made.first_response_at) == (cast.people["bob"].id, False, None)
    with db.transaction(engine) as session:
        assert session.get_one(Person, cast.people["bob"].id).name == "Bob"


def test_who_is_signed_in_is_not_asked_for_an_address_and_may_open_the_ticket(browser: Browser, engine: Engine, cast: Cast) -> None:
    alice = browser("alice")
    assert 'name="email"' not in alice.get("/submit").text
    answer = alice.post(
        "/submit", data={"title": "Help", "email": "carl@example.com"} | {"csrf_token": csrf(alice)["X-CSRF-Token"]}
    )
    (made,) = tickets_of(engine)
    assert (made.requester_id, made.verified, made.type) == (cast.people["alice"].id, True, "question")
    assert 'href="/ticket/ELM-001"' in alice.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " \n "}, "title"), ({"email": "nobody"}, "email"), ({"email": ""}, "email"), ({"email": "a@b.example\r\nBcc: c@d.example"}, "email"),
        ({"type": "rant"}, "type"), ({"priority": "now"}, "priority"), ({"description": "x" * 1_000_001}, "description"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    client: TestClient, engine: Engine, changes: dict[str, str], field: str
) -> None:
    answer = client.post("/submit", data=FORM | changes)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    if field in ("title", "email", "description"):
        assert f'id="{field}-error"' in answer.text
    assert field == "description" or "It is **late**." in answer.text
    assert (count(engine, Ticket), count(engine, Person)) == (0, 0)


def test_files_that_are_too_big_are_refused_with_the_text_kept(engine: Engine, installation: Installation) -> None:
    small = replace(installation, settings=installation.settings.model_copy(update={"max_mail_bytes": 10_000}))
    with TestClient(create_app(small), base_url="https://help.test", client=LOCAL, follow_redirects=False) as client:
        answer = client.post("/submit", data=FORM, files=[("files", ("big.bin", b"x" * 10_001))])
    assert (answer.status_code, "It is **late**." in answer.text, 'id="files-error"' in answer.text) == (422, True, True)
    assert count(engine, Ticket) == 0


def test_a_network_sends_five_an_hour_and_the_sixth_text_is_not_lost(app: FastAPI, engine: Engine) -> None:
    client = TestClient(app, base_url="https://help.test", client=("203.0.113.9", 1), follow_redirects=False)
    assert client.post("/submit", data=FORM | {"title": " "}).status_code == 422  # does not count
    answers = [client.post("/submit", data=FORM) for _ in range(6)]
    assert [one.status_code for one in answers] == [303] * 5 + [429]
    assert "It is **late**." in answers[-1].text and int(answers[-1].headers["retry-after"]) > 0
    assert count(engine, Ticket) == 5


def test_a_form_that_a_rule_refuses_counts_and_leaves_no_file_and_nobody(
    app: FastAPI, engine: Engine, installation: Installation
) -> None:
    client = TestClient(app, base_url="https://help.test", client=("203.0.113.9", 1), follow_redirects=False)
    files = [("files", ("a.txt", b"x", "text/plain"))]
    answers = [client.post("/submit", data=FORM | {"type": "rant"}, files=files).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert [one for one in installation.storage.directory.rglob("*") if one.is_file()] == []
    assert count(engine, Person) == 0


def test_what_was_begun_on_the_door_fills_the_form_and_stands_in_no_address(client: TestClient, engine: Engine) -> None:
    begun = {"begun": "1", "description": "It burns. Since noon.", "url": "https://shop.example/cart"}
    answer = client.post("/submit", data=begun)
    assert (answer.status_code, value_of(answer.text, "title")) == (200, "It burns.")
    assert value_of(answer.text, "env_url") == "https://shop.example/cart"
    assert "Since noon.</textarea>" in answer.text and 'role="alert"' not in answer.text
    assert count(engine, Ticket) == 0


@pytest.mark.parametrize(("words", "status"), [(12_000, 200), (200_001, 422)])
def test_a_long_text_from_the_door_is_kept_whole_and_too_long_is_the_fields_own_error(
    client: TestClient, words: int, status: int
) -> None:
    answer = client.post("/submit", data={"begun": "1", "description": "word " * words})
    assert (answer.status_code, answer.text.count("word ") >= words) == (status, True)
    assert ('id="description-error"' in answer.text, 'id="title-error"' in answer.text) == (status == 422, False)


def test_known_issues_that_match_are_offered_before_and_after(client: TestClient, api: Any, ticket: Ticket) -> None:
    api("bob", "PATCH", "/admin/tickets/1", json={"is_public": True, "title": "Printers burn"})
    assert "Printers burn" not in client.get("/submit?description=Hello").text
    page = client.get("/submit?description=My printer burns badly").text
    assert "Printers burn" in page and value_of(page, "asked") == "1"
    answer = client.post("/submit", data=FORM | {"title": "My printer burns", "asked": "1"})
    assert "Printers burn" in client.get(answer.headers["location"]).text


def test_who_was_shown_nothing_is_asked_once_and_loses_no_word(
    client: TestClient, api: Any, engine: Engine, ticket: Ticket
) -> None:
    api("bob", "PATCH", "/admin/tickets/1", json={"is_public": True, "title": "Printers burn"})
    form = FORM | {"title": "My printer burns", "env_os": "Plan 9"}
    page = client.post("/submit", data=form).text
    assert "Does one of these help?" in page and "Printers burn" in page and count(engine, Ticket) == 1
    assert [value_of(page, name) for name in ("title", "email", "env_os", "asked")] == [form["title"], form["email"], "Plan 9", "1"]
    assert client.post("/submit", data=form | {"asked": "1"}).status_code == 303
    # files cannot be shown again: they are sent at once
    files = [("files", ("a.txt", b"x", "text/plain"))]
    assert client.post("/submit", data=form, files=files).status_code == 303


def test_a_form_that_is_shown_again_names_the_files_that_must_be_chosen_again(client: TestClient) -> None:
    files = [("files", ("a.txt", b"x", "text/plain")), ("files", ("grün.png", b"x", "image/png"))]
    for changes in ({"email": "nobody"}, {"preview": "1"}):
        page = client.post("/submit", data=FORM | changes, files=files).text
        assert "a.txt, grün.png" in page


def test_a_form_from_another_site_is_refused(client: TestClient, engine: Engine) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post("/submit", data=FORM, headers=headers).status_code == 403
    assert count(engine, Ticket) == 0
