"""The FAQ: what may be written, how it is ordered, found, removed and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.knowledge import faq
from helpdesk.models import Event, FaqEntry
from helpdesk.permissions import NOBODY, Via, Viewer, viewer_of


@pytest.fixture
def dora(session: Session) -> Viewer:
    return viewer_of(people.add_user(session, "dora@example.com", "Dora", "admin"), Via.WEB)


@pytest.fixture
def entries(session: Session, dora: Viewer) -> list[FaqEntry]:
    told = [
        ("Where is my invoice?", "Under *Billing*, as a PDF.", "Billing", True),
        ("Can I get a refund?", "Within 14 days.", "Billing", True),
        ("How do I sign in?", "By the link that we mail.", "", True),
        ("Will prices rise?", "We are thinking about it.", "Billing", False),
    ]
    return [
        faq.create(session, dora, question=question, answer=answer, category=category, published=published)
        for question, answer, category, published in told
    ]


def questions(found: list[FaqEntry]) -> list[str]:
    return [one.question.partition(" ")[0] for one in found]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", ["How", "Where", "Can"]),
        ("refunds", ["Can"]),
        ("INVOICE pdf", ["Where"]),
        ("invoice refund", []),
        ("invo", ["Where"]),
        ("billing", ["Where", "Can"]),
        ("100% _", []),
        ("how do i", ["How"]),
        ("prices", []),
    ],
)
def test_everybody_finds_published_answers_by_words_and_their_stems(
    session: Session, entries: list[FaqEntry], q: str, expected: list[str]
) -> None:
    assert questions(faq.search(session, q)) == expected


def test_an_administrator_sees_drafts_too(session: Session, dora: Viewer, entries: list[FaqEntry]) -> None:
    assert questions(faq.listed(session, dora)) == ["How", "Where", "Can", "Will"]
    assert questions(faq.listed(session, dora, "prices")) == ["Will"]


def test_entries_move_within_their_category(session: Session, dora: Viewer, entries: list[FaqEntry]) -> None:
    _, refund, sign_in, _ = entries
    assert faq.reorder(session, refund, dora, up=True)
    assert questions(faq.search(session)) == ["How", "Can", "Where"]
    assert not faq.reorder(session, refund, dora, up=True)
    assert faq.reorder(session, refund, dora, up=False)
    assert questions(faq.search(session)) == ["How", "Where", "Can"]
    assert not faq.reorder(session, sign_in, dora, up=False)


def test_an_entry_in_another_category_goes_to_its_end(session: Session, dora: Viewer, entries: list[FaqEntry]) -> None:
    faq.change(session, entries[2], dora, category="  Billing ", published=False)
    assert questions(faq.listed(session, dora)) == ["Where", "Can", "Will", "How"]
    assert questions(faq.search(session)) == ["Where", "Can"]


def test_a_removed_entry_comes_back_once_where_it_stood(session: Session, dora: Viewer, entries: list[FaqEntry]) -> None:
    event = faq.remove(session, entries[0], dora)
    assert questions(faq.search(session)) == ["How", "Can"]
    assert faq.restore(session, dora, event.id).answer == "Under *Billing*, as a PDF."
    assert questions(faq.search(session)) == ["How", "Where", "Can"]
    with pytest.raises(NotFound):
        faq.restore(session, dora, event.id)
    with pytest.raises(NotFound):
        faq.restore(session, dora, event.id + 1000)


def test_every_change_is_in_the_trail_and_none_that_changed_nothing(
    session: Session, dora: Viewer, entries: list[FaqEntry]
) -> None:
    faq.change(session, entries[0], dora, answer="Under *Billing*, as a PDF. ", published=True)
    faq.change(session, entries[0], dora, answer="By mail.", published=False)
    kinds = session.execute(select(Event.kind, Event.data["changed"]).where(Event.kind == "faq_changed")).all()
    assert kinds == [("faq_changed", ["answer", "published"])]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"question": " \n "}, "question"),
        ({"question": "x" * 201}, "question"),
        ({"answer": "\n\n"}, "answer"),
        ({"answer": "x" * 50_001}, "answer"),
        ({"category": "x" * 61}, "category"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    session: Session, dora: Viewer, entries: list[FaqEntry], fields: dict[str, str], field: str
) -> None:
    given: dict[str, Any] = {"question": "Q?", "answer": "A."} | fields
    with pytest.raises(Refused) as making:
        faq.create(session, dora, **given)
    with pytest.raises(Refused) as changing:
        faq.change(session, entries[0], dora, **fields)
    assert making.value.field == changing.value.field == field


@pytest.mark.parametrize("role", [None, "customer", "agent"])
def test_only_administrators_write_it(session: Session, entries: list[FaqEntry], role: str | None) -> None:
    by = viewer_of(people.add_user(session, "bob@example.com", "Bob", role), Via.WEB) if role else NOBODY
    for attempt in (
        lambda: faq.create(session, by, question="Q?", answer="A."),
        lambda: faq.change(session, entries[0], by, answer="A."),
        lambda: faq.remove(session, entries[0], by),
        lambda: faq.restore(session, by, 1),
        lambda: faq.reorder(session, entries[0], by, up=True),
        lambda: faq.listed(session, by),
        lambda: faq.one(session, by, entries[0].id),
    ):
        with pytest.raises(NotAllowed):
            attempt()
