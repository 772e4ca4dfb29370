"""`#undo`: whole within the undo time, afterwards what was changed; and receipts, which say until when."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from helpdesk.models import OutboxMessage
from tests.letters import letter
from tests.mail_ingest.staff.world import BOB, JUDGE, US, World


def leave(world: World) -> None:
    """Every mail that waits has left."""
    with world.session() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.state == "queued").values(state="sent"))


def test_within_the_undo_time_an_answer_is_taken_back_whole(world: World) -> None:
    world.prefers(undo_minutes=5)
    number = world.alice_writes()
    world.bob_writes(number, "#resolved\n#tag fire\n\nPut it out.")
    (reply,) = world.mails("reply")
    assert (reply.state, reply.due_at > reply.created_at) == ("queued", True)
    assert "reply #undo to take it back" in world.lines()
    row = world.bob_writes(number, "#undo", to=world.last("receipt"))
    ticket = world.ticket(number)
    assert (row.state, world.said(number), ticket.status, ticket.tags) == ("command", [], "open", [])
    assert [one.state for one in world.mails("reply")] == ["cancelled"]
    assert world.lines().startswith("Taken back\nYour answer is taken back: nobody got it.")


def test_later_only_what_was_changed_is_taken_back_and_bob_is_told_that_the_mail_has_left(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#priority high\n#known on\n\nPut it out.")
    leave(world)
    world.bob_writes(number, "#undo")
    ticket = world.ticket(number)
    assert (ticket.priority, ticket.is_public, world.said(number)) == ("medium", False, [("public", "Put it out.")])
    assert "The mail has left" in world.lines()


@pytest.mark.parametrize(
    "text", ["#resolved", "#take", "#priority high", "#type bug", "#tag a", "#subject New", "#known on", "#snooze 3d", "#spam"]
)
def test_bare_commands_are_taken_back(world: World, text: str) -> None:
    number = world.alice_writes()
    before = world.ticket(number)
    world.bob_writes(number, text)
    world.bob_writes(number, "#undo")
    after = world.ticket(number)
    for name in ("status", "assignee_id", "priority", "type", "tags", "title", "is_public", "snoozed_until", "closed_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert world.lines().startswith("Taken back")


def test_an_answer_with_a_forward_is_taken_back_too(world: World) -> None:
    world.prefers(undo_minutes=5)
    proof = {"authentication_results": f"{JUDGE}; dkim=pass header.d=help.test"}
    block = "---------- Forwarded message ---------\nFrom: Jane <jane@example.org>\nDate: Wed, May 3, 2023\nSubject: Printer\n\nIt burns."
    row = world.arrives(letter(BOB, US, "Fwd: Printer", f"#reply\n#tag fire\nUse water.\n\n{block}", **proof))
    assert (row.state, row.ticket_number) == ("ticket", 1)
    told = world.last("opened_for")
    assert told.data["leaves"].endswith("UTC")
    world.bob_writes(1, "#undo", to=told)
    assert (world.said(1), world.ticket(1).tags, [one.state for one in world.mails("reply")]) == ([], [], ["cancelled"])
    assert world.lines().startswith("Taken back\n")
    assert "The ticket stays." in world.lines()


@pytest.mark.parametrize("text", ["#cc charlie@example.org", "#requester charlie@example.org", "#mute"])
def test_what_cannot_be_taken_back_is_said(world: World, text: str) -> None:
    number = world.alice_writes()
    world.bob_writes(number, text)
    world.bob_writes(number, "#undo")
    assert f"Not taken back: {text}" in world.lines()


def test_what_somebody_else_changed_since_stays(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#priority high\n#type bug")
    world.changes(number, priority="critical")
    world.bob_writes(number, "#undo")
    assert (world.ticket(number).priority, world.ticket(number).type) == ("critical", "other")


def test_the_last_mail_that_changed_something_is_meant_and_only_once(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#priority high")
    world.bob_writes(number, "#show")
    world.bob_writes(number, "#undo")
    assert world.ticket(number).priority == "medium"
    world.bob_writes(number, "#undo")
    assert world.lines().startswith("Nothing was done")
    assert world.ticket(number).priority == "medium"


def test_the_receipt_names_the_mail_that_is_meant(world: World) -> None:
    world.prefers(receipts="commands")
    number = world.alice_writes()
    world.bob_writes(number, "#priority high")
    receipt = world.last("receipt")
    world.bob_writes(number, "#type bug")
    world.bob_writes(number, "#undo", to=receipt)
    assert (world.ticket(number).priority, world.ticket(number).type) == ("medium", "bug")


def test_a_colleague_takes_nothing_of_bobs_back(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#priority high")
    world.bob_writes(number, "#undo", sender="Dora <dora@help.test>")
    assert world.ticket(number).priority == "high"
    assert "There is no mail of yours" in world.lines()


def test_a_note_stays(world: World) -> None:
    world.prefers(undo_minutes=5)
    number = world.alice_writes()
    world.bob_writes(number, "#note\n#priority high\nShe pays.")
    world.bob_writes(number, "#undo")
    assert (world.said(number), world.ticket(number).priority) == ([("note", "She pays.")], "medium")
    assert "Your note stays" in world.lines()
