"""The audit page: sentences by day, filters that are the address, pages, CSV; for administrators."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from helpdesk import audit, db
from helpdesk.models import Event, Person, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.sign_in import credentials
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, tree, words
from web.pages import event_words
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


def test_by_mail_is_said_once(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        bob = viewer_of(session.get_one(Person, cast.people["bob"].id), Via.EMAIL)
        audit.record(session, "status_changed", bob, ticket_number=ticket.number, old="open", new="resolved")
    line = words(tree(browser("dora"), "/admin/audit?kind=status_changed"), ".trail li")[0]
    assert line.count("by mail") == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=role_changed", ["Dora made Bob an agent"]),
        ("actor=bob@example.com&kind=canned_created", ["Bob wrote the canned response “=1+1 & <b>Refund</b>”, shared"]),
        ("kind=role_changed&actor=helpdesk", []),
        ("kind=role_changed&until=2000-01-01", []),
        ("kind=role_changed&since=2000-01-01", ["Dora made Bob an agent"]),
        ("kind=role_changed&since=0001-01-01&until=9999-12-31", ["Dora made Bob an agent"]),
        ("since=9999-12-31&until=9999-12-31", []),
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
        ("webhook_created", {"name": "CI", "host": "ci.example"}, "made the webhook “CI” to ci.example"),
        ("webhook_removed", {"name": "CI", "host": "ci.example"}, "removed the webhook “CI” to ci.example"),
        ("held", {"number": 7}, "holds a mail back: H7"),
        (
            "sign_in_failed",
            {"address": "bob@example.com", "network": "10.0.0.0/24"},
            "let nobody in as Bob from 10.0.0.0/24: the sign-in failed",
        ),
        ("sign_in_failed", {"address": "", "network": ""}, "let nobody in: the sign-in failed"),
        ("sign_in_failed", {"method": "single sign-on"}, "let nobody in through the identity provider: the sign-in failed"),
        ("second_factor_failed", {"network": ""}, "gave a wrong code for the second step"),
        ("something_new", {}, "something new"),
    ],
)
def test_what_happens_beside_tickets_has_its_sentence(kind: str, data: dict[str, Any], sentence: str) -> None:
    names = Names({"bob@example.com": "Bob"}, lambda number: Markup("ELM-{}").format(number))
    text, icon = audit_words.told(Event(kind=kind, data=data, via="web"), names)
    assert text == f"The helpdesk {sentence}"
    assert icon


def recorded() -> set[str]:
    """Every kind of event that the code records."""
    root = Path(audit.__file__).parents[1]
    calls = [
        node
        for package in ("helpdesk", "mail_ingest", "workers", "web")
        for path in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record"
    ]
    return {str(one.value) for call in calls for one in ast.walk(call.args[1]) if isinstance(one, ast.Constant)}


def test_every_kind_that_is_recorded_has_its_sentence() -> None:
    kinds = recorded() - {"_changed"}  # of a field: its name stands before that
    assert {"sign_in_failed", "webhook_replayed", "held", "merged"} <= kinds
    assert sorted(kinds - {*audit_words._OWN, *event_words._SENTENCES}) == []


@pytest.mark.parametrize("method", credentials.METHODS)
def test_every_way_to_sign_in_has_its_words(method: str) -> None:
    names = Names({}, lambda number: Markup("ELM-{}").format(number))
    text, _ = audit_words.told(Event(kind="signed_in", data={"method": method}, via="web"), names)
    assert str(text).removeprefix("The helpdesk signed in").startswith((" with a", " with the", " by a", " by one", " through"))


def test_a_kind_is_a_choice_in_words() -> None:
    assert [audit_words.label(kind) for kind in ("faq_changed", "held", "status_changed")] == [
        "FAQ changed",
        "Held",
        "Status changed",
    ]
