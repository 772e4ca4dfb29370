"""The audit page: sentences by day, filters that are the address, pages, CSV; for administrators."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from helpdesk import audit, db
from helpdesk.models import Event, Person, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, tree, words
from web.pages.admin import audit_words
from web.pages.admin.audit import PAGE
from web.pages.event_words import Names


@pytest.fixture
def told(engine: Engine, cast: Cast) -> None:
    """Things that bob, dora and the helpdesk did."""
    with db.transaction(engine) as session:
        bob, dora = (viewer_of(session.get_one(Person, cast.people[name].id), Via.WEB) for name in ("bob", "dora"))
        audit.record(session, "canned_created", bob, canned=1, title="=1+1 & <b>Refund</b>", shared=True)
        audit.record(session, "role_changed", dora, address="bob@example.com", old="customer", new="agent")
        audit.record(session, "mail_resumed", SYSTEM, address="alice@example.com", reason="a full mailbox")


def test_what_happened_is_said_in_sentences_newest_first(browser: Browser, told: None) -> None:
    assert words(tree(browser("dora"), "/admin/audit"), ".trail-said")[1:4] == [
        "The helpdesk lets mail go to alice@example.com again; it had stopped: a full mailbox",
        "Dora made Bob an agent",
        "Bob wrote the canned response “=1+1 & <b>Refund</b>”, shared",
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=role_changed", ["Dora made Bob an agent"]),
        ("actor=bob@example.com&kind=canned_created", ["Bob wrote the canned response “=1+1 & <b>Refund</b>”, shared"]),
        ("kind=role_changed&actor=helpdesk", []),
        ("kind=role_changed&until=2000-01-01", []),
        ("kind=role_changed&since=2000-01-01", ["Dora made Bob an agent"]),
        ("actor=nobody@example.com", []),
    ],
)
def test_filters_are_the_address(browser: Browser, told: None, query: str, expected: list[str]) -> None:
    page = tree(browser("dora"), f"/admin/audit?{query}")
    assert words(page, ".trail-said") == expected
    assert bool(words(page, ".empty h2")) == (not expected)


def test_a_ticket_is_found_by_its_tag_and_leads_to_its_page(browser: Browser, ticket: Ticket) -> None:
    page = tree(browser("dora"), "/admin/audit?ticket=elm-1")
    assert "Alice opened the ticket" in words(page, ".trail-said")
    link = page.css_first(".trail a.t-tag")
    assert link is not None
    assert link.attributes["href"] == "/admin/ticket/ELM-001"


@pytest.mark.parametrize("query", ["ticket=printer", "since=yesterday", "until=2026-13-40", "cursor=x", "cursor=987654"])
def test_a_filter_that_cannot_be_is_said(browser: Browser, told: None, query: str) -> None:
    page = tree(browser("dora"), f"/admin/audit?{query}", 422)
    assert words(page, "[role=alert]")
    assert words(page, ".trail-said") == []


def test_older_ones_follow_without_a_gap(browser: Browser, engine: Engine, cast: Cast, queries: Counted) -> None:
    with db.transaction(engine) as session:
        for number in range(PAGE + 5):
            audit.record(session, "token_revoked", SYSTEM, name=f"n{number}")
    dora = browser("dora")
    with queries() as said:
        first = tree(dora, "/admin/audit?kind=token_revoked")
    assert len(said) <= 15
    link = first.css_first("a[rel=next]")
    assert link is not None
    second = tree(dora, link.attributes["href"] or "")
    names = [line.rpartition(" ")[2] for line in words(first, ".trail-said") + words(second, ".trail-said")]
    assert names == [f"“n{number}”" for number in reversed(range(PAGE + 5))]
    assert second.css_first("a[rel=next]") is None


def test_the_trail_can_be_saved_and_no_title_runs_as_a_formula(browser: Browser, told: None, session: Session) -> None:
    answer = browser("dora").get("/admin/audit.csv?kind=canned_created")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["kind"], row["actor"], row["via"]) for row in rows] == [("canned_created", "bob@example.com", "web")]
    assert rows[0]["number"] == str(session.scalar(select(Event.id).where(Event.kind == "canned_created")))
    assert rows[0]["said"] == "Bob wrote the canned response “=1+1 & <b>Refund</b>”, shared"


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("signed_in", {"method": "password", "network": "10.0.0.0/24"}, "signed in with a password from 10.0.0.0/24"),
        ("signed_in", {}, "signed in"),
        ("sessions_ended", {"address": "bob@example.com", "count": 1}, "ended 1 session of Bob"),
        ("token_created", {"name": "CI", "scopes": ["read"]}, "made an API token “CI”, only for: read"),
        ("faq_moved", {"question": "Why?", "up": False}, "moved the answer to “Why?” down"),
        ("held_dropped", {"reason": "spam"}, "threw a held mail away: spam"),
        ("webhook_changed", {"name": "CI", "active": False}, "changed the webhook “CI”, it is off"),
        ("something_new", {}, "something new"),
    ],
)
def test_what_happens_beside_tickets_has_its_sentence(kind: str, data: dict[str, Any], sentence: str) -> None:
    names = Names({"bob@example.com": "Bob"}, lambda number: Markup("ELM-{}").format(number))
    text, icon = audit_words.told(Event(kind=kind, data=data, via="web"), names)
    assert text == f"The helpdesk {sentence}"
    assert icon


def test_a_kind_is_a_choice_in_words() -> None:
    assert [audit_words.label(kind) for kind in ("faq_changed", "held", "status_changed")] == [
        "FAQ changed",
        "Held",
        "Status changed",
    ]
