"""What is suggested to whoever writes: what shares words, is public, and is not solved yet."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.lists.suggestions import similar
from helpdesk.models import FaqEntry, Source
from helpdesk.permissions import SYSTEM
from helpdesk.tickets import NewTicket


@pytest.fixture(autouse=True)
def known(session: Session) -> None:
    alice = people.find_or_make(session, "alice@example.com", "Alice")
    titles = {
        "The calendar shows the wrong hour": True,
        "Printing a calendar cuts long names": True,
        "My calendar is private": False,
    }
    for title, public in titles.items():
        made = tickets.open_ticket(session, NewTicket(title, "It happens since Monday.", alice, Source.WEB), SYSTEM)
        tickets.edit(session, made, SYSTEM, is_public=public)
    solved = tickets.open_ticket(session, NewTicket("Wrong hour in the calendar mails", "", alice, Source.WEB), SYSTEM)
    tickets.edit(session, solved, SYSTEM, is_public=True)
    tickets.change_status(session, solved, "resolved", SYSTEM)
    session.add(FaqEntry(question="How do I import a calendar?", answer="Settings, Import.", category=""))
    session.add(FaqEntry(question="How do I import a calendar by force?", answer="Do not.", category="", published=False))
    session.flush()


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("In my calendar every meeting is at the wrong hour!", ["The calendar shows the wrong hour"]),
        ("import calendars", ["How do I import a calendar?"]),
        ("printer", []),
        ("Printing: names of the calendar are cut", ["Printing a calendar cuts long names"]),
        ("calendar", ["The calendar shows the wrong hour", "Printing a calendar cuts long names", "How do I import a calendar?"]),
        ("the and of", []), ("", []), ("'); drop table tickets; --", []), ("& | ! <-> :* \\", []), ("日本語 の カレンダー", []),
    ],
)  # fmt: skip
def test_what_is_suggested(session: Session, text: str, titles: list[str]) -> None:
    assert [one.title for one in similar(session, text)] == titles


def test_a_whole_book_is_no_trouble(session: Session) -> None:
    assert similar(session, "calendar wrong hour " + "x y z " * 100_000)[0].title == "The calendar shows the wrong hour"
