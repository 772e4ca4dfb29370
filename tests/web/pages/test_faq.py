"""Questions and answers: published ones, by category, with the words of a search marked and an address for each."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.models import FaqEntry
from tests.web.pages.conftest import tree, words


@pytest.fixture(autouse=True)
def entries(engine: Engine) -> None:
    with db.transaction(engine) as session:
        session.add(
            FaqEntry(
                question="How to import?", answer="Press **Import** & wait. [Here](https://x.example/import)", category="Start"
            )
        )
        session.add(FaqEntry(question="Where are invoices?", answer="Under Settings.", category="Billing"))
        session.add(FaqEntry(question="A secret plan?", answer="No.", category="Billing", published=False))


def test_published_answers_stand_by_category_each_with_its_own_address(client: TestClient) -> None:
    page = tree(client, "/faq")
    assert words(page, ".group > h2, .folds h3") == ["Billing", "Where are invoices?", "Start", "How to import?"]
    assert page.css_first("#answer-1 strong") is not None
    assert page.css_first("#answer-1 a[href='/faq#answer-1']") is not None
    assert page.css("details[open]") == [] and "secret plan" not in page.text()


def test_a_search_opens_and_marks_what_it_finds_and_leaves_addresses_alone(client: TestClient) -> None:
    page = tree(client, "/faq?q=import")
    assert words(page, ".folds h3") == ["How to import?"]
    assert words(page, "mark") == ["import", "Import"]
    assert page.css_first("details[open] a[href='https://x.example/import']") is not None
    assert words(tree(client, "/faq?q=amp"), "mark") == []


def test_whoever_found_nothing_asks_with_their_own_words(client: TestClient) -> None:
    page = tree(client, "/faq?q=zebra+%3Cb%3E")
    assert "No answer holds “zebra <b>”" in page.text()
    assert page.css_first(".stuck a[href='/submit?description=zebra%20%3Cb%3E']") is not None
