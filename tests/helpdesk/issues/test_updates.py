"""Followers of a known issue get one mail when its public state changes, and no more than what is public."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from helpdesk import db, participants, people, tickets, upvotes
from helpdesk.issues import updates
from helpdesk.models import Fact, OutboxMessage, ParticipantRole, Person, PersonAddress, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket


@pytest.fixture
def issue(engine: Engine) -> Engine:
    """alice's ticket is a known issue; charlie and mallory said "me too", and so did alice and the agent bob."""
    with db.transaction(engine) as session:
        alice = people.find_or_make(session, "alice@example.com", "Alice")
        ticket = tickets.open_ticket(session, NewTicket("Printers burn", "Mine too.", alice, Source.EMAIL), SYSTEM)
        tickets.edit(session, ticket, SYSTEM, is_public=True)
        session.execute(update(PersonAddress).values(verified_at=PersonAddress.created_at))
        people.add_user(session, "bob@help.test", "Bob", "agent")
        for address in ("alice@example.com", "bob@help.test", "charlie@example.org", "mallory@example.net"):
            follow(engine, address, session)
    return engine


def follow(engine: Engine, address: str, session: Session, *, proved: bool = True) -> Person:
    person = people.find_or_make(session, address)
    upvotes.add(session, 1, person, viewer_of(person, Via.WEB))
    if proved:
        one = update(PersonAddress).where(PersonAddress.person_id == person.id)
        session.execute(one.values(verified_at=PersonAddress.created_at))
    return person


def to(engine: Engine, status: str, **more: object) -> None:
    with db.transaction(engine) as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        tickets.change_status(session, ticket, status, SYSTEM)
        tickets.edit(session, ticket, SYSTEM, **more)


def written(engine: Engine) -> list[tuple[str, str]]:
    """Write what is due, then (recipient, status) of all mails to followers so far."""
    for _ in range(20):
        with db.transaction(engine) as session:
            if not updates.write_due(session):
                break
    with db.transaction(engine) as session:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "issue_update").order_by(OutboxMessage.id))
        return [(one.recipient.partition("@")[0], one.data["status"]) for one in rows]


def minutes_later(engine: Engine, minutes: int) -> None:
    with db.transaction(engine) as session:
        session.execute(update(OutboxMessage).values(created_at=OutboxMessage.created_at - timedelta(minutes=minutes)))


def pending(engine: Engine) -> int:
    with db.transaction(engine) as session:
        return len(session.scalars(select(Fact.name).where(Fact.name.startswith("issue update"))).all())


def test_each_follower_with_a_proved_address_gets_one_mail_but_not_the_requester_and_no_agent(issue: Engine) -> None:
    with db.transaction(issue) as session:
        follow(issue, "erin@example.com", session, proved=False)
    to(issue, "resolved")
    assert written(issue) == [("charlie", "resolved"), ("mallory", "resolved")]
    assert written(issue) == [("charlie", "resolved"), ("mallory", "resolved")], "said once"
    assert pending(issue) == 0


def test_what_changes_within_ten_minutes_is_told_once_and_as_it_is_then(issue: Engine) -> None:
    to(issue, "resolved")
    assert len(written(issue)) == 2
    to(issue, "open")
    to(issue, "closed")
    assert (len(written(issue)), pending(issue)) == (2, 1)
    minutes_later(issue, 11)
    assert written(issue)[2:] == [("charlie", "closed"), ("mallory", "closed")]
    assert pending(issue) == 0


def test_a_new_follower_does_not_wait_for_those_who_do(issue: Engine) -> None:
    to(issue, "resolved")
    written(issue)
    to(issue, "open")
    with db.transaction(issue) as session:
        follow(issue, "erin@example.com", session)
    assert written(issue)[2:] == [("erin", "open")]


@pytest.mark.parametrize(
    "change", [{"priority": "high"}, {"tags": ["vip"]}, {"type": "bug"}, {"is_public": True}, {"status": "in_progress"}]
)
def test_what_is_no_news_for_the_public_is_not_told(issue: Engine, change: dict[str, object]) -> None:
    to(issue, str(change.pop("status", "open")), **change)
    assert written(issue) == []


def test_a_new_title_is_told(issue: Engine) -> None:
    to(issue, "open", title="Printers of 2026 burn")
    assert [who for who, _ in written(issue)] == ["charlie", "mallory"]


def test_nothing_is_told_of_what_is_no_known_issue(issue: Engine) -> None:
    to(issue, "open", is_public=False)
    to(issue, "resolved")
    assert (written(issue), pending(issue)) == ([], 0)


def test_what_waits_is_never_sent_once_it_is_no_known_issue_any_more(issue: Engine) -> None:
    to(issue, "resolved")
    written(issue)
    to(issue, "open", is_public=False)
    with db.transaction(issue) as session:
        states = session.scalars(select(OutboxMessage.state).where(OutboxMessage.kind == "issue_update")).all()
    assert (set(states), len(written(issue)), pending(issue)) == ({"cancelled"}, 2, 0)


def test_whoever_changed_it_whoever_unsubscribed_and_who_was_disabled_are_not_told(issue: Engine) -> None:
    with db.transaction(issue) as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        charlie = people.find_or_make(session, "charlie@example.org")
        participants.mute(session, ticket, charlie, viewer_of(charlie, Via.WEB))
        follow(issue, "erin@example.com", session).active = False
        people.find_or_make(session, "mallory@example.net").role = "customer"
        ticket.requester = people.find_or_make(session, "mallory@example.net")
    with db.transaction(issue) as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        alice = people.find_or_make(session, "alice@example.com")
        participants.join(session, 1, alice, ParticipantRole.REQUESTER)
        tickets.change_status(session, ticket, "resolved", viewer_of(alice, Via.WEB))
    assert written(issue) == []
    with db.transaction(issue) as session:
        assert session.get_one(Ticket, 1).upvotes == 5, "unsubscribing takes no vote back"


def test_saying_me_too_anew_follows_anew(issue: Engine) -> None:
    with db.transaction(issue) as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        charlie = people.find_or_make(session, "charlie@example.org")
        by = viewer_of(charlie, Via.WEB)
        participants.mute(session, ticket, charlie, by)
        upvotes.remove(session, 1, charlie, by)
        upvotes.add(session, 1, charlie, by)
    to(issue, "resolved")
    assert sorted(who for who, _ in written(issue)) == ["charlie", "mallory"]


def test_many_are_told_in_batches_each_once(issue: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "AT_ONCE", 3)
    with db.transaction(issue) as session:
        for number in range(5):
            follow(issue, f"user{number}@example.com", session)
    to(issue, "resolved")
    with db.transaction(issue) as session:
        assert updates.write_due(session) == 3
    to(issue, "closed")
    assert sorted(written(issue)) == sorted(
        [("charlie", "resolved"), ("mallory", "resolved"), ("user0", "resolved")]
        + [(f"user{one}", "closed") for one in range(1, 5)]
    )
    assert pending(issue) == 1
