"""The API of held mail: the list with its numbered reasons, one mail, and what administrators make of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.installation import Installation
from helpdesk.models import Event, InboundMail, Ticket
from helpdesk.words import HeldReason
from tests.letters import letter
from tests.web.conftest import Api, Cast
from tests.web.held_mails import hold


def test_the_list_says_what_waits_why_and_what_can_be_done(api: Api, installation: Installation) -> None:
    number = hold(installation)
    (item,) = api("bob", "GET", "/admin/held").json()["items"]
    known = {
        "id": number, "number": 6, "code": "H6", "reason": "the sender's domain disowns this mail", "detail": "", "kind": "person",
        "sender": "alice@example.com", "to": ["support@help.test"], "subject": "Re: <i>fire</i>", "rule": "no_mark_of_a_machine",
        "matched_by": "failed_sender", "verdict": "none", "ticket": None, "url": f"https://help.test/admin/held/{number}",
    }  # fmt: skip
    assert known.items() <= item.items()
    assert item["advice"].startswith("It is forged")
    assert set(item) - set(known) == {"advice", "size", "received_at"}


def test_pages_follow_each_other_the_longest_waiting_first_also_when_the_last_one_was_decided(
    api: Api, installation: Installation
) -> None:
    numbers = [hold(installation, received_at=func.now() - timedelta(days=days)) for days in (1, 5, 3, 4, 2)]
    first = api("dora", "GET", "/admin/held?limit=2").json()
    assert [one["id"] for one in first["items"]] == [numbers[1], numbers[3]]
    assert api("dora", "POST", f"/admin/held/{numbers[3]}/drop", json={"reason": "spam"}).status_code == 200
    second = api("dora", "GET", f"/admin/held?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in second["items"]] == [numbers[2], numbers[4]]
    third = api("dora", "GET", f"/admin/held?limit=2&cursor={second['next']}").json()
    assert ([one["id"] for one in third["items"]], third["next"]) == ([numbers[0]], None)


def test_one_reason_is_chosen_by_its_number(api: Api, installation: Installation) -> None:
    hold(installation)
    relayed = hold(installation, why=HeldReason.TOO_MANY_RELAYS)
    assert [one["id"] for one in api("bob", "GET", "/admin/held?reason=11").json()["items"]] == [relayed]


def test_one_mail_has_its_text_its_defects_and_what_was_decided(api: Api, installation: Installation) -> None:
    number = hold(installation, letter("Alice <alice@example.com>", "support@help.test", "Fire", "It burns.", date="never"))
    found = api("bob", "GET", f"/admin/held/{number}").json()
    assert (found["text"].strip(), found["number"], found["attachments"]) == ("It burns.", 6, [])
    assert found["trace"]["routed"]["tried"] == ["no_sender"]
    assert found["defects"] == ["date-malformed"]
    raw = api("bob", "GET", f"/admin/held/{number}/raw")
    assert raw.headers["content-type"] == "message/rfc822"
    assert b"It burns." in raw.content


def test_released_it_is_a_ticket_and_no_longer_held(api: Api, installation: Installation, session: Session) -> None:
    number = hold(installation)
    answer = api("dora", "POST", f"/admin/held/{number}/release")
    assert answer.json() == {"id": number, "state": "ticket", "ticket": "ELM-001", "url": "https://help.test/ticket/ELM-001"}
    assert session.scalars(select(Ticket)).one().requester.address == "alice@example.com"
    assert api("dora", "POST", f"/admin/held/{number}/release").status_code == 404
    assert session.scalars(select(Event.via).where(Event.kind == "held_released")).all() == ["api"]


@pytest.mark.parametrize("named", ["ELM-1", "elm-001", "1"])
def test_attached_it_is_a_message_on_that_ticket(named: str, api: Api, installation: Installation, ticket: Ticket) -> None:
    number = hold(installation)
    answer = api("dora", "POST", f"/admin/held/{number}/attach", json={"ticket": named})
    assert (answer.status_code, answer.json()["state"], answer.json()["ticket"]) == (200, "comment", "ELM-001")


def test_tried_again_it_waits_to_be_processed(api: Api, installation: Installation, session: Session) -> None:
    number = hold(installation)
    answer = api("dora", "POST", f"/admin/held/{number}/again")
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert session.scalars(select(InboundMail.state)).all() == ["received"]


def test_dropped_the_audit_trail_says_who_and_why(api: Api, installation: Installation, session: Session, cast: Cast) -> None:
    number = hold(installation)
    answer = api("dora", "POST", f"/admin/held/{number}/drop", json={"reason": "Advertisement"})
    assert answer.json() == {"id": number, "state": "dropped", "ticket": None, "url": None}
    event = session.scalars(select(Event).where(Event.kind == "held_dropped")).one()
    assert (event.actor_id, event.data["reason"]) == (cast.people["dora"].id, "Advertisement")


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("attach", {"ticket": "ELM-77"}, 409, "ticket"),
        ("attach", {}, 422, "ticket"),
        ("drop", {"reason": ""}, 422, "reason"),
        ("drop", {"reason": "  "}, 422, "reason"),
        ("drop", {"reason": "x", "and": "more"}, 422, "and"),
    ],
)
def test_what_cannot_be_done_names_its_field_and_changes_nothing(
    path: str, body: dict[str, Any], status: int, field: str, api: Api, installation: Installation, session: Session
) -> None:
    number = hold(installation)
    answer = api("dora", "POST", f"/admin/held/{number}/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert session.scalars(select(InboundMail.state)).all() == ["held"]


def test_an_agent_s_mail_is_not_released_and_the_problem_says_so(api: Api, installation: Installation) -> None:
    number = hold(installation, why=HeldReason.STAFF_UNPROVEN)
    answer = api("dora", "POST", f"/admin/held/{number}/release")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("An agent's mail is not released")
