"""Splitting: a matter of its own gets its own ticket, nothing is lost, and nobody reads what was not theirs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from helpdesk import attachments, comments, conversation, db, participants, people, tickets
from helpdesk.attachments import File
from helpdesk.comments import NewComment
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.models import Attachment, Comment, Event, OutboxMessage, Source, Ticket, TicketLink
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.reshaping import split
from helpdesk.storage import Storage
from helpdesk.tickets import NewTicket


@pytest.fixture
def bob(engine: Engine) -> Viewer:
    """bob; alice's ticket 1 with carl in copy, and dora, who hears of whatever is new."""
    with db.transaction(engine) as session:
        people.add_user(session, "dora@help.test", "Dora", "admin")
        alice = people.find_or_make(session, "alice@example.com", "Alice")
        made = tickets.open_ticket(
            session, NewTicket("Smoke", "It smokes.", alice, Source.EMAIL, priority="high"), viewer_of(alice, Via.EMAIL)
        )
        participants.add_cc(session, made, [people.find_or_make(session, "carl@example.com", "Carl")], SYSTEM)
        return viewer_of(people.add_user(session, "bob@help.test", "Bob", "agent"), Via.WEB)


def say(engine: Engine, who: str, text: str, **more: Any) -> int:
    """A message of somebody on ticket 1, whoever they are; gives its number."""
    with db.transaction(engine) as session:
        person = people.find_or_make(session, who)
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        new = NewComment(text, Source.EMAIL, person, person.address, by_staff=person.is_staff, **more)
        return comments.add_comment(session, ticket, new, SYSTEM).id


def split_off(engine: Engine, by: Viewer, *chosen: int, **options: Any) -> int:
    with db.transaction(engine) as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        return split.split(session, ticket, chosen, by, **options).number


def mails(session: Session) -> int:
    return len(session.scalars(select(OutboxMessage.id)).all())


def test_a_message_becomes_a_ticket_of_its_author_and_stays_readable(engine: Engine, session: Session, bob: Viewer) -> None:
    said = say(engine, "carl@example.com", "By the way, the door squeaks.")
    before = mails(session)
    number = split_off(engine, bob, said, title="The door squeaks")
    made = session.get_one(Ticket, number)
    comment = session.get_one(Comment, said)
    assert (made.title, made.description, made.requester.address) == (
        "The door squeaks",
        "By the way, the door squeaks.",
        "carl@example.com",
    )
    assert (made.priority, made.status, made.assignee_id, made.waiting_on) == ("high", "open", None, "us")
    assert made.created_at == made.waiting_since == comment.created_at  # who asked has waited since then
    assert (comment.ticket_number, comment.state) == (1, "posted")
    assert [one.person.address for one in participants.of(session, number)] == ["carl@example.com"]
    link = session.scalars(select(TicketLink)).one()
    assert (link.ticket_number, link.other_number, link.kind) == (number, 1, "split_from")
    events = session.scalars(select(Event).where(Event.kind.in_(("split_off", "split_from"))).order_by(Event.id)).all()
    assert [(one.ticket_number, one.data["ticket"]) for one in events] == [(1, number), (number, 1)]
    assert split.moved(events) == {said: number}
    assert mails(session) == before


def test_told_means_its_requester_gets_the_number_and_nobody_else(engine: Engine, session: Session, bob: Viewer) -> None:
    said = say(engine, "alice@example.com", "And the door squeaks.")
    before = mails(session)
    number = split_off(engine, bob, said, tell=True)
    row = session.scalars(select(OutboxMessage).where(OutboxMessage.ticket_number == number)).one()
    assert (row.recipient, row.kind) == ("alice@example.com", "acknowledgement")
    assert mails(session) == before + 1


