"""While somebody writes: drafts that outlive the browser, and who else has the ticket before them."""

from __future__ import annotations

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.models import Draft, Ticket
from helpdesk.staff import drafts
from tests.web.conftest import Browser, Cast, csrf
from tests.web.pages.conftest import flash, send, tree, words
from tests.web.pages.test_ticket import HERE, write


def test_a_draft_is_there_again_on_any_browser_as_what_it_was(browser: Browser, ticket: Ticket) -> None:
    page = send(browser("bob"), f"{HERE}/draft", content="She is <b>angry", mode="note", seen="1")
    assert flash(page) == "Kept as a draft: nothing was sent."
    page = tree(browser("bob"), HERE)
    assert page.css_first("#content").text() == "She is <b>angry"  # type: ignore[union-attr]
    assert "checked" in page.css_first("#mode-note").attributes  # type: ignore[union-attr]
    assert words(page, "[data-draft]")[0].startswith("Draft, kept")
    assert tree(browser("dora"), HERE).css_first("#content").text() == ""  # type: ignore[union-attr]


def test_a_script_keeps_it_and_is_told(browser: Browser, session: Session, ticket: Ticket) -> None:
    bob = browser("bob")
    headers = csrf(bob) | {"Accept": "application/json"}
    assert bob.post(f"{HERE}/draft", data={"content": "One", "seen": "7"}, headers=headers).json()["kept"] is True
    assert bob.post(f"{HERE}/draft", data={"content": "Two", "seen": "8"}, headers=headers).json()["kept"] is True
    row = session.query(Draft).one()
    assert (row.content, row.internal, row.seen_event_id) == ("Two", False, 8)
    assert bob.post(f"{HERE}/draft", data={"content": "  "}, headers=headers).json()["kept"] is False
    session.expire_all()
    assert session.query(Draft).count() == 0


def test_sending_and_discarding_end_it(browser: Browser, session: Session, cast: Cast, ticket: Ticket) -> None:
    bob = browser("bob")
    for path in ("comment", "draft"):
        send(bob, f"{HERE}/draft", content="Unplug it.")
        send(bob, f"{HERE}/{path}", content="Unplug it.", seen="9", discard="1" if path == "draft" else "")
        session.rollback()
        assert session.query(Draft).count() == 0


def test_a_list_can_mark_what_has_a_draft_of_mine(browser: Browser, session: Session, cast: Cast, ticket: Ticket) -> None:
    from helpdesk.permissions import Via, viewer_of

    send(browser("bob"), f"{HERE}/draft", content="Unplug it.")
    bob, dora = (viewer_of(session.merge(cast.people[one]), Via.WEB) for one in ("bob", "dora"))
    assert drafts.among(session, [1, 2], bob) == {1}
    assert drafts.among(session, [1, 2], dora) == set()


def test_colleagues_are_seen_for_a_minute_and_until_they_leave(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    bob, dora = browser("bob"), browser("dora")

    def say(who: object, **fields: str) -> list[dict[str, object]]:
        client = bob if who == "bob" else dora
        answer = client.post(f"{HERE}/presence", data=fields, headers=csrf(client))
        assert answer.status_code == 200
        looking: list[dict[str, object]] = answer.json()["looking"]
        return looking

    assert say("bob") == []
    assert say("dora", writing="1") == [{"name": "Bob", "address": "bob@example.com", "writing": False}]
    assert say("bob") == [{"name": "Dora", "address": "dora@example.com", "writing": True}]
    assert words(tree(bob, HERE), "#looking .sr") == ["Dora is writing"]
    say("dora", gone="1")
    assert say("bob") == []
    with db.transaction(engine) as session:
        session.execute(text("update presence set seen_at = now() - interval '61 seconds'"))
    assert say("dora") == []
    assert words(tree(dora, HERE), "#looking .sr") == []


def test_a_page_learns_what_came_since_it_was_loaded(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    bob = browser("bob")
    seen = tree(bob, HERE).css_first("[data-seen]").attributes["data-seen"] or ""  # type: ignore[union-attr]
    write(engine, ticket, cast, "alice", "It still smokes.")
    write(engine, ticket, cast, "bob", "My own words are no news.")
    answer = bob.post(f"{HERE}/presence", data={"seen": seen}, headers=csrf(bob)).json()
    assert (answer["newer"], answer["by"]) == (1, "Alice")
