"""The rest of the API for staff: merging and splitting, people, the outbox, FAQ, the audit trail, tokens; and hostile parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.models import OutboxMessage, Ticket
from tests.web.conftest import Api, Cast

KEY = {"Idempotency-Key": "k-1"}
LISTS = (
    "/my-tickets", "/known-issues", "/faq", "/admin/tickets", "/admin/canned-responses", "/admin/held", "/admin/outbox", "/admin/people",
    "/admin/faq", "/admin/audit", "/admin/tokens",
)  # fmt: skip


@pytest.fixture
def other(api: Api, ticket: Ticket) -> str:
    """mallory's ticket."""
    tag: str = api("mallory", "POST", "/tickets", json={"title": "It burns here too"}).json()["tag"]
    return tag


def test_a_ticket_is_merged_and_what_is_written_to_it_goes_to_the_one_that_stays(api: Api, other: str) -> None:
    stays = api("bob", "POST", f"/admin/tickets/{other}/merge", json={"into": "elm-1"})
    assert (stays.status_code, stays.json()["tag"], stays.json()["title"]) == (200, "ELM-001", "The printer is on fire")
    gone = api("bob", "GET", f"/admin/tickets/{other}").json()
    assert (gone["status"], gone["merged_into"]) == ("closed", "ELM-001")
    said = api("mallory", "POST", f"/tickets/{other}/comments", json={"content": "Any news?"})
    assert (said.status_code, said.json()["ticket"]) == (201, "ELM-001")
    assert api("bob", "POST", f"/admin/tickets/{other}/reply", json={"content": "Soon."}).json()["ticket"] == "ELM-001"
    assert api("bob", "POST", f"/admin/tickets/{other}/internal-note", json={"content": "Twin."}).json()["ticket"] == other
    assert [one["content"] for one in api("mallory", "GET", "/tickets/1").json()["comments"]] == ["Any news?", "Soon."]


@pytest.mark.parametrize("into", ["ELM-001", "ELM-999", "nonsense"])
def test_a_merge_that_cannot_be_names_its_field(api: Api, ticket: Ticket, into: str) -> None:
    answer = api("bob", "POST", "/admin/tickets/1/merge", json={"into": into})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "into")


def test_messages_become_a_ticket_of_their_own_once(api: Api, ticket: Ticket) -> None:
    message = api("alice", "POST", "/tickets/1/comments", json={"content": "And the scanner hums."}).json()["id"]
    body = {"comments": [message], "title": "Scanner hums"}
    made = [api("bob", "POST", "/admin/tickets/1/split", json=body, headers=KEY) for _ in range(2)]
    assert [(one.status_code, one.json()["tag"], one.json()["title"]) for one in made] == [(201, "ELM-002", "Scanner hums")] * 2
    assert (made[0].json()["description"], made[0].json()["reporter"]["name"]) == ("And the scanner hums.", "Alice")


def test_people_are_listed_found_added_and_changed(api: Api, cast: Cast) -> None:
    first = api("bob", "GET", "/admin/people?limit=3").json()
    rest = api("bob", "GET", f"/admin/people?limit=3&cursor={first['next']}").json()
    names = [one["name"] for one in first["items"] + rest["items"]]
    assert (sorted(names), rest["next"]) == (["Alice", "Bob", "Carl", "Dora", "Mallory"], None)
    assert [one["name"] for one in api("bob", "GET", "/admin/people?q=ALICE@ex").json()["items"]] == ["Alice"]
    assert {one["role"] for one in api("bob", "GET", "/admin/people?role=staff").json()["items"]} == {"agent", "admin"}
    body = {"email": "Erin@Example.com", "name": "Erin", "role": "agent"}
    made = [api("dora", "POST", "/admin/people", json=body, headers=KEY).json() for _ in range(2)]
    assert made[0] == made[1]
    assert {key: made[0][key] for key in ("email", "name", "role", "active")} == body | {
        "email": "erin@example.com",
        "active": True,
    }
    changed = api("dora", "PATCH", f"/admin/people/{made[0]['id']}", json={"role": "admin", "active": False}).json()
    assert (changed["role"], changed["active"]) == ("admin", False)
    assert api("dora", "GET", f"/admin/people/{made[0]['id']}").json() == changed
    hidden = dict.fromkeys(("tickets", "last_seen_at", "delivery_problem"))  # from agents
    assert api("bob", "GET", f"/admin/people/{made[0]['id']}").json() == changed | hidden
    for name, status in (("dora", 409), ("alice", 409)):  # not oneself, and not whoever is not on the team
        assert api("dora", "PATCH", f"/admin/people/{cast.people[name].id}", json={"role": "agent"}).status_code == status


