"""Messages on a ticket: what each does to it, who is told, and what a viewer sees of the conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk import comments, conversation, participants, people, tickets
from helpdesk.comments import NewComment
from helpdesk.errors import NotAllowed, Refused
from helpdesk.lists import search
from helpdesk.models import Comment, OutboxMessage, Participant, Person, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket


@pytest.fixture
def cast(session: Session) -> dict[str, Person]:
    bob = people.add_user(session, "bob@example.com", "Bob", "agent")
    dora = people.add_user(session, "dora@example.com", "Dora", "admin")
    found = {name: people.find_or_make(session, f"{name}@example.org", name.capitalize()) for name in ("alice", "carl", "mallory")}
    return {"bob": bob, "dora": dora, **found}


@pytest.fixture
def ticket(session: Session, cast: dict[str, Person]) -> Ticket:
    """alice's, carl in copy, assigned to bob; the mails about that are gone."""
    made = tickets.open_ticket(session, NewTicket("It burns", "Help", cast["alice"], Source.WEB), SYSTEM)
    participants.add_cc(session, made, [cast["carl"]], SYSTEM)
    tickets.assign(session, made, cast["bob"], SYSTEM)
    told(session)
    return made


def told(session: Session) -> dict[str, str]:
    """Who was told what since the last time."""
    session.info.clear()
    rows = session.scalars(select(OutboxMessage)).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return {row.recipient.partition("@")[0]: row.kind for row in rows}


def seen_by(person: Person) -> Viewer:
    return viewer_of(person, Via.WEB)


def say(session: Session, ticket: Ticket, person: Person, content: str = "Words", **options: Any) -> Comment:
    verb = {name: options.pop(name) for name in ("status", "already", "delay") if name in options}
    new = NewComment(content, Source.WEB, person, person.address, **options)
    made = comments.add_comment(session, ticket, new, seen_by(person), **verb)
    session.flush()
    session.refresh(ticket)
    return made


def test_an_agents_answer_counts_as_response_and_everybody_outside_is_told(
    session: Session, ticket: Ticket, cast: dict[str, Person]
) -> None:
    say(session, ticket, cast["bob"])
    assert (ticket.status, ticket.waiting_on, ticket.first_response_at is not None) == ("in_progress", "customer", True)
    assert told(session) == {"alice": "reply", "carl": "reply"}


