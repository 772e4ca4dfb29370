"""Canned responses: written, previewed, changed, removed; what they do besides is written as in a mail."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import canned as rules
from helpdesk.errors import Refused
from helpdesk.models import CannedResponse
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import flash, send, tree, words
from web.pages import canned

GOOD: dict[str, Any] = {"title": "Refund", "shortcut": "refund", "content": "Dear {user_name}, *done*."}


@pytest.mark.parametrize(
    ("lines", "actions"),
    [
        ("", {}),
        ("#resolved", {"status": "resolved"}),
        ("#status in_progress", {"status": "in_progress"}),
        ("#solved\n#priority High\n#type bug", {"status": "resolved", "priority": "high", "type": "bug"}),
        ("#tag billing, refund\n#tag late", {"tags": ["billing", "refund", "late"]}),
        ("#assign none", {"assign": None}),
        ("#take", {"assign": "me"}),
        ("#assign bob@example.com", {"assign": "bob@example.com"}),
    ],
)
def test_actions_are_written_as_in_a_mail_and_read_back(lines: str, actions: dict[str, Any]) -> None:
    assert canned.from_lines(lines) == actions
    assert canned.from_lines(canned.as_lines(actions)) == actions


@pytest.mark.parametrize("line", ["#resolve now", "#delete everything", "please resolve", "#priority"])
def test_a_line_that_is_no_command_is_refused_by_name(line: str) -> None:
    with pytest.raises(Refused, match=line):
        canned.from_lines(line)


def test_every_blank_has_a_meaning_and_an_example() -> None:
    assert set(canned.MEANINGS) == set(rules.PLACEHOLDERS)


def test_a_response_is_saved_and_listed(browser: Browser, session: Session, cast: Cast) -> None:
    page = send(browser("dora"), "/admin/canned", **GOOD, actions="#resolved", shared="1")
    assert flash(page) == "“Refund” is saved."
    row = session.scalars(select(CannedResponse)).one()
    assert (row.title, row.shortcut, row.actions, row.shared) == ("Refund", "refund", {"status": "resolved"}, True)
    assert words(tree(browser("bob"), "/admin/canned"), ".rows b") == ["Refund"]


def test_an_agents_own_is_theirs_alone(browser: Browser, session: Session, cast: Cast) -> None:
    send(browser("bob"), "/admin/canned", **GOOD, shared="1")
    assert session.scalars(select(CannedResponse.shared)).all() == [False]
    assert words(tree(browser("dora"), "/admin/canned"), ".rows b") == []


def test_a_preview_saves_nothing_and_fills_the_blanks(browser: Browser, session: Session, cast: Cast) -> None:
    page = send(browser("bob"), "/admin/canned", **GOOD, preview="1")
    assert words(page, ".paper") == ["Dear Alice Weber, done."]
    assert words(page, ".paper em") == ["done"]
    assert page.css_first("#title").attributes["value"] == "Refund"  # type: ignore[union-attr]
    assert session.scalars(select(CannedResponse)).all() == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("content", "Dear {user_nam}", "There is no placeholder {user_nam}: did you mean {user_name}?"),
        ("title", " ", "A canned response needs a title."),
        ("shortcut", "two words", "A shortcut is one word of letters, digits, - and _."),
        ("actions", "#priority urgent", "“urgent” is none of low, medium, high, critical."),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_the_text_is_kept(
    field: str, value: str, said: str, browser: Browser, cast: Cast
) -> None:
    page = send(browser("bob"), "/admin/canned", **(GOOD | {field: value}), expected=422)
    assert words(page, f"#{field}-error") == [said]
    assert "{user_nam" in page.css_first("#content").text()  # type: ignore[union-attr]


def test_it_is_changed_and_removed_by_whose_it_is(browser: Browser, session: Session, cast: Cast) -> None:
    dora = browser("dora")
    send(dora, "/admin/canned", **GOOD, shared="1")
    number = session.scalars(select(CannedResponse.id)).one()
    assert tree(browser("bob"), f"/admin/canned/{number}").css_first("button.primary") is None
    send(browser("bob"), f"/admin/canned/{number}", **GOOD, expected=403)
    assert send(browser("bob"), f"/admin/canned/{number}", **GOOD, preview="1").css_first("button.primary") is None
    send(dora, f"/admin/canned/{number}", **(GOOD | {"title": "Money back"}), shared="1")
    assert flash(send(dora, f"/admin/canned/{number}/delete")) == "“Money back” is gone. Answers written with it stay."


def test_responses_are_found_by_their_words(browser: Browser, cast: Cast) -> None:
    bob = browser("bob")
    send(bob, "/admin/canned", **GOOD)
    send(bob, "/admin/canned", title="Known issue", shortcut="known", content="We know.")
    assert words(tree(bob, "/admin/canned?q=DEAR+refund"), ".rows b") == ["Refund"]
    assert words(tree(bob, "/admin/canned?q=%23known"), ".rows b") == ["Known issue"]
    assert words(tree(bob, "/admin/canned?q=nowhere"), ".empty h2")[0] == "No response holds “nowhere”"


def test_a_copy_is_ones_own_until_it_is_saved_and_takes_no_shortcut(browser: Browser, session: Session, cast: Cast) -> None:
    send(browser("dora"), "/admin/canned", **GOOD | {"shared": "1", "actions": "#resolved"})
    number = session.scalar(select(CannedResponse.id))
    bob = browser("bob")
    page = tree(bob, f"/admin/canned/new?copy={number}")
    assert [one.attributes.get("value", "") for one in page.css("#title, #shortcut")] == ["Copy of Refund", ""]
    assert [one.text() for one in page.css("#content, #actions")] == [GOOD["content"], "#resolved"]
    assert len(session.scalars(select(CannedResponse)).all()) == 1
    tree(bob, "/admin/canned/new?copy=999", 404)


def test_another_agents_own_cannot_be_copied(browser: Browser, session: Session, cast: Cast) -> None:
    send(browser("dora"), "/admin/canned", **GOOD)
    tree(browser("bob"), f"/admin/canned/new?copy={session.scalar(select(CannedResponse.id))}", 404)