def test_the_outbox_is_read_by_state_and_ticket_and_tried_again(api: Api, engine: Engine, ticket: Ticket) -> None:
    api("bob", "POST", "/admin/tickets/1/reply", json={"content": "Unplug it."})
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(body_text="Unplug it.", mime=b"Subject: x\n\nUnplug it."))
        session.execute(update(OutboxMessage).where(OutboxMessage.recipient == "carl@example.com").values(state="failed"))
    (failed,) = api("bob", "GET", "/admin/outbox?state=failed").json()["items"]
    assert (failed["to"], failed["ticket"], failed["next_try_at"]) == ("carl@example.com", "ELM-001", None)
    assert len(api("bob", "GET", "/admin/outbox?ticket=elm-1").json()["items"]) > 1
    assert api("bob", "GET", "/admin/outbox?ticket=ELM-99").status_code == 404
    whole = api("bob", "GET", f"/admin/outbox/{failed['id']}").json()
    assert (whole["text"], whole["problems"]) == ("Unplug it.", [])
    retried = api("bob", "POST", f"/admin/outbox/{failed['id']}/retry")
    assert (retried.status_code, retried.json()["state"]) == (200, "queued")
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(state="sent"))
    assert api("bob", "POST", f"/admin/outbox/{failed['id']}/retry").status_code == 409


@pytest.mark.parametrize("name", ["bob", "dora"])
def test_a_mails_text_is_without_the_keys_that_act_as_its_reader(
    api: Api, engine: Engine, cast: Cast, ticket: Ticket, name: str
) -> None:
    text = "See https://help.test/ticket/ELM-001?key=abc234 and https://other.test/ticket/ELM-001?key=abc234"
    with db.transaction(engine) as session:
        row = OutboxMessage(kind="reply", recipient="alice@example.com", ticket_number=1, state="sent", body_text=text, mime=b"x")
        session.add(row)
        session.flush()
        number = row.id
    said = api(name, "GET", f"/admin/outbox/{number}").json()["text"]
    assert said == "See https://help.test/ticket/ELM-001 and https://other.test/ticket/ELM-001?key=abc234"


@pytest.mark.parametrize("kind", ["magic_link", "confirm_commands", "me_too", "invitation", "password_reset"])
def test_a_mail_whose_words_act_for_its_reader_is_shown_to_nobody_else(api: Api, engine: Engine, cast: Cast, kind: str) -> None:
    with db.transaction(engine) as session:
        row = OutboxMessage(kind=kind, recipient="bob@example.com", state="sent", body_text="secret", mime=b"x")
        session.add(row)
        session.flush()
        number = row.id
    assert api("dora", "GET", f"/admin/outbox/{number}").json()["text"] is None
    assert api("bob", "GET", f"/admin/outbox/{number}").status_code == 404


def test_questions_and_answers_are_kept_by_administrators_and_read_by_all(api: Api) -> None:
    body = {"question": "How do I reset it?", "answer": "Hold **Cancel**.", "category": "Printers"}
    made = api("dora", "POST", "/admin/faq", json=body).json()
    assert (made["html"], made["published"]) == ("<p>Hold <strong>Cancel</strong>.</p>\n", True)
    api("dora", "POST", "/admin/faq", json={"question": "A draft?", "answer": "Yes.", "published": False})
    assert [one["question"] for one in api("nobody", "GET", "/faq").json()["items"]] == ["How do I reset it?"]
    assert api("nobody", "GET", "/faq?q=zebra").json() == {"items": [], "next": None}
    first = api("dora", "GET", "/admin/faq?limit=1").json()
    rest = api("dora", "GET", f"/admin/faq?limit=1&cursor={first['next']}").json()
    assert [one["question"] for one in first["items"] + rest["items"]] == ["A draft?", "How do I reset it?"]
    assert api("dora", "PATCH", f"/admin/faq/{made['id']}", json={"published": False}).json()["published"] is False
    assert api("dora", "DELETE", f"/admin/faq/{made['id']}").status_code == 204
    assert api("dora", "GET", f"/admin/faq/{made['id']}").status_code == 404