def test_a_note_is_for_staff_and_changes_nothing(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    say(session, ticket, cast["bob"], "@dora look at this", internal=True)
    assert (ticket.status, ticket.waiting_on, ticket.first_response_at) == ("open", "us", None)
    assert told(session) == {"dora": "note"}
    with pytest.raises(NotAllowed):
        say(session, ticket, cast["alice"], internal=True)


def test_an_answer_that_resolves_is_one_mail(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    say(session, ticket, cast["bob"], status="resolved")
    assert (ticket.status, told(session)) == ("resolved", {"alice": "reply", "carl": "reply"})


@pytest.mark.parametrize("status", ["resolved", "closed"])
@pytest.mark.parametrize("name", ["alice", "carl"])
def test_a_reply_from_outside_reopens(session: Session, ticket: Ticket, cast: dict[str, Person], status: str, name: str) -> None:
    say(session, ticket, cast["bob"], status=status)
    told(session)
    say(session, ticket, cast[name])
    assert (ticket.status, ticket.waiting_on, ticket.resolved_at, ticket.closed_at) == ("in_progress", "us", None, None)
    other = {"alice": "carl", "carl": "alice"}[name]
    assert told(session) == {other: "participant_comment", "bob": "comment"}


def test_waiting_counts_from_the_first_unanswered_message(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    session.execute(update(Ticket).values(waiting_since=func.now() - timedelta(hours=3)))
    session.refresh(ticket)
    before = ticket.waiting_since
    say(session, ticket, cast["alice"], "still there?")
    assert ticket.waiting_since == before


def test_a_robots_answer_is_shown_and_counts_for_nothing(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    say(session, ticket, cast["bob"], status="resolved")
    told(session)
    say(session, ticket, cast["alice"], "I am on holiday", automatic=True)
    assert (ticket.status, ticket.waiting_on, told(session)) == ("resolved", "customer", {})


def test_who_has_the_mail_already_is_not_told_again(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    say(session, ticket, cast["alice"], already=["carl@example.org"])
    assert told(session) == {"bob": "comment"}


def test_a_pending_message_waits_for_staff(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    made = say(session, ticket, cast["alice"], "Is it a yak?", pending_because="the sender is not proved")
    assert (told(session), ticket.waiting_on) == ({}, "us")
    assert contents(session, ticket, cast["alice"]) == []
    assert contents(session, ticket, cast["bob"]) == ["Is it a yak?"]
    assert [found(session, "yak", with_notes=notes) for notes in (True, False)] == [[ticket.number], []]
    with pytest.raises(NotAllowed):
        comments.accept(session, ticket, made, seen_by(cast["alice"]))
    comments.accept(session, ticket, made, seen_by(cast["bob"]))
    assert told(session) == {"carl": "participant_comment"}
    assert contents(session, ticket, cast["alice"]) == ["Is it a yak?"]
    assert found(session, "yak", with_notes=False) == [ticket.number]
    with pytest.raises(Refused):
        comments.accept(session, ticket, made, seen_by(cast["bob"]))


def test_a_dropped_message_is_gone_for_everybody(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    made = say(session, ticket, cast["alice"], "spam", pending_because="the sender is not proved")
    comments.drop(session, ticket, made, seen_by(cast["bob"]))
    session.flush()
    assert [contents(session, ticket, cast[name]) for name in ("alice", "bob")] == [[], []]


@pytest.mark.parametrize("content", ["", "  \n", "\t"])
def test_an_empty_message_is_refused(session: Session, ticket: Ticket, cast: dict[str, Person], content: str) -> None:
    with pytest.raises(Refused):
        say(session, ticket, cast["bob"], content)


@pytest.mark.parametrize("name", ["mallory", "removed", "disabled"])
def test_who_does_not_take_part_says_nothing(session: Session, ticket: Ticket, cast: dict[str, Person], name: str) -> None:
    person = cast[{"mallory": "mallory", "removed": "carl", "disabled": "bob"}[name]]
    if name == "removed":
        participants.remove_cc(session, ticket, person, SYSTEM)
    if name == "disabled":
        person.active = False
    with pytest.raises(NotAllowed):
        say(session, ticket, person)


def test_a_note_that_was_accepted_stays_unfound_by_its_requester(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    made = say(session, ticket, cast["bob"], "zebra", internal=True, by_staff=False, pending_because="the sender is not proved")
    comments.accept(session, ticket, made, seen_by(cast["bob"]))
    assert [found(session, "zebra", with_notes=notes) for notes in (True, False)] == [[ticket.number], []]


def found(session: Session, words: str, *, with_notes: bool) -> list[int]:
    return list(session.scalars(search.matching(words, with_notes=with_notes)))


def contents(session: Session, ticket: Ticket, person: Person) -> list[str]:
    return [one.content for one in conversation.read(session, seen_by(person), ticket).messages]


def test_each_sees_their_part_of_the_conversation(session: Session, ticket: Ticket, cast: dict[str, Person]) -> None:
    first = say(session, ticket, cast["alice"], "first")
    say(session, ticket, cast["bob"], "note", internal=True)
    participants.add_cc(session, ticket, [cast["mallory"]], SYSTEM)
    # one transaction has one time: what was said before is moved back
    session.execute(update(Comment).where(Comment.id == first.id).values(created_at=func.now() - timedelta(hours=1)))
    session.execute(update(Ticket).values(created_at=func.now() - timedelta(hours=2)))
    session.execute(
        update(Participant).where(Participant.person_id == cast["carl"].id).values(joined_at=func.now() - timedelta(hours=2))
    )
    say(session, ticket, cast["bob"], "answer")
    session.expire_all()
    everything, public = ["first", "note", "answer"], ["first", "answer"]
    expected = {"bob": everything, "dora": everything, "alice": public, "carl": public, "mallory": ["answer"]}
    assert {name: contents(session, ticket, cast[name]) for name in expected} == expected
    opening = {name: conversation.read(session, seen_by(cast[name]), ticket).opening for name in expected}
    assert opening == {"bob": True, "dora": True, "alice": True, "carl": True, "mallory": False}
