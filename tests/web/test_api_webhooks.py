"""The API of webhooks: made, changed, removed, tested; their log and replay; the secret is seen once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import IdempotencyKey, Ticket, WebhookDelivery
from tests.web.conftest import Api, Cast

URL = "https://hooks.example.com/x"


@pytest.fixture
def hook(api: Api) -> dict[str, Any]:
    answer = api("dora", "POST", "/admin/webhooks", json={"url": URL, "events": ["ticket.created"]})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def test_it_is_made_and_its_secret_is_seen_once(api: Api, hook: dict[str, Any]) -> None:
    assert hook.pop("secret").startswith("whsec_")
    assert hook.items() >= {
        "name": "hooks.example.com", "kind": "standard", "url": URL, "restricted": False, "active": True,
        "disabled_reason": None, "failing_since": None,
    }.items()  # fmt: skip
    assert hook["events"] == ["ticket.created"]
    assert api("dora", "GET", "/admin/webhooks").json() == {"items": [hook], "next": None}
    assert api("dora", "GET", f"/admin/webhooks/{hook['id']}").json() == hook


def test_one_key_makes_one_webhook(api: Api) -> None:
    headers = {"Idempotency-Key": "once"}
    answers = [api("dora", "POST", "/admin/webhooks", json={"url": URL}, headers=headers) for _ in range(2)]
    assert answers[0].json()["secret"].startswith("whsec_")
    assert answers[1].json() == answers[0].json() | {"secret": None}
    assert len(api("dora", "GET", "/admin/webhooks").json()["items"]) == 1


def test_no_secret_is_kept_with_the_answer_of_a_key(api: Api, hook: dict[str, Any], session: Session) -> None:
    headers = {"Idempotency-Key": "once"}
    api("dora", "POST", "/admin/webhooks", json={"url": URL}, headers=headers)
    turned = [api("dora", "POST", f"/admin/webhooks/{hook['id']}/secret", headers=headers).json() for _ in range(2)]
    assert turned[0]["secret"].startswith("whsec_")
    assert turned[1] == turned[0] | {"secret": None}
    assert [one["secret"] for one in session.scalars(select(IdempotencyKey.body))] == [None, None]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"url": "https://169.254.169.254/latest"}, 409, "url"),
        ({"url": "http://hooks.example.com/"}, 409, "url"),
        ({"url": ""}, 422, "url"),
        ({}, 422, "url"),
        ({"url": URL, "events": []}, 422, "events"),
        ({"url": URL, "events": ["ticket.eaten"]}, 422, "events.0"),
        ({"url": URL, "kind": "teams"}, 422, "kind"),
        ({"url": URL, "secret": "whsec_mine"}, 422, "secret"),
        ({"url": URL, "active": False}, 422, "active"),
        ({"url": URL, "restricted": "yes"}, 422, "restricted"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(body: dict[str, Any], status: int, field: str, api: Api) -> None:
    answer = api("dora", "POST", "/admin/webhooks", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "CRM"}, {"name": "CRM"}),
        ({"events": ["note.created", "ticket.created"]}, {"events": ["ticket.created", "note.created"]}),
        ({"restricted": True}, {"restricted": True, "events": ["ticket.created"]}),
        ({"active": False}, {"active": False, "disabled_reason": "Switched off by Dora."}),
        ({}, {"active": True}),
    ],
)
def test_what_is_given_changes(changes: dict[str, Any], told: dict[str, Any], api: Api, hook: dict[str, Any]) -> None:
    answer = api("dora", "PATCH", f"/admin/webhooks/{hook['id']}", json=changes)
    assert (answer.status_code, answer.json()) == (200, {k: v for k, v in hook.items() if k != "secret"} | told)


@pytest.mark.parametrize("changes", [{"kind": "slack"}, {"url": None}, {"events": []}, {"active": None}])
def test_and_nothing_else(changes: dict[str, Any], api: Api, hook: dict[str, Any]) -> None:
    assert api("dora", "PATCH", f"/admin/webhooks/{hook['id']}", json=changes).status_code == 422


def test_a_new_secret_is_answered_with_the_time_of_the_old_one(api: Api, hook: dict[str, Any]) -> None:
    answer = api("dora", "POST", f"/admin/webhooks/{hook['id']}/secret")
    assert answer.status_code == 201
    assert (answer.json()["secret"] == hook["secret"], set(answer.json())) == (False, {"secret", "old_until"})


def test_a_test_is_in_the_log_and_can_be_told_again(api: Api, hook: dict[str, Any], session: Session) -> None:
    path = f"/admin/webhooks/{hook['id']}"
    tested = api("dora", "POST", f"{path}/test")
    assert (tested.status_code, tested.json()["type"], tested.json()["state"]) == (202, "webhook.test", "queued")
    number = tested.json()["id"]
    row = session.get_one(WebhookDelivery, number)
    row.state, row.status_code, row.last_answer, row.attempts = "given_up", 500, "down", 9
    session.commit()
    listed = api("dora", "GET", f"{path}/deliveries?state=given_up").json()
    assert [(one["id"], one["answer"], one["next_try_at"]) for one in listed["items"]] == [(number, "down", None)]
    again = api("dora", "POST", f"{path}/deliveries/{number}/replay")
    assert (again.status_code, again.json()["state"], again.json()["message"]) == (202, "queued", tested.json()["message"])


def test_a_delivery_is_read_with_its_message_as_it_is_posted(api: Api, hook: dict[str, Any], cast: Cast) -> None:
    opened = api("alice", "POST", "/tickets", json={"title": "Fire"})
    assert opened.status_code == 201
    path = f"/admin/webhooks/{hook['id']}/deliveries"
    (item,) = api("dora", "GET", path).json()["items"]
    body = api("dora", "GET", f"{path}/{item['id']}").json()["body"]
    assert (body["type"], body["id"]) == ("ticket.created", item["message"])
    assert body["data"]["ticket"]["url"] == opened.json()["url"]


def test_pages_of_the_log_follow_each_other(api: Api, hook: dict[str, Any]) -> None:
    path = f"/admin/webhooks/{hook['id']}"
    made = [api("dora", "POST", f"{path}/test").json()["id"] for _ in range(3)]
    first = api("dora", "GET", f"{path}/deliveries?limit=2").json()
    second = api("dora", "GET", f"{path}/deliveries?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


def test_another_webhooks_delivery_is_not_there(api: Api, hook: dict[str, Any]) -> None:
    other = api("dora", "POST", "/admin/webhooks", json={"url": URL}).json()
    number = api("dora", "POST", f"/admin/webhooks/{hook['id']}/test").json()["id"]
    assert api("dora", "GET", f"/admin/webhooks/{other['id']}/deliveries/{number}").status_code == 404


def test_removed_it_is_gone_with_its_log(api: Api, hook: dict[str, Any], ticket: Ticket) -> None:
    path = f"/admin/webhooks/{hook['id']}"
    assert len(api("dora", "GET", f"{path}/deliveries").json()["items"]) == 1
    assert api("dora", "DELETE", path).status_code == 204
    assert api("dora", "GET", path).status_code == 404
    assert api("dora", "GET", f"{path}/deliveries").status_code == 404
