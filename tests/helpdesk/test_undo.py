"""Taking back: what was before comes back, what a colleague did since stays, and what left cannot be called back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from helpdesk import comments, db, people, tickets, undo
from helpdesk.comments import NewComment
from helpdesk.errors import Refused
from helpdesk.models import Comment, Event, OutboxMessage, Person, SearchDocument, Source, Ticket
from helpdesk.permissions import Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket

LATER = timedelta(seconds=30)


@pytest.fixture
def agents(engine: Engine) -> tuple[Viewer, Viewer]:
    """bob and dora."""
    with db.transaction(engine) as session:
        bob, dora = (people.add_user(session, f"{one}@help.test", one.capitalize(), "agent") for one in ("bob", "dora"))
        alice = people.find_or_make(session, "alice@example.com", "Alice")
        tickets.open_ticket(session, NewTicket("Smoke", "It smokes.", alice, Source.EMAIL), viewer_of(alice, Via.EMAIL))
        return viewer_of(bob, Via.WEB), viewer_of(dora, Via.WEB)


def reply(engine: Engine, by: Viewer, text: str, *, status: str | None = None, delay: timedelta = LATER) -> int:
    with db.transaction(engine) as session:
        ticket = tickets.find(session, by, 1, lock=True)
        author = session.get_one(Person, by.person_id)
        new = NewComment(text, Source.WEB, author, by.address)
        return comments.add_comment(session, ticket, new, by, delay=delay, status=status).id


def say(engine: Engine, text: str) -> None:
    with db.transaction(engine) as session:
        alice = people.find_or_make(session, "alice@example.com")
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        comments.add_comment(session, ticket, NewComment(text, Source.EMAIL, alice, alice.address), viewer_of(alice, Via.EMAIL))


def withdraw(engine: Engine, by: Viewer, number: int) -> None:
    with db.transaction(engine) as session:
        ticket = tickets.find(session, by, 1, lock=True)
        undo.withdraw(session, ticket, session.get_one(Comment, number), by)


def change(engine: Engine, by: Viewer, **fields: object) -> datetime:
    """One change; gives its moment."""
    with db.transaction(engine) as session:
        ticket = tickets.find(session, by, 1, lock=True)
        status = fields.pop("status", None)
        tickets.edit(session, ticket, by, **fields)
        if status is not None:
            tickets.change_status(session, ticket, str(status), by, delay=LATER)
        return session.execute(select(func.now())).scalar_one()


def take_back(engine: Engine, by: Viewer, at: datetime) -> list[int]:
    with db.transaction(engine) as session:
        return undo.take_back(session, by, at)


def row(session: Session) -> Ticket:
    session.rollback()
    return session.get_one(Ticket, 1, populate_existing=True)


def test_the_earlier_answer_counts_again_and_the_withdrawn_one_is_not_found(
    engine: Engine, session: Session, agents: tuple[Viewer, Viewer]
) -> None:
    bob, _ = agents
    reply(engine, bob, "Unplug it.")
    say(engine, "Still smoking.")
    before = row(session)
    kept = (before.status, before.waiting_on, before.waiting_since, before.first_response_at)
    withdraw(engine, bob, reply(engine, bob, "Zebra", status="resolved"))
    after = row(session)
    assert (after.status, after.waiting_on, after.waiting_since, after.first_response_at) == kept
    assert len(session.scalars(select(SearchDocument)).all()) == 3


@pytest.mark.parametrize("state", ["sent", "captured", "failed"])
def test_a_mail_that_left_cannot_be_called_back(
    state: str, engine: Engine, session: Session, agents: tuple[Viewer, Viewer]
) -> None:
    bob, _ = agents
    number = reply(engine, bob, "Unplug it.")
    session.execute(update(OutboxMessage).where(OutboxMessage.comment_id == number).values(state=state))
    session.commit()
    with pytest.raises(Refused, match="too late"):
        withdraw(engine, bob, number)


def test_nor_one_that_is_due(engine: Engine, agents: tuple[Viewer, Viewer]) -> None:
    bob, _ = agents
    with pytest.raises(Refused, match="too late"):
        withdraw(engine, bob, reply(engine, bob, "Unplug it.", delay=timedelta(0)))


def test_a_change_comes_back_and_what_a_colleague_did_since_stays(
    engine: Engine, session: Session, agents: tuple[Viewer, Viewer]
) -> None:
    bob, dora = agents
    at = change(engine, bob, priority="high", tags=["fire"], type="bug")
    change(engine, dora, priority="critical")
    assert take_back(engine, bob, at) == [1]
    found = row(session)
    assert (found.priority, found.tags, found.type) == ("critical", [], "other")


def test_a_status_whose_mail_waits_comes_back_in_silence(engine: Engine, session: Session, agents: tuple[Viewer, Viewer]) -> None:
    bob, _ = agents
    at = change(engine, bob, status="resolved")
    take_back(engine, bob, at)
    assert row(session).status == "open"
    assert session.scalars(select(OutboxMessage.state).where(OutboxMessage.kind == "status")).all() == ["cancelled"]


def test_a_status_that_was_told_is_told_again(engine: Engine, session: Session, agents: tuple[Viewer, Viewer]) -> None:
    bob, _ = agents
    at = change(engine, bob, status="resolved")
    session.execute(update(OutboxMessage).where(OutboxMessage.kind == "status").values(state="sent"))
    session.commit()
    take_back(engine, bob, at)
    assert row(session).status == "open"
    assert session.scalars(select(OutboxMessage.state).where(OutboxMessage.kind == "status").order_by(OutboxMessage.id)).all() == [
        "sent", "queued",
    ]  # fmt: skip


def test_a_resolved_ticket_that_is_resolved_again_by_undoing_has_its_old_time(
    engine: Engine, session: Session, agents: tuple[Viewer, Viewer]
) -> None:
    bob, _ = agents
    change(engine, bob, status="resolved")
    resolved_at = row(session).resolved_at
    take_back(engine, bob, change(engine, bob, status="open"))
    assert (row(session).status, row(session).resolved_at) == ("resolved", resolved_at)


def test_only_ones_own_changes_of_that_moment_and_not_for_long(
    engine: Engine, session: Session, agents: tuple[Viewer, Viewer]
) -> None:
    bob, dora = agents
    at = change(engine, bob, priority="high")
    assert take_back(engine, dora, at) == []
    assert take_back(engine, bob, at + timedelta(microseconds=1)) == []
    with pytest.raises(Refused, match="too late"):
        take_back(engine, bob, datetime.now(UTC) - timedelta(minutes=11))
    assert row(session).priority == "high"
    assert session.scalars(select(Event).where(Event.kind == "undone")).all() == []
