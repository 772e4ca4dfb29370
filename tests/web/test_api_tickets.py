"""The JSON API as programs outside rely on it: names, statuses, what each viewer sees."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event, func, select, text, update
from starlette.testclient import TestClient

from helpdesk import db, participants, people, tickets
from helpdesk.installation import Installation
from helpdesk.models import OutboxMessage, Person, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.reshaping import merge
from helpdesk.sign_in import credentials
from tests.web.conftest import Api, Cast
from web import limits
from web.app import create_app

TICKET_NAMES = {
    "id", "number", "tag", "type", "status", "priority", "title", "description", "reporter", "assignee", "tags", "is_public", "upvotes",
    "environment", "waiting_on", "created_at", "updated_at", "resolved_at", "first_response_at", "url",
}  # fmt: skip
COMMENT_NAMES = {"id", "author", "content", "html", "is_internal", "source", "verified", "created_at", "attachments"}


def kept(installation: Installation) -> int:
    """How many files are stored."""
    return sum(one.is_file() for one in installation.storage.directory.rglob("*"))


def test_an_anonymous_ticket_answers_its_tag_and_address_only(api: Api, engine: Engine) -> None:
    answer = api(
        "nobody", "POST", "/tickets", json={"title": "Help", "description": "<b>x</b>", "email": "New@Example.com", "name": "Neo"}
    )
    assert (answer.status_code, answer.json()) == (201, {"tag": "ELM-001", "ticket_url": "https://help.test/ticket/ELM-001"})
    with db.transaction(engine) as session:
        made = session.get_one(Ticket, 1)
        assert (made.verified, made.requester.address, made.requester.name, made.source) == (False, "new@example.com", "Neo", "api")
        assert [one.kind for one in session.scalars(select(OutboxMessage).where(OutboxMessage.person_id == made.requester_id))] == [
            "acknowledgement"
        ]


def test_an_address_that_nobody_proved_is_acknowledged_once_a_day_and_gets_no_new_name(api: Api, engine: Engine) -> None:
    for name in ("Neo", "Buy cheap things"):
        api("nobody", "POST", "/tickets", json={"title": "Help", "email": "new@example.com", "name": name})
    with db.transaction(engine) as session:
        person = people.person_at(session, "new@example.com")
        assert person and person.name == "Neo"
        assert len(list(session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == "new@example.com")))) == 1


def test_an_anonymous_ticket_from_an_agents_address_gives_no_rights(api: Api, engine: Engine, cast: Cast) -> None:
    assert api("nobody", "POST", "/tickets", json={"title": "Help", "email": "bob@example.com"}).status_code == 201
    with db.transaction(engine) as session:
        made = session.get_one(Ticket, 1)
        assert (made.requester_id, made.verified, made.first_response_at) == (cast.people["bob"].id, False, None)


def test_a_ticket_of_somebody_signed_in_is_answered_whole(api: Api) -> None:
    body = {
        "title": "Help",
        "description": "It **broke**",
        "type": "bug",
        "priority": "high",
        "environment": {"browser": "Firefox"},
    }
    made = api("alice", "POST", "/tickets", json=body).json()
    assert set(made) >= TICKET_NAMES
    assert {name: made[name] for name in body} == body
    assert (made["number"], made["tag"], made["reporter"]) == (1, "ELM-001", {"email": "alice@example.com", "name": "Alice"})
    assert (made["status"], made["waiting_on"], made["assignee"], made["comments"]) == ("open", "us", None, [])


def test_an_agent_opens_a_ticket_for_a_customer_but_a_customer_only_for_oneself(api: Api) -> None:
    body = {"title": "By phone", "email": "caller@example.com", "name": "Caller"}
    assert api("bob", "POST", "/tickets", json=body).json()["reporter"] == {"email": "caller@example.com", "name": "Caller"}
    assert api("alice", "POST", "/tickets", json=body).status_code == 409
    assert api("alice", "POST", "/tickets", json=body | {"email": "alice@example.com"}).status_code == 201


@pytest.mark.parametrize("identifier", ["1", "ELM-001", "elm-1", "Elm-0001", "uuid", "UUID"])
def test_a_ticket_is_named_by_number_tag_or_id_in_any_case(api: Api, ticket: Ticket, identifier: str) -> None:
    name = {"uuid": str(ticket.id), "UUID": str(ticket.id).upper()}.get(identifier, identifier)
    assert api("alice", "GET", f"/tickets/{name}").json()["number"] == 1
    assert api("bob", "GET", f"/admin/tickets/{name}").json()["number"] == 1


@pytest.mark.parametrize("name", ["mallory", "nobody"])
def test_absent_and_foreign_tickets_get_the_same_answer(api: Api, ticket: Ticket, name: str) -> None:
    paths = ("/tickets/1", f"/tickets/{ticket.id}", "/tickets/999", "/tickets/x%27--", "/tickets/" + "9" * 30)
    answers = {(answer.status_code, answer.text) for answer in (api(name, "GET", path) for path in paths)}
    assert len(answers) == 1


def test_a_conversation_by_api(api: Api, ticket: Ticket) -> None:
    note = api("bob", "POST", "/admin/tickets/elm-1/internal-note", json={"content": "Odd one"}).json()
    reply = api("bob", "POST", "/admin/tickets/1/reply", json={"content": "Try *this*", "status": "resolved"}).json()
    assert set(reply) >= COMMENT_NAMES
    assert (note["is_internal"], reply["is_internal"], reply["source"]) == (True, False, "api")
    assert reply["author"] == {"email": "bob@example.com", "name": "Bob", "role": "agent"}
    assert reply["html"] == "<p>Try <em>this</em></p>\n"
    seen = api("alice", "GET", "/tickets/1").json()
    assert [(one["content"], one["author"]["email"]) for one in seen["comments"]] == [("Try *this*", "support@help.test")]
    assert (seen["status"], seen["waiting_on"]) == ("resolved", "customer")
    assert seen["resolved_at"] and seen["first_response_at"]
    api("alice", "POST", f"/tickets/{ticket.id}/comments", json={"content": "No, it burns again"})
    whole = api("bob", "GET", "/admin/tickets/ELM-001").json()
    assert (whole["status"], whole["waiting_on"], whole["resolved_at"]) == ("open", "us", None)
    assert [one["content"] for one in whole["comments"]] == ["Odd one", "Try *this*", "No, it burns again"]


def test_a_message_on_a_ticket_closed_long_ago_starts_one_that_follows_it(api: Api, ticket: Ticket, engine: Engine) -> None:
    with db.transaction(engine) as session:
        closed = {"status": "closed", "closed_at": func.now() - timedelta(days=15)}
        session.execute(update(Ticket).where(Ticket.number == ticket.number).values(closed))
    made = api("alice", "POST", "/tickets/ELM-001/comments", json={"content": "It is back."})
    assert (made.status_code, made.json()["follows"], made.json()["description"]) == (201, "ELM-001", "It is back.")
    assert api("alice", "GET", "/tickets/ELM-001").json()["status"] == "closed"
    by_staff = api("bob", "POST", "/tickets/ELM-001/comments", json={"content": "We saw it."})
    assert (by_staff.status_code, by_staff.json()["content"]) == (201, "We saw it.")


def test_who_joins_later_sees_what_came_since(api: Api, ticket: Ticket, engine: Engine, cast: Cast) -> None:
    api("alice", "POST", "/tickets/1/comments", json={"content": "before"})
    with db.transaction(engine) as session:
        found = tickets.locked(session, 1)
        assert found
        participants.add_cc(session, found, [session.merge(cast.people["mallory"])], SYSTEM)
    api("alice", "POST", "/tickets/1/comments", json={"content": "after"})
    seen = api("mallory", "GET", "/tickets/1").json()
    assert ([one["content"] for one in seen["comments"]], seen["description"]) == (["after"], "")
    assert [one["content"] for one in api("carl", "GET", "/tickets/1").json()["comments"]] == ["before", "after"]


def test_a_known_issue_is_public_but_not_its_people_and_thread(api: Api, ticket: Ticket) -> None:
    api("alice", "POST", "/tickets/1/comments", json={"content": "my zebra"})
    api("bob", "PATCH", "/admin/tickets/1", json={"is_public": True, "tags": ["vip"], "assignee": "bob"})
    for name in ("nobody", "mallory"):
        seen = api(name, "GET", "/tickets/1").json()
        assert set(seen) >= TICKET_NAMES
        hidden: dict[str, Any] = {
            "reporter": None,
            "assignee": None,
            "tags": [],
            "environment": {},
            "comments": [],
            "attachments": [],
        }
        assert {key: seen[key] for key in hidden} == hidden
    assert [one["tag"] for one in api("nobody", "GET", "/known-issues?q=printer").json()["items"]] == ["ELM-001"]
    assert api("nobody", "GET", "/known-issues?q=zebra").json() == {"items": [], "next": None}
    votes = [api(name, method, "/tickets/1/upvote").json()["upvotes"] for name, method in
             (("alice", "POST"), ("alice", "POST"), ("mallory", "POST"), ("alice", "DELETE"), ("alice", "DELETE"))]  # fmt: skip
    assert votes == [1, 1, 2, 1, 1]
    assert api("mallory", "POST", "/tickets/1/comments", json={"content": "x"}).status_code == 404


def test_changes_are_made_together_and_told(api: Api, ticket: Ticket) -> None:
    body: dict[str, Any] = {
        "status": "in_progress", "priority": "critical", "type": "bug", "title": "Printer burns", "assignee": "bob@example.com",
        "tags": ["Hot Stuff", "printer"], "is_public": True, "snoozed_until": "2030-01-02T03:04:05+00:00",
    }  # fmt: skip
    changed = api("bob", "PATCH", "/admin/tickets/ELM-001", json=body).json()
    expected = body | {"assignee": {"email": "bob@example.com", "name": "Bob"}, "tags": ["hot-stuff", "printer"]}
    assert {name: changed[name] for name in body} == expected
    cleared = api("bob", "PATCH", "/admin/tickets/1", json={"assignee": None, "snoozed_until": None}).json()
    assert (cleared["assignee"], cleared["snoozed_until"], cleared["title"]) == (None, None, "Printer burns")


@pytest.mark.parametrize(
    "body",
    [
        {"status": "gone"}, {"status": None}, {"priority": "urgent"}, {"assignee": "alice@example.com"}, {"assignee": "nobody"},
        {"title": ""}, {"tags": "printer"}, {"tags": None}, {"snoozed_until": "tomorrow"}, {"snoozed_until": "2030-01-01T00:00:00"},
        {"role": "admin"}, {"number": 7}, {"is_staff": True}, {"reporter": {"email": "x@example.com"}}, [], "text",
    ],
    ids=str,
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(api: Api, ticket: Ticket, body: object) -> None:
    before = api("bob", "GET", "/admin/tickets/1").json()
    mixed = {"priority": "low", **body} if isinstance(body, dict) else body
    answer = api("bob", "PATCH", "/admin/tickets/1", json=mixed)
    status = 409 if isinstance(body, dict) and body.get("assignee") else 422  # it fits the description, and there is no such agent
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert api("bob", "GET", "/admin/tickets/1").json() == before


@pytest.mark.parametrize(
    "body",
    [
        {}, {"title": ""}, {"title": " "}, {"title": "\u200b", "email": "a@example.com"},
        {"title": "\u00ad\u061c\ue000", "email": "a@example.com"}, {"title": "x", "email": "no address"}, {"title": "x", "email": "a@b\r\nRCPT TO:<v@x.example>"},
        {"title": "x", "email": "a@example.com", "type": "none"}, {"title": "x", "email": "a@example.com", "requester_id": 1},
        {"title": "x", "email": "a@example.com", "environment": {"a": {"b": "c"}}},
    ],
    ids=str,
)  # fmt: skip
def test_a_ticket_that_cannot_be_is_refused(api: Api, body: dict[str, Any]) -> None:
    answer = api("nobody", "POST", "/tickets", json=body)
    assert answer.status_code == 422
    assert set(answer.json()) >= {"type", "title", "status", "detail"}


def test_a_ticket_that_a_rule_refuses_counts_and_its_files_are_not_kept(app: FastAPI, installation: Installation) -> None:
    far = TestClient(app, base_url="https://help.test", client=("192.0.2.77", 1))
    # no version of Unicode has this character, so no pattern of the description knows it
    data, files = {"title": "\u0378", "email": "a@example.com"}, {"files": ("a.txt", b"x")}
    answers = [far.post("/api/v1/tickets", data=data, files=files).status_code for _ in range(7)]
    assert answers == [409] * 5 + [429] * 2
    assert kept(installation) == 0


def test_a_split_that_a_rule_refuses_leaves_no_copy(api: Api, installation: Installation, ticket: Ticket) -> None:
    files = {"files": ("a.txt", b"x")}
    said = [api(name, "POST", "/tickets/1/comments", data={"content": "x"}, files=files).json() for name in ("alice", "carl")]
    assert kept(installation) == 2
    assert api("bob", "POST", "/admin/tickets/1/split", json={"comments": [one["id"] for one in said]}).status_code == 409
    assert kept(installation) == 2
    assert api("bob", "POST", "/admin/tickets/1/split", json={"comments": [said[1]["id"]]}).status_code == 201
    assert kept(installation) == 3


def test_no_file_is_kept_for_who_may_not_write(api: Api, installation: Installation, ticket: Ticket) -> None:
    files = {"files": ("a.txt", b"x")}
    asked = [("mallory", "tickets/1/comments", 404), ("nobody", "tickets/1/comments", 401), ("alice", "admin/tickets/1/reply", 404)]
    for name, path, status in asked:
        assert api(name, "POST", f"/{path}", data={"content": "x"}, files=files).status_code == status
    assert kept(installation) == 0


def test_a_message_that_waits_for_a_merge_goes_where_the_ticket_goes_on(
    api: Api, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    api("alice", "POST", "/tickets", json={"title": "The same fire"})
    answers: list[Any] = []
    writer = threading.Thread(target=lambda: answers.append(api("alice", "POST", "/tickets/1/comments", json={"content": "Hm"})))
    with db.transaction(engine) as session:
        bob = viewer_of(session.merge(cast.people["bob"]), Via.WEB)
        old, new = (tickets.find(session, SYSTEM, number, lock=True) for number in (1, 2))
        writer.start()
        blocked = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.scalar(blocked):
                pass
        merge.merge(session, old, new, bob, tag="ELM-002")
    writer.join()
    assert (answers[0].status_code, answers[0].json()["ticket"]) == (201, "ELM-002")
    with db.transaction(engine) as session:
        assert session.get_one(Ticket, 1).status == "closed"


def test_what_only_the_team_says_is_not_told_to_requesters(api: Api, ticket: Ticket) -> None:
    until = "2100-01-01T00:00:00+00:00"
    api("bob", "PATCH", "/admin/tickets/1", json={"tags": ["difficult"], "snoozed_until": until})
    told = {name: api(name, "GET", "/tickets/1").json() for name in ("alice", "carl", "bob")}
    assert {name: (one["tags"], one["snoozed_until"]) for name, one in told.items()} == {
        "alice": ([], None), "carl": ([], None), "bob": (["difficult"], until),
    }  # fmt: skip
    assert api("alice", "GET", "/my-tickets").json()["items"][0]["tags"] == []


@pytest.mark.parametrize(("name", "path"), [
    ("nobody", "/api/v1/known-issues"), ("nobody", "/api/v1/faq"), ("nobody", "/known-issues"), ("nobody", "/faq"),
    ("alice", "/api/v1/known-issues"), ("alice", "/my-tickets"), ("bob", "/api/v1/admin/tickets"), ("bob", "/api/v1/admin/people"),
    ("dora", "/api/v1/admin/faq"),
])  # fmt: skip
def test_searches_have_a_limit_wherever_they_are_asked(
    name: str, path: str, app: FastAPI, engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = TestClient(app, base_url="https://help.test", client=("192.0.2.77", 1), headers=cast.headers(name))
    if name != "nobody":
        with db.transaction(engine) as session:
            person = session.get_one(Person, cast.people[name].id)
            far.cookies.set("__Host-helpdesk", credentials.start_session(session, person, "test"))
    assert far.get(f"{path}?q=fire").status_code == 200
    monkeypatch.setattr(limits, "RATES", {**limits.RATES, "search": 0})
    assert far.get(f"{path}?q=fire").status_code == 429
    assert far.get(path).status_code == 200


def test_nobody_who_gives_no_address_is_asked_to_sign_in(api: Api) -> None:
    answer = api("nobody", "POST", "/tickets", json={"title": "x"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="helpdesk"')
    assert "email" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("text/plain", '{"title": "x", "email": "a@example.com"}', 415),
        ("application/json", "{", 400),
        ("application/json", "[" * 100_000, 400),
        ("application/json", '"\\ud800"', 422),
        ("application/json", '{"title": "x\\u0000y", "description": "a\\u0000b", "email": "a@example.com"}', 201),
        ("application/json", '{"title": "\\ud800", "email": "a@example.com"}', 422),
    ],
)
def test_bodies_of_every_kind_get_an_answer(client: TestClient, content_type: str, content: str, status: int) -> None:
    answer = client.post("/api/v1/tickets", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == status, answer.text


def test_files_come_with_a_form_and_are_downloads(api: Api, client: TestClient, cast: Cast) -> None:
    name = "../e\u202evil<1>.html"
    made = api(
        "alice", "POST", "/tickets", data={"title": "See file"}, files=[("files", (name, b"<script>1</script>", "text/html"))]
    )
    file = made.json()["attachments"][0]
    assert (file["filename"], file["content_type"], file["size"]) == ("evil_1_.html", "text/html", 18)
    got = client.get(file["url"], headers=cast.headers("bob"))
    assert (got.content, got.headers["x-content-type-options"]) == (b"<script>1</script>", "nosniff")
    assert got.headers["content-disposition"] == "attachment; filename=\"evil_1_.html\"; filename*=UTF-8''evil_1_.html"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert client.get(file["url"], headers=cast.headers("mallory")).status_code == 404
    note = api("bob", "POST", "/admin/tickets/1/internal-note", data={"content": "x"}, files=[("files", ("n.txt", b"n"))]).json()
    assert client.get(note["attachments"][0]["url"], headers=cast.headers("alice")).status_code == 404


def test_my_tickets_are_those_one_takes_part_in_page_by_page(api: Api, ticket: Ticket) -> None:
    for number in range(3):
        api("alice", "POST", "/tickets", json={"title": f"More {number}"})
    first = api("alice", "GET", "/my-tickets?limit=3").json()
    rest = api("alice", "GET", f"/my-tickets?limit=3&cursor={first['next']}").json()
    assert [one["number"] for one in first["items"] + rest["items"]] == [4, 3, 2, 1]
    assert rest["next"] is None
    assert [one["number"] for one in api("carl", "GET", "/my-tickets").json()["items"]] == [1]
    assert api("bob", "GET", "/my-tickets").json()["items"] == []
    assert api("alice", "GET", "/my-tickets?cursor=x").status_code == 422


def test_the_queue_by_api_takes_the_filters_of_the_page(api: Api, ticket: Ticket) -> None:
    for number in range(3):
        api("alice", "POST", "/tickets", json={"title": f"More {number}", "priority": "high"})
    listed = api("bob", "GET", "/admin/tickets?view=unassigned&priority=high&limit=2").json()
    assert set(listed["items"][0]) >= TICKET_NAMES
    rest = api("bob", "GET", f"/admin/tickets?view=unassigned&priority=high&limit=2&cursor={listed['next']}").json()
    assert [one["number"] for one in listed["items"] + rest["items"]] == [2, 3, 4]
    assert [one["number"] for one in api("bob", "GET", "/admin/tickets?q=fire").json()["items"]] == [1]
    for query in ("status=gone", "view=x", "cursor=x", "limit=0", "limit=1000"):
        assert api("bob", "GET", f"/admin/tickets?{query}").status_code == 422, query


def test_canned_responses_by_api(api: Api) -> None:
    made = api("dora", "POST", "/admin/canned-responses", json={
        "title": "Refund", "content": "Dear {user_name|there}", "shortcut": "#refund", "actions": {"status": "resolved", "tags": ["money"]},
    })  # fmt: skip
    assert made.status_code == 201
    assert {key: made.json()[key] for key in ("title", "shortcut", "shared")} == {
        "title": "Refund",
        "shortcut": "refund",
        "shared": True,
    }
    own = api("bob", "POST", "/admin/canned-responses", json={"title": "Mine", "content": "x"}).json()
    assert own["shared"] is False
    assert [one["title"] for one in api("dora", "GET", "/admin/canned-responses").json()["items"]] == ["Refund"]
    assert api("dora", "GET", f"/admin/canned-responses/{own['id']}").status_code == 404
    refused = api("bob", "POST", "/admin/canned-responses", json={"title": "Bad", "content": "{t.__class__}"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "content")


def test_figures_carry_their_time(api: Api, ticket: Ticket) -> None:
    figures = api("bob", "GET", "/admin/metrics").json()
    assert (figures["open"], figures["unassigned"], figures["median_first_response"]) == (1, 1, None)
    assert figures["as_of"]


def test_a_list_of_fifty_costs_as_many_queries_as_one_of_five(api: Api, engine: Engine, ticket: Ticket) -> None:
    for number in range(20):
        api("alice", "POST", "/tickets", json={"title": f"More {number}"})
    api("bob", "POST", "/admin/tickets/1/reply", json={"content": "x"})
    counts = []
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    for path in ("/admin/tickets?limit=5", "/admin/tickets?limit=50", "/admin/tickets/1", "/my-tickets"):
        statements.clear()
        api("bob", "GET", path)
        counts.append(len(statements))
    event.remove(engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]
    assert max(counts) <= 15


def test_every_application_has_its_own_figures(installation: Any) -> None:
    assert create_app(installation).state.web.figures is not create_app(installation).state.web.figures
