"""The audit trail: filters, days, and pages that neither skip nor repeat an event."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.errors import NotAllowed, Refused
from helpdesk.lists import audit_trail
from helpdesk.models import Event, Source
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def dora(session: Session) -> Viewer:
    return viewer_of(people.add_user(session, "dora@example.com", "Dora", "admin"), Via.WEB)


@pytest.fixture
def trail(session: Session, dora: Viewer) -> list[int]:
    """Six days with two events each: one of dora's, one of the helpdesk's; numbers, oldest first."""
    alice = people.find_or_make(session, "alice@example.org")
    ticket = tickets.open_ticket(session, NewTicket(title="Help", description="", requester=alice, source=Source.WEB), SYSTEM)
    session.query(Event).delete()
    made = []
    for day in range(6):
        at = START + timedelta(days=day)
        made.append(Event(kind="signed_in", actor_id=dora.person_id, created_at=at))
        made.append(Event(kind="mail_resumed", created_at=at, ticket_number=ticket.number if day == 3 else None))
    session.add_all(made)
    session.flush()
    return [one.id for one in made]


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({}, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ({"kind": "signed_in"}, [10, 8, 6, 4, 2, 0]),
        ({"kind": "never_heard_of"}, []),
        ({"actor": "DORA@example.com"}, [10, 8, 6, 4, 2, 0]),
        ({"actor": "nobody@example.com"}, []),
        ({"actor": audit_trail.HELPDESK}, [11, 9, 7, 5, 3, 1]),
        ({"actor": audit_trail.HELPDESK, "kind": "signed_in"}, []),
        ({"ticket": 1}, [7]),
        ({"ticket": 2}, []),
        ({"since": date(2026, 3, 5)}, [11, 10, 9, 8]),
        ({"until": date(2026, 3, 2)}, [3, 2, 1, 0]),
        ({"since": date.min, "until": date(2026, 3, 1)}, [1, 0]),
        ({"since": date(2026, 3, 6), "until": date.max}, [11, 10]),
        ({"since": date.max, "until": date.max}, []),
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 3), "kind": "mail_resumed"}, [5, 3]),
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 3), "actor": "dora@example.com"}, [4, 2]),
    ],
)
@pytest.mark.parametrize("most", [1, 4, 50])
def test_each_filter_gives_its_events_newest_first_whatever_the_size_of_a_page(
    session: Session, dora: Viewer, trail: list[int], asked: dict[str, Any], places: list[int], most: int
) -> None:
    seen: list[int] = []
    cursor = ""
    while True:
        page = audit_trail.page(session, dora, **asked, cursor=cursor, most=most)
        seen += [one.id for one in page.rows]
        assert len(page.rows) <= most
        if page.next is None:
            break
        cursor = page.next
    assert seen == [trail[place] for place in places]


def test_the_kinds_are_those_that_happened(session: Session, dora: Viewer, trail: list[int]) -> None:
    assert audit_trail.kinds(session, dora) == ["mail_resumed", "signed_in"]


def test_an_empty_trail_has_no_kinds(session: Session, dora: Viewer) -> None:
    session.query(Event).delete()
    assert audit_trail.kinds(session, dora) == []
    assert audit_trail.page(session, dora, since=date(2026, 1, 1)).rows == []


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "99999999999999999999", "٣", "123456"])
def test_a_cursor_that_is_none_is_refused(session: Session, dora: Viewer, cursor: str) -> None:
    with pytest.raises(Refused):
        audit_trail.page(session, dora, cursor=cursor)


@pytest.mark.parametrize("role", ["agent", "customer"])
def test_the_trail_is_for_administrators(session: Session, role: str) -> None:
    person = people.add_user(session, "bob@example.com", "Bob", role)
    with pytest.raises(NotAllowed):
        audit_trail.page(session, viewer_of(person, Via.WEB))