def test_what_belongs_to_it_comes_along_in_its_order(engine: Engine, session: Session, bob: Viewer) -> None:
    chosen = [
        say(engine, "alice@example.com", "The door squeaks.", trimmed="> what carl wrote"),
        say(engine, "bob@help.test", "Which door?"),
        say(engine, "bob@help.test", "It is always the door.", internal=True),
        say(engine, "alice@example.com", "The green one."),
    ]
    number = split_off(engine, bob, *chosen)
    made = session.get_one(Ticket, number)
    talk = conversation.read(session, bob, made)
    assert made.title == "Smoke"
    assert [(one.content, one.internal, one.trimmed) for one in talk.messages] == [
        ("Which door?", False, ""), ("It is always the door.", True, ""), ("The green one.", False, ""),
    ]  # fmt: skip
    assert (made.status, made.waiting_on) == ("in_progress", "us")
    assert made.first_response_at == session.get_one(Comment, chosen[1]).created_at
    alice = viewer_of(made.requester, Via.WEB)
    assert [one.content for one in conversation.read(session, alice, made).messages] == ["Which door?", "The green one."]


def test_files_go_along_as_copies(engine: Engine, session: Session, bob: Viewer, settings: Any) -> None:
    storage = Storage(settings.data_dir / "files")
    said = say(engine, "alice@example.com", "See the picture.")
    with db.transaction(engine) as own:
        attachments.attach(own, 1, said, attachments.store(storage, [File("door.png", "image/png", b"\x89PNG", True, "pic")]))
    with split.copied(storage, split.files_of(session, session.get_one(Ticket, 1), [said])) as files:
        number = split_off(engine, bob, said, files=files)
    old, new = session.scalars(select(Attachment).order_by(Attachment.ticket_number)).all()
    assert (new.ticket_number, new.comment_id, new.filename, new.content_id) == (number, None, "door.png", "pic")
    assert new.storage_key != old.storage_key
    assert storage.get(new.storage_key) == storage.get(old.storage_key) == b"\x89PNG"


def test_the_title_of_a_ticket_is_not_shown_to_who_takes_no_part_in_it(engine: Engine, session: Session, bob: Viewer) -> None:
    said = say(engine, "mallory@example.com", "My own matter.\nIt is long.")
    assert session.get_one(Ticket, split_off(engine, bob, said)).title == "My own matter."


def _nothing(engine: Engine) -> tuple[int, ...]:
    return ()


def _two_people(engine: Engine) -> tuple[int, ...]:
    return say(engine, "alice@example.com", "Mine."), say(engine, "carl@example.com", "His.")


def _only_ours(engine: Engine) -> tuple[int, ...]:
    return (say(engine, "bob@help.test", "Ours."),)


def _pending(engine: Engine) -> tuple[int, ...]:
    return (say(engine, "mallory@example.com", "Hers.", pending_because="odd"),)


def _answer_before_joining(engine: Engine) -> tuple[int, ...]:
    answer = say(engine, "bob@help.test", "To alice and carl.")
    with db.transaction(engine) as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        participants.add_cc(session, ticket, [people.find_or_make(session, "eve@example.com")], SYSTEM)
    return answer, say(engine, "eve@example.com", "Late.")


def _answer_to_others(engine: Engine) -> tuple[int, ...]:
    return say(engine, "bob@help.test", "To alice."), say(engine, "mallory@example.com", "A stranger's.")


@pytest.mark.parametrize("chosen", [_nothing, _two_people, _only_ours, _pending, _answer_before_joining, _answer_to_others])
def test_what_cannot_be_split(chosen: Any, engine: Engine, session: Session, bob: Viewer) -> None:
    numbers = chosen(engine)
    with pytest.raises(Refused):
        split_off(engine, bob, *numbers)
    assert session.scalars(select(Ticket.number)).all() == [1]


def test_a_message_of_another_ticket_is_not_there(engine: Engine, bob: Viewer) -> None:
    with pytest.raises(NotFound):
        split_off(engine, bob, 99)


def test_a_requester_splits_nothing(engine: Engine, session: Session, bob: Viewer) -> None:
    said = say(engine, "alice@example.com", "Mine.")
    alice = people.person_at(session, "alice@example.com")
    assert alice is not None
    with pytest.raises(NotAllowed):
        split_off(engine, viewer_of(alice, Via.WEB), said)
