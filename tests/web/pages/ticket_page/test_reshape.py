"""Merging and splitting on the web: what is found, what is said to happen, and that it does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from helpdesk import attachments, db, tickets
from helpdesk.attachments import File
from helpdesk.installation import Installation
from helpdesk.models import Attachment, Comment, OutboxMessage, Source, Ticket
from helpdesk.permissions import Via, viewer_of
from helpdesk.tickets import NewTicket
from tests.helpdesk.text.test_pictures import DOT
from tests.web.conftest import Browser, Cast, csrf
from tests.web.pages.conftest import flash, send, tree, words
from tests.web.pages.test_ticket import HERE, write


def opened(engine: Engine, cast: Cast, who: str, title: str) -> None:
    with db.transaction(engine) as session:
        person = session.merge(cast.people[who])
        tickets.open_ticket(session, NewTicket(title, "x", person, Source.EMAIL), viewer_of(person, Via.EMAIL))


# --- merge


def test_the_same_requesters_tickets_are_offered_and_others_are_found_by_words(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    opened(engine, cast, "alice", "Smoke again")
    opened(engine, cast, "mallory", "The toner leaks")
    bob = browser("bob")
    assert words(tree(bob, f"{HERE}/merge"), ".picks-one .t-tag") == ["ELM-002"]
    assert words(tree(bob, f"{HERE}/merge?q=toner"), ".picks-one .t-tag") == ["ELM-003"]
    assert words(tree(bob, f"{HERE}/merge?q=elm-3"), ".picks-one .t-tag") == ["ELM-003"]
    assert "Nothing fits" in tree(bob, f"{HERE}/merge?q=elm-99").text()


def test_what_will_happen_is_said_before_it_does(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    opened(engine, cast, "mallory", "The toner leaks")
    page = tree(browser("bob"), f"{HERE}/merge?into=ELM-002")
    said = words(page, ".will li")
    assert said[0].startswith("ELM-001 is closed and points to ELM-002.")
    assert (
        "alice@example.com, carl@example.com will be in copy of ELM-002: what was said there before stays hidden from them." in said
    )
    assert said[-1] == "This cannot be undone."
    assert page.css_first("[name=into]").attributes["value"] == "ELM-002"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("into", "said"), [("ELM-001", "A ticket cannot be merged into itself."), ("ELM-9", "There is no ticket “ELM-9”.")]
)
def test_what_cannot_be_merged_has_no_button(into: str, said: str, browser: Browser, ticket: Ticket) -> None:
    page = tree(browser("bob"), f"{HERE}/merge?into={into}")
    assert words(page, ".notice.bad") == [said]
    assert page.css_first("button[name=into]") is None


def test_a_merged_ticket_points_to_the_other_and_takes_no_answer(
    browser: Browser, engine: Engine, session: Session, cast: Cast, ticket: Ticket
) -> None:
    with db.transaction(engine) as own:
        alice = own.merge(cast.people["alice"])
        tickets.open_ticket(own, NewTicket("Smoke again", "x", alice, Source.EMAIL), viewer_of(alice, Via.EMAIL))
    bob = browser("bob")
    page = send(bob, "/admin/ticket/ELM-002/merge", into="elm-1")
    assert flash(page) == "ELM-002 goes on here."
    assert "Bob merged ELM-002 into this ticket" in words(page, ".thread .event span")
    page = tree(bob, "/admin/ticket/ELM-002")
    assert "Merged into ELM-001: answers go there." in words(page, ".t-head .notice")
    assert page.css_first("#composer") is None
    send(bob, "/admin/ticket/ELM-002/comment", content="More", seen="99", expected=422)
    assert session.scalars(select(Comment).where(Comment.ticket_number == 2, Comment.content == "More")).all() == []
    told = session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.ticket_number == 2, OutboxMessage.kind == "reply"))
    assert told.all() == ["alice@example.com"]


@pytest.mark.parametrize(
    ("into", "said"),
    [("ELM-99", "There is no ticket “ELM-99”."), ("", "There is no ticket “”."), ("1", "A ticket cannot be merged into itself.")],
)
def test_what_cannot_be_merged_is_said(into: str, said: str, browser: Browser, ticket: Ticket) -> None:
    assert flash(send(browser("bob"), f"{HERE}/merge", into=into)) == said


# --- split


def test_a_message_becomes_a_ticket_with_its_files(
    browser: Browser, installation: Installation, session: Session, cast: Cast, ticket: Ticket
) -> None:
    number = write(installation.engine, ticket, cast, "carl", "And the door squeaks.")
    stored = attachments.store(installation.storage, [File("door.png", "image/png", DOT)])
    with db.transaction(installation.engine) as own:
        attachments.attach(own, 1, number, stored)
    bob = browser("bob")
    page = tree(bob, f"{HERE}/split?message={number}")
    assert page.css_first("[name=message][checked]").attributes["value"] == str(number)  # type: ignore[union-attr]
    page = send(bob, f"{HERE}/split", message=str(number), title="The door squeaks")
    assert flash(page) == "Split off from ELM-001. The messages can still be read there."
    assert words(page, "h1") == ["The door squeaks"]
    assert words(page, ".person b") == ["Carl"]
    assert words(page, ".linked li .muted") == ["was split from"]
    assert page.css_first(".files .picture img") is not None
    page = tree(bob, HERE)
    assert words(page, ".moved") == ["Goes on in ELM-002, a ticket of its own."]
    assert words(page, ".linked li .muted") == ["was split into"]
    assert len(session.scalars(select(Attachment.storage_key)).all()) == 2


def test_what_cannot_be_split_is_said_with_the_choice_kept_and_no_file_stays(
    browser: Browser, installation: Installation, cast: Cast, ticket: Ticket
) -> None:
    numbers = [write(installation.engine, ticket, cast, who, "Hm") for who in ("alice", "carl")]
    with db.transaction(installation.engine) as own:
        attachments.attach(own, 1, numbers[0], attachments.store(installation.storage, [File("a.txt", "text/plain", b"a")]))
    kept = sum(one.is_file() for one in installation.storage.directory.rglob("*"))
    page = send(browser("bob"), f"{HERE}/split", message=[str(one) for one in numbers], title="T", expected=422)
    assert words(page, ".notice.bad") == ["These messages are of different people, and each would read what another wrote."]
    assert len(page.css("[name=message][checked]")) == 2
    assert page.css_first("#split-title").attributes["value"] == "T"  # type: ignore[union-attr]
    assert sum(one.is_file() for one in installation.storage.directory.rglob("*")) == kept


def test_a_message_of_another_ticket_is_not_there(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    opened(engine, cast, "alice", "Smoke again")
    number = write(engine, ticket, cast, "alice", "On the first")
    bob = browser("bob")
    assert bob.post("/admin/ticket/ELM-002/split", data={"message": str(number)}, headers=csrf(bob)).status_code == 404