def test_the_audit_trail_is_narrowed_and_paged(api: Api, ticket: Ticket) -> None:
    api("bob", "PATCH", "/admin/tickets/1", json={"priority": "high", "status": "resolved"})
    (changed,) = api("dora", "GET", "/admin/audit?kind=priority_changed&actor=bob@example.com&ticket=ELM-001").json()["items"]
    assert (changed["actor"]["name"], changed["via"], changed["ticket"], changed["data"]) == (
        "Bob", "api", "ELM-001", {"old": "medium", "new": "high"},
    )  # fmt: skip
    numbers: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api("dora", "GET", f"/admin/audit?limit=2&cursor={cursor}").json()
        numbers += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) > 4
    assert api("dora", "GET", "/admin/audit?since=2999-01-01").json()["items"] == []
    assert api("dora", "GET", "/admin/audit?since=0").status_code == 422


def test_a_token_is_seen_once_reaches_what_its_scopes_say_and_ends(api: Api, client: TestClient, ticket: Ticket) -> None:
    made = api("bob", "POST", "/admin/tokens", json={"name": "report", "scopes": ["read"]}).json()
    mine = {"Authorization": f"Bearer {made['token']}"}
    assert client.get("/api/v1/admin/tickets/1", headers=mine).status_code == 200
    assert client.post("/api/v1/admin/tokens", json={}, headers=mine).status_code == 403
    listed = api("bob", "GET", "/admin/tokens").json()["items"]
    assert listed[0]["name"] == "report"
    assert not any("token" in one for one in listed)
    assert api("dora", "DELETE", f"/admin/tokens/{made['id']}").status_code == 404
    assert api("bob", "DELETE", f"/admin/tokens/{made['id']}").status_code == 204
    assert client.get("/api/v1/admin/tickets/1", headers=mine).status_code == 401
    assert api("bob", "POST", "/admin/tokens", json={"scopes": ["everything"]}).status_code == 422


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_items_and_next_and_refuses_hostile_cursors(api: Api, ticket: Ticket, path: str) -> None:
    assert set(api("dora", "GET", path).json()) == {"items", "next"}
    for query in (
        "cursor=x",
        "cursor=-1",
        "cursor=1e3",
        "cursor='%20or%201=1",
        "cursor=" + "9" * 400,
        "limit=0",
        "limit=x",
        "limit=9999999",
    ):
        if "tokens" in path:
            continue  # at most fifty, on one page
        answer = api("dora", "GET", f"{path}?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), query


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404), ("POST", "/nothing", 404), ("PUT", "/tickets", 405), ("DELETE", "/admin/tickets/1", 405),
        ("GET", f"/admin/people/{2**63}", 422), ("GET", f"/admin/people/{10**15}", 404), ("GET", f"/admin/outbox/{2**70}", 422),
        ("GET", "/admin/people/-1", 422), ("GET", "/admin/tickets/" + "9" * 40, 404), ("GET", "/admin/people?q=%00", 400),
        ("GET", "/admin/people?q=%ED%A0%80", 200), ("GET", "/attachments/x", 422),
    ],
)  # fmt: skip
def test_every_wrong_address_is_a_problem(api: Api, ticket: Ticket, method: str, path: str, status: int) -> None:
    answer = api("dora", method, path)
    assert answer.status_code == status
    assert status == 200 or answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/tickets/1", "GET"),
        ("/tickets/1/upvote", "DELETE, POST"),
        ("/admin/faq/1", "DELETE, GET, PATCH"),
        ("/admin/people", "GET, POST"),
    ],
)
def test_a_wrong_method_is_told_all_that_are_right(api: Api, path: str, allowed: str) -> None:
    answer = api("nobody", "PUT", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "body",
    [{"\ud800": 1}, {"title": "\ud800"}, {"title": 7}, {"is_public": "yes"}, {"is_public": 1}, {"snoozed_until": 0},
     {"snoozed_until": "2030-01-01"}, {"tags": ["x"] * 41}],
    ids=repr,
)  # fmt: skip
def test_what_does_not_fit_the_description_is_422(client: TestClient, cast: Cast, ticket: Ticket, body: dict[str, Any]) -> None:
    headers = cast.headers("bob") | {"Content-Type": "application/json"}
    answer = client.patch("/api/v1/admin/tickets/1", content=json.dumps(body), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_time_that_no_calendar_holds_is_refused(api: Api, ticket: Ticket) -> None:
    for moment in ("9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"):
        assert api("bob", "PATCH", "/admin/tickets/1", json={"snoozed_until": moment}).status_code == 409
    leap = api("bob", "PATCH", "/admin/tickets/1", json={"snoozed_until": "2030-12-31T23:59:60Z"}).json()
    assert leap["snoozed_until"] == "2030-12-31T23:59:59+00:00"
