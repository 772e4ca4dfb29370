"""What an agent does to a ticket besides answering: every form of the page, and that none undoes a colleague's work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from helpdesk import db, tickets
from helpdesk.models import Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket
from tests.web.conftest import Browser, Cast, csrf
from tests.web.pages.conftest import flash, send, tree, undo, words
from tests.web.pages.test_ticket import HERE, write

SHOWN = "open||medium|other"


def state(session: Session, number: int = 1) -> tuple[object, ...]:
    session.rollback()
    row = session.get_one(Ticket, number, populate_existing=True)
    return row.status, row.assignee.address if row.assignee else "", row.priority, row.type, row.tags


def fields(**changes: str) -> dict[str, Any]:
    return {"status": "open", "assignee": "", "priority": "medium", "type": "other", "shown": SHOWN} | changes


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({"status": "in_progress"}, ("in_progress", "", "medium", "other", []), "in progress"),
        ({"assignee": "dora@example.com"}, ("open", "dora@example.com", "medium", "other", []), "assigned to Dora"),
        ({"assignee": "bob@example.com"}, ("open", "bob@example.com", "medium", "other", []), "assigned to you"),
        ({"priority": "critical", "type": "bug"}, ("open", "", "critical", "bug", []), "critical priority, a bug"),
    ],
)
def test_the_fields_are_saved_and_one_click_takes_it_back(
    changes: dict[str, str], expected: tuple[object, ...], said: str, browser: Browser, session: Session, ticket: Ticket
) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/fields", **fields(**changes))
    assert flash(page) == f"ELM-001 is {said}."
    assert state(session) == expected
    undo(bob, page)
    assert state(session) == ("open", "", "medium", "other", [])


def test_saving_one_field_leaves_what_a_colleague_changed_meanwhile(
    browser: Browser, engine: Engine, session: Session, ticket: Ticket
) -> None:
    with db.transaction(engine) as own:
        tickets.change_status(own, own.get_one(Ticket, 1), "resolved", SYSTEM)
    send(browser("bob"), f"{HERE}/fields", **fields(priority="high"))
    assert state(session)[:3] == ("resolved", "", "high")


def test_a_wrong_value_changes_nothing_and_is_said(browser: Browser, session: Session, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/fields", **fields(priority="high", assignee="nobody@example.com"))
    assert flash(page).startswith("There is no single agent")
    assert state(session)[2] == "medium"


def test_resolving_leads_to_the_next_ticket_of_the_view(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        alice = session.merge(cast.people["alice"])
        tickets.open_ticket(session, NewTicket("Second", "x", alice, Source.EMAIL), viewer_of(alice, Via.EMAIL))
    bob = browser("bob")
    headers = csrf(bob) | {"Referer": f"https://help.test{HERE}?view=unassigned"}
    answer = bob.post(f"{HERE}/fields", data=fields(status="resolved", then="next"), headers=headers)
    assert answer.headers["location"] == "/admin/ticket/ELM-002?view=unassigned"
    headers["Referer"] = "https://help.test/admin/ticket/ELM-002?view=unassigned"
    answer = bob.post("/admin/ticket/ELM-002/fields", data=fields(status="resolved", then="next"), headers=headers)
    assert answer.headers["location"] == "/admin?view=unassigned"


def test_take_makes_it_mine(browser: Browser, session: Session, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/take")
    assert state(session)[1] == "bob@example.com"
    assert page.css_first("[data-take]") is None


def test_a_new_title_is_shown_and_the_subject_stays(browser: Browser, session: Session, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/title", title="Printer   burns\n")
    assert words(page, "h1") == ["Printer burns"]
    assert session.get_one(Ticket, 1).subject == "The printer is on fire"


def test_a_pending_message_is_accepted_or_dropped(
    browser: Browser, engine: Engine, session: Session, cast: Cast, ticket: Ticket
) -> None:
    first = write(engine, ticket, cast, "mallory", "Let me in", by_system=True, pending_because="she takes no part")
    second = write(engine, ticket, cast, "mallory", "Please", by_system=True, pending_because="she takes no part")
    bob = browser("bob")
    page = tree(bob, HERE)
    assert words(page, ".pending-bar p")[0] == "Not on the ticket yet. She takes no part."
    page = send(bob, f"{HERE}/accept/{first}")
    assert flash(page) == "The message is on the ticket."
    page = send(bob, f"{HERE}/drop/{second}")
    assert words(page, ".msg .prose") == ["It smokes.", "Let me in"]
    assert page.css_first(".pending-bar") is None


def test_a_known_issue_is_public_until_it_is_not(browser: Browser, session: Session, ticket: Ticket) -> None:
    bob = browser("bob")
    assert "Known issue" in words(send(bob, f"{HERE}/known-issue", on="1"), ".facts .badge")
    assert "Known issue" not in words(send(bob, f"{HERE}/known-issue", on="0"), ".facts .badge")


def test_a_sleeping_ticket_is_in_a_view_of_its_own(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    page = tree(bob, HERE)
    offered = [one.attributes["value"] or "" for one in page.css(".snooze [name=until]")]
    assert offered == sorted(offered)
    assert offered[0] == f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    page = send(bob, f"{HERE}/snooze", until=offered[-1])
    assert words(tree(bob, "/admin?view=open"), ".t-tag") == []
    assert words(tree(bob, "/admin?view=snoozed"), ".t-tag") == ["ELM-001"]
    undo(bob, page)
    assert words(tree(bob, "/admin?view=open"), ".t-tag") == ["ELM-001"]
    send(bob, f"{HERE}/snooze", until=offered[0], day=offered[-1])  # a day of one's own wins
    assert "Sleeps until" in tree(bob, HERE).text()
    send(bob, f"{HERE}/snooze", wake="1")
    assert words(tree(bob, "/admin?view=open"), ".t-tag") == ["ELM-001"]


@pytest.mark.parametrize("day", ["soon", "2020-01-01", "2999-01-01"])
def test_a_day_that_is_none_is_said(day: str, browser: Browser, session: Session, ticket: Ticket) -> None:
    assert flash(send(browser("bob"), f"{HERE}/snooze", day=day)).startswith(("This is not", "Choose a day"))
    assert session.get_one(Ticket, 1).snoozed_until is None


def test_a_sleeping_ticket_wakes_up_when_somebody_outside_writes(
    browser: Browser, engine: Engine, session: Session, cast: Cast, ticket: Ticket
) -> None:
    bob = browser("bob")
    send(bob, f"{HERE}/snooze", until=f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}")
    write(engine, ticket, cast, "dora", "Hm", internal=True)
    assert session.get_one(Ticket, 1, populate_existing=True).snoozed_until is not None
    write(engine, ticket, cast, "alice", "It still smokes.")
    session.rollback()
    assert session.get_one(Ticket, 1, populate_existing=True).snoozed_until is None


def test_tags_come_and_go_one_by_one_and_with_one_click_back(browser: Browser, session: Session, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/tags", add="Fire, smoke , fire")
    assert words(page, ".tag-row .tag a") == ["fire", "smoke"]
    page = send(bob, f"{HERE}/tags", remove="fire")
    assert state(session)[4] == ["smoke"]
    undo(bob, page)
    assert state(session)[4] == ["fire", "smoke"]


def test_enter_in_the_field_for_a_tag_takes_no_other_tag_off(browser: Browser, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/tags", add="fire, smoke")
    form = page.css_first(".tags-box")
    assert form is not None
    # Enter presses the first button that belongs to the field's form
    own = [one.attributes["aria-label"] for one in form.css("button") if "form" not in one.attributes]
    elsewhere = [(one.attributes["aria-label"], one.attributes["form"]) for one in form.css("button[form]")]
    assert own == ["Add the tag"]
    assert elsewhere == [("Remove the tag fire", "untag"), ("Remove the tag smoke", "untag")]
    assert page.css_first("form#untag").attributes["action"] == f"{HERE}/tags"  # type: ignore[union-attr]


def test_spam_is_closed_told_nobody_and_one_click_takes_it_back(browser: Browser, session: Session, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/spam")
    assert flash(page) == "ELM-001 is spam: closed, and its sender is told nothing."
    assert state(session)[0::4] == ("closed", ["spam"])
    undo(bob, page)
    assert state(session)[0::4] == ("open", [])


def test_what_helps_is_written_on_a_known_issue_and_previewed(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/known-issue", on="1")
    page = send(bob, f"{HERE}/workaround", workaround="Pull the plug.")
    assert words(page, ".as-public .plain") == ["It smokes.", "Pull the plug."]
