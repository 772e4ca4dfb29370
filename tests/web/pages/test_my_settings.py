"""An agent's own settings: shown as they are, kept, refused beside the field, and never those of a colleague."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.models import MutedTicket, Ticket
from helpdesk.staff import preferences
from helpdesk.staff.preferences import Preferences, Receipts, When
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import flash, send, tree, words

CHOSEN: dict[str, Any] = {
    "when": "daily",
    "receipts": "always",
    "undo_minutes": "3",
    "signature": "Bob\r\nBuilder Ltd",
    "mentions": "1",
}


def _preferences(session: Session, address: str) -> Preferences:
    session.expire_all()
    person = people.person_at(session, address)
    assert person is not None
    return preferences.of(person)


def test_what_an_agent_chooses_is_kept_and_shown_again(browser: Browser, session: Session, cast: Cast) -> None:
    assert flash(send(browser("bob"), "/admin/me", **CHOSEN)).startswith("Saved")
    expected = Preferences(False, False, True, When.DAILY, Receipts.ALWAYS, 3, "Bob\nBuilder Ltd")
    assert _preferences(session, "bob@example.com") == expected
    assert _preferences(session, "dora@example.com") == Preferences()
    page = tree(browser("bob"), "/admin/me")
    assert words(page, "#when [selected]") == ["One mail a day, at 7:00 UTC"]
    assert page.css_first("[name=undo_minutes][value='3']") is not None


@pytest.mark.parametrize(
    ("field", "value"), [("when", "never"), ("receipts", ""), ("undo_minutes", "11"), ("signature", "x" * 2001)]
)
def test_a_mistake_is_said_beside_its_field(field: str, value: str, browser: Browser, session: Session, cast: Cast) -> None:
    page = send(browser("bob"), "/admin/me", expected=422, **{**CHOSEN, field: value})
    assert page.css_first(f"#{field}-error") is not None
    assert _preferences(session, "bob@example.com") == Preferences()


def test_a_muted_ticket_is_heard_again(browser: Browser, session: Session, ticket: Ticket) -> None:
    bob, dora = people.person_at(session, "bob@example.com"), people.person_at(session, "dora@example.com")
    assert bob is not None
    assert dora is not None
    session.add_all([MutedTicket(ticket_number=ticket.number, person_id=one.id) for one in (bob, dora)])
    session.commit()
    page = send(browser("bob"), "/admin/me", unmute=str(ticket.number), **CHOSEN)
    assert page.css_first("[name=unmute]") is None
    session.expire_all()
    assert session.get(MutedTicket, (ticket.number, bob.id)) is None
    assert session.get(MutedTicket, (ticket.number, dora.id)) is not None


def test_the_address_for_new_tickets_is_each_agents_own(browser: Browser, session: Session, cast: Cast) -> None:
    shown = [words(tree(browser(name), "/admin/me"), "#own_address")[0] for name in ("bob", "dora")]
    assert len(set(shown)) == 2
    assert all(one.startswith("support+") for one in shown)
