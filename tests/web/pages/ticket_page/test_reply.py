"""Answering on the web: what is added, what is told, what can be taken back, and what a newer message stops."""

from __future__ import annotations

from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from helpdesk import canned, db
from helpdesk.installation import Installation
from helpdesk.models import Attachment, Comment, OutboxMessage, Ticket
from helpdesk.permissions import Via, viewer_of
from tests.web.conftest import Browser, Cast, csrf
from tests.web.pages.conftest import flash, send, tree, undo, words
from tests.web.pages.test_ticket import HERE, write


def sent(session: Session, kind: str = "reply") -> list[tuple[str, str]]:
    """Who is to get what: (recipient, state) of the mails of a kind."""
    session.rollback()
    rows = session.execute(
        select(OutboxMessage.recipient, OutboxMessage.state).where(OutboxMessage.kind == kind).order_by(OutboxMessage.recipient)
    )
    return [(recipient, state) for recipient, state in rows]


def page_text(page: LexborHTMLParser) -> str:
    """What stands in the composer."""
    return page.css_first("#content").text()  # type: ignore[union-attr]


def test_a_reply_with_a_status_is_one_mail_to_each(browser: Browser, session: Session, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/comment", content="Unplug it.", status="resolved", seen="0")
    assert flash(page) == "The reply is on its way."
    assert words(page, ".msg.agent .prose") == ["Unplug it."]
    assert words(page, ".facts .status") == ["Resolved"]
    assert sent(session) == [("alice@example.com", "queued"), ("carl@example.com", "queued")]
    assert sent(session, "status") == []


def test_a_note_is_for_the_team_only(browser: Browser, session: Session, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/comment", content="She is angry.", mode="note", seen="0")
    assert words(page, ".msg.note .prose") == ["She is angry."]
    assert sent(session) == []
    assert page.css_first(".flash form") is None


def test_files_go_with_the_message(browser: Browser, session: Session, installation: Installation, ticket: Ticket) -> None:
    files = [("files", ("../../manual.pdf", b"%PDF", "application/pdf"))]
    page = send(browser("bob"), f"{HERE}/comment", content="See the manual.", seen="0", files=files)
    assert words(page, ".msg.agent .files bdi") == ["manual.pdf"]
    row = session.scalars(select(Attachment)).one()
    assert installation.storage.get(row.storage_key) == b"%PDF"


def test_an_empty_message_is_said_in_place_and_no_file_of_it_stays(
    browser: Browser, session: Session, installation: Installation, ticket: Ticket
) -> None:
    page = send(browser("bob"), f"{HERE}/comment", content="  ", seen="0", expected=422)
    assert words(page, "#content-error") == ["A message needs text."]
    files = {"files": ("a.txt", b"x")}
    send(browser("bob"), f"{HERE}/comment", content="x", status="eaten", seen="0", files=files, expected=422)
    assert [one for one in installation.storage.directory.rglob("*") if one.is_file()] == []


# --- taking back


def test_a_reply_is_taken_back_with_all_that_came_with_it(browser: Browser, session: Session, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/comment", content="Unplug <it>.", status="resolved", seen="0")
    page = undo(bob, page)
    assert flash(page) == "Taken back: nothing was sent."
    assert page.css_first("#content").text() == "Unplug <it>."  # type: ignore[union-attr]
    assert words(page, ".msg.agent") == []
    assert sent(session) == [("alice@example.com", "cancelled"), ("carl@example.com", "cancelled")]
    row = session.get_one(Ticket, 1)
    assert (row.status, row.waiting_on, row.first_response_at, row.resolved_at) == ("open", "us", None, None)


def test_a_reply_whose_mail_has_left_stays(browser: Browser, engine: Engine, session: Session, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/comment", content="Unplug it.", seen="0")
    with db.transaction(engine) as own:
        own.execute(update(OutboxMessage).where(OutboxMessage.recipient == "carl@example.com").values(state="sent"))
    page = undo(bob, page)
    assert flash(page) == "It is too late to take this back: it is on its way."
    assert words(page, ".msg.agent .prose") == ["Unplug it."]
    assert sent(session) == [("alice@example.com", "queued"), ("carl@example.com", "sent")]


def test_nobody_takes_back_what_a_colleague_wrote(browser: Browser, session: Session, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/comment", content="Unplug it.", seen="0")
    action = page.css_first(".flash form").attributes["action"] or ""  # type: ignore[union-attr]
    assert flash(send(browser("dora"), action)) == "Only a reply of your own can be taken back."


def test_a_draft_of_a_colleague_is_not_shown(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    undo(bob, send(bob, f"{HERE}/comment", content="Secret", seen="0"))
    assert page_text(tree(browser("dora"), HERE)) == ""


def test_what_is_taken_back_joins_what_was_begun_since_and_a_note_stays_a_note(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/comment", content="Unplug it.", seen="0")
    send(bob, f"{HERE}/draft", content="She is angry.", mode="note")
    page = undo(bob, page)
    assert page_text(page) == "Unplug it.\n\nShe is angry."
    assert page.css_first("#mode-note").attributes.get("checked", "missing") != "missing"  # type: ignore[union-attr]


def test_the_seconds_that_are_left_stand_below_the_reply(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    send(bob, f"{HERE}/comment", content="Unplug it.", seen="0")
    bar = tree(bob, HERE).css_first(".sending")  # without the line on top, the way back is still there
    assert bar is not None
    assert 0 < int(bar.attributes["data-left"] or "") <= 15
    assert flash(send(bob, bar.attributes["action"] or "")) == "Taken back: nothing was sent."
    assert tree(browser("dora"), HERE).css_first(".sending") is None


def test_a_script_that_sends_files_is_told_where_to_go(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    answer = bob.post(f"{HERE}/comment", data={"content": "See.", "seen": "0"}, headers=csrf(bob) | {"Accept": "application/json"})
    assert answer.json() == {"location": f"{HERE}#m-1"}
    assert flash(tree(bob, HERE)) == "The reply is on its way."


# --- somebody was faster


def test_a_newer_message_is_shown_first_and_the_text_is_kept(
    browser: Browser, engine: Engine, session: Session, cast: Cast, ticket: Ticket
) -> None:
    write(engine, ticket, cast, "alice", "Never mind, it is out.")
    bob = browser("bob")
    answer = bob.post(
        f"{HERE}/comment", data={"content": "Call the fire brigade!", "seen": "0", "status": "resolved"}, headers=csrf(bob)
    )
    assert answer.status_code == 409
    assert "1 newer message came while you wrote" in answer.text
    assert "Call the fire brigade!" in answer.text
    page = LexborHTMLParser(answer.text)
    assert words(page, ".crossed li p") == ["Never mind, it is out."]
    assert words(page, ".send-button .for-reply") == ["Send anyway"]
    assert sent(session) == []
    assert page_text(tree(bob, HERE)) == "Call the fire brigade!"  # kept on the server too
    seen = page.css_first("[name=seen]").attributes["value"]  # type: ignore[union-attr]
    again = bob.post(f"{HERE}/comment", data={"content": "Good.", "seen": seen}, headers=csrf(bob))
    assert again.status_code == 303
    assert page_text(tree(bob, HERE)) == ""


def test_a_note_of_a_colleague_stops_a_reply_too(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    write(engine, ticket, cast, "dora", "I am on the phone with her.", internal=True)
    bob = browser("bob")
    answer = bob.post(f"{HERE}/comment", data={"content": "Unplug it.", "seen": "0"}, headers=csrf(bob))
    assert answer.status_code == 409
    assert words(LexborHTMLParser(answer.text), ".crossed li.note p") == ["I am on the phone with her."]


@pytest.mark.parametrize(
    ("who", "more"),
    [("bob", {}), ("alice", {"automatic": True}), ("alice", {"pending_because": "odd"})],
)
def test_what_does_not_change_the_matter_stops_nobody(
    who: str, more: dict[str, Any], browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    write(engine, ticket, cast, who, "By the way", **more)
    bob = browser("bob")
    assert bob.post(f"{HERE}/comment", data={"content": "Unplug it.", "seen": "0"}, headers=csrf(bob)).status_code == 303


def test_a_note_is_never_stopped(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    write(engine, ticket, cast, "alice", "Never mind.")
    bob = browser("bob")
    answer = bob.post(f"{HERE}/comment", data={"content": "Hm", "mode": "note", "seen": "0"}, headers=csrf(bob))
    assert answer.status_code == 303


# --- canned responses


@pytest.fixture
def refund(engine: Engine, cast: Cast) -> int:
    with db.transaction(engine) as session:
        dora = viewer_of(session.merge(cast.people["dora"]), Via.WEB)
        actions = {"status": "resolved", "tags": ["billing"], "assign": "me"}
        return canned.create(session, dora, title="Refund", content="Dear {user_name}, refunded.", actions=actions).id


def test_without_a_script_a_canned_response_is_inserted_by_a_button(
    browser: Browser, session: Session, refund: int, ticket: Ticket
) -> None:
    page = send(browser("bob"), f"{HERE}/comment", content="Hi!", canned=str(refund), insert="1", seen="0")
    assert page.css_first("#content").text() == "Hi!\n\nDear Alice, refunded."  # type: ignore[union-attr]
    assert page.css_first("#send-status [selected]").attributes["value"] == "resolved"  # type: ignore[union-attr]
    assert session.scalars(select(Comment)).all() == []


def test_sending_it_does_what_it_does_besides(browser: Browser, session: Session, refund: int, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/comment", content="Refunded.", applied=str(refund), status="resolved", seen="0")
    assert flash(page) == "The reply is on its way. “Refund” also set: tags billing; assign me."
    row = session.get_one(Ticket, 1)
    assert (row.status, row.tags, row.assignee.address if row.assignee else "") == ("resolved", ["billing"], "bob@example.com")
    undo(bob, page)
    session.rollback()
    session.refresh(row)
    assert (row.status, row.tags, row.assignee_id) == ("open", [], None)
