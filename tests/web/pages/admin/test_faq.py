"""The FAQ as administrators write it: written, previewed, published, ordered, removed and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.knowledge import faq
from helpdesk.models import FaqEntry
from helpdesk.permissions import SYSTEM
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, flash, send, tree, undo, words

WRITTEN: dict[str, Any] = {
    "question": "Where is my invoice?",
    "answer": "Under **Billing**.",
    "category": "Money",
    "published": "1",
}


@pytest.fixture
def entries(engine: Engine, cast: Cast) -> list[int]:
    """Three entries of one category and a draft without any; their numbers."""
    with db.transaction(engine) as session:
        made = [
            faq.create(session, SYSTEM, question=f"{word}?", answer="Yes.", category="Money") for word in ("One", "Two", "Three")
        ]
        made.append(faq.create(session, SYSTEM, question="Draft?", answer="Perhaps.", published=False))
        return [one.id for one in made]


def questions(session: Session) -> list[str]:
    session.expire_all()
    return [one.question for one in faq.search(session)]


def test_an_entry_is_written_and_is_public_at_once(browser: Browser, cast: Cast) -> None:
    dora = browser("dora")
    page = send(dora, "/admin/faq", **WRITTEN)
    assert flash(page) == "“Where is my invoice?” is saved and published."
    assert words(page, ".rows [aria-current] b") == ["Where is my invoice?"]
    assert words(page, ".faq-head h2") == ["Money"]
    assert "Where is my invoice?" in browser("alice").get("/faq").text


def test_a_draft_is_seen_by_administrators_only(browser: Browser, cast: Cast) -> None:
    dora = browser("dora")
    page = send(dora, "/admin/faq", **WRITTEN | {"published": ""})
    assert flash(page) == "“Where is my invoice?” is saved as a draft."
    assert words(page, ".rows .badge") == ["Draft"]
    assert "invoice" not in browser("alice").get("/faq").text


def test_a_preview_shows_the_answer_and_saves_nothing(browser: Browser, session: Session, cast: Cast) -> None:
    page = send(browser("dora"), "/admin/faq", **WRITTEN, preview="1")
    assert words(page, "#preview strong") == ["Billing"]
    field = page.css_first("[name=question]")
    assert field is not None
    assert field.attributes["value"] == "Where is my invoice?"
    assert session.scalar(select(FaqEntry)) is None


def test_no_script_gets_into_a_preview(browser: Browser, cast: Cast) -> None:
    page = send(
        browser("dora"), "/admin/faq", **WRITTEN | {"answer": "<script>alert(1)</script> [x](javascript:alert(1))"}, preview="1"
    )
    assert page.css("#preview script, #preview [href^=javascript]") == []


@pytest.mark.parametrize("field", ["question", "answer"])
def test_what_is_missing_is_said_at_its_field(browser: Browser, cast: Cast, field: str) -> None:
    page = send(browser("dora"), "/admin/faq", expected=422, **WRITTEN | {field: "  "})
    assert words(page, f"#{field}-error")
    category = page.css_first("[name=category]")
    assert category is not None
    assert category.attributes["value"] == "Money"


def test_an_entry_is_changed(browser: Browser, session: Session, entries: list[int]) -> None:
    send(browser("dora"), f"/admin/faq/{entries[0]}", **WRITTEN)
    assert questions(session) == ["Where is my invoice?", "Two?", "Three?"]


def test_order_is_changed_by_buttons(browser: Browser, session: Session, entries: list[int]) -> None:
    dora = browser("dora")
    page = send(dora, f"/admin/faq/{entries[0]}/move", to="down")
    assert questions(session) == ["Two?", "One?", "Three?"]
    assert page.css("[value=up][disabled], [value=down][disabled]") == []
    page = send(dora, f"/admin/faq/{entries[0]}/move", to="down")
    assert questions(session) == ["Two?", "Three?", "One?"]
    assert len(page.css("[value=down][disabled]")) == 1


def test_a_removed_entry_can_be_brought_back(browser: Browser, session: Session, entries: list[int]) -> None:
    dora = browser("dora")
    page = send(dora, f"/admin/faq/{entries[1]}/delete")
    assert flash(page) == "“Two?” is gone."
    assert questions(session) == ["One?", "Three?"]
    assert flash(undo(dora, page)) == "“Two?” is back."
    assert questions(session) == ["One?", "Two?", "Three?"]
    assert flash(undo(dora, page)) == "There is nothing to bring back."


def test_entries_are_found_by_their_words_drafts_too(browser: Browser, entries: list[int]) -> None:
    dora = browser("dora")
    page = tree(dora, "/admin/faq?q=perhaps")
    assert words(page, ".rows b") == ["Draft?"]
    assert words(tree(dora, "/admin/faq?q=nowhere"), ".empty h2") == ["No entry holds “nowhere”"]


def test_an_empty_faq_says_what_to_do(browser: Browser, cast: Cast) -> None:
    page = tree(browser("dora"), "/admin/faq")
    assert words(page, ".empty h2") == ["No entry yet"]
    assert page.css_first('.empty a[href="/admin/faq/new"]') is not None


def test_it_costs_few_queries(browser: Browser, entries: list[int], queries: Counted) -> None:
    dora = browser("dora")
    with queries() as said:
        dora.get(f"/admin/faq/{entries[0]}")
    assert len(said) <= 15
