"""What helps until a known issue is solved: staff say it, its history is kept, followers are told."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.issues import workaround
from helpdesk.models import Event, Fact, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket


@pytest.fixture
def issue(session: Session) -> Ticket:
    alice = people.find_or_make(session, "alice@example.com", "Alice")
    made = tickets.open_ticket(session, NewTicket("Mails twice", "Always.", alice, Source.WEB, acknowledge=False), SYSTEM)
    tickets.edit(session, made, SYSTEM, is_public=True)
    return made


@pytest.fixture
def bob(session: Session) -> Viewer:
    return viewer_of(people.add_user(session, "bob@example.com", "Bob", "agent"), Via.WEB)


def test_the_newest_text_counts_and_the_same_again_is_no_news(session: Session, issue: Ticket, bob: Viewer) -> None:
    assert [workaround.write(session, issue.number, text, bob) for text in ("Wait.", " Wait.\n", "Switch it off.")] == [
        True,
        False,
        True,
    ]
    assert workaround.of(session, [issue.number, 999]) == {issue.number: "Switch it off."}
    said = session.scalars(select(Event.data).where(Event.kind == workaround.KIND).order_by(Event.id)).all()
    assert said == [{"old": "", "new": "Wait."}, {"old": "Wait.", "new": "Switch it off."}]
    assert session.get(Fact, f"issue update {issue.number}") is not None
    workaround.write(session, issue.number, "", bob)
    assert workaround.of(session, [issue.number]) == {}


def test_only_staff_write_it_only_on_known_issues_and_not_a_novel(session: Session, issue: Ticket, bob: Viewer) -> None:
    alice = viewer_of(people.find_or_make(session, "alice@example.com"), Via.WEB)
    with pytest.raises(NotAllowed):
        workaround.write(session, issue.number, "x", alice)
    with pytest.raises(Refused):
        workaround.write(session, issue.number, "x" * (workaround.LONGEST + 1), bob)
    tickets.edit(session, issue, SYSTEM, is_public=False)
    for number in (issue.number, 999, None):
        with pytest.raises(NotFound):
            workaround.write(session, number, "x", bob)
