"""The stale guard: a public answer waits when somebody wrote what its agent had not seen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.models import Event
from tests.letters import letter
from tests.mail_ingest.staff.world import CHARLIE, US, World


def newest(world: World) -> int:
    with world.session() as session:
        return max(session.scalars(select(Event.id).where(Event.ticket_number.is_not(None))))  # type: ignore[no-any-return]


def overtaken(world: World, text: str = "Still burning.") -> tuple[int, int]:
    """A ticket on which alice wrote something after the event that bob saw."""
    number = world.alice_writes()
    seen = newest(world)
    world.alice_writes(text, subject=f"[ELM-{number}]")
    return number, seen


def test_an_answer_to_what_is_no_longer_the_last_word_waits_and_the_difference_is_mailed(world: World) -> None:
    number, seen = overtaken(world)
    row = world.bob_writes(number, "#resolved\n\nIs it out?", seen=seen)
    assert (row.state, row.held_number, world.ticket(number).status) == ("held", 13, "open")
    difference = world.last("newer_message")
    assert [(one["author"], one["content"]) for one in difference.data["messages"]] == [("Alice", "Still burning.")]
    assert (difference.data["text"], difference.seen_event_id) == ("#resolved\n\nIs it out?", newest(world))
    assert [text for _, text in world.said(number)] == ["Still burning."]


def test_send_sends_it_whatever_came_before_but_not_what_came_since(world: World) -> None:
    number, seen = overtaken(world)
    row = world.bob_writes(number, "Is it out?", seen=seen)
    first = world.last("newer_message")
    world.alice_writes("It is out!", subject=f"[ELM-{number}]")
    world.bob_writes(number, "#send", to=first)
    assert world.again(row).state == "held"
    second = world.last("newer_message")
    assert [one["content"] for one in second.data["messages"]] == ["It is out!"]
    world.bob_writes(number, "#send", to=second)
    assert world.again(row).state == "comment"
    assert world.said(number)[-1] == ("public", "Is it out?")


def test_discard_and_an_answer_of_its_own_to_the_difference(world: World) -> None:
    number, seen = overtaken(world)
    row = world.bob_writes(number, "Is it out?", seen=seen)
    difference = world.last("newer_message")
    world.bob_writes(number, "Then use water.", to=difference, seen=difference.seen_event_id)
    assert "still waits" in world.lines()
    world.bob_writes(number, "#discard", to=difference)
    assert world.row(row.id).state == "dropped"
    assert [text for _, text in world.said(number)] == ["Still burning.", "Then use water."]


@pytest.mark.parametrize(
    ("text", "note"),
    [("She pays.", True), ("#note\nShe pays.", False), ("#take", False), ("#resolved\n#tag x", False)],
)
def test_notes_and_bare_commands_are_never_stale(world: World, text: str, note: bool) -> None:
    number, seen = overtaken(world)
    assert world.bob_writes(number, text, note=note, seen=seen).state in ("comment", "command")


def merged(world: World, number: int, into: int, who: str = "dora") -> None:
    world.bob_writes(number, f"#merge ELM-{into}", sender=f"{who} <{who}@help.test>")


@pytest.mark.parametrize("who", ["dora", "bob"])
@pytest.mark.parametrize("answered", ["the ticket that is gone", "the ticket that stays"])
def test_after_a_merge_an_answer_to_one_of_them_waits_since_both_would_get_it(world: World, who: str, answered: str) -> None:
    gone, stays = world.alice_writes(), world.arrives(letter(CHARLIE, US, "Scanner", "It hums.")).ticket_number
    assert stays is not None
    seen = newest(world)
    merged(world, gone, stays, who)
    row = world.bob_writes(gone if answered == "the ticket that is gone" else stays, "Dear Alice, your password is x.", seen=seen)
    assert (row.state, row.held_number, row.ticket_number, world.said(stays)) == ("held", 13, stays, [])
    difference = world.last("newer_message")
    assert difference.data["changes"] == [
        "ELM-001 was merged into ELM-002.",
        "Your answer goes to Charlie <charlie@example.org>, Alice <alice@example.com>.",
    ]
    world.bob_writes(stays, "#send", to=difference)
    assert world.again(row).state == "comment"
    assert world.said(stays) == [("public", "Dear Alice, your password is x.")]


def test_after_the_requester_changed_an_answer_waits_unless_its_agent_changed_it(world: World) -> None:
    number = world.alice_writes()
    seen = newest(world)
    world.bob_writes(number, "#requester charlie@example.org", sender="Dora <dora@help.test>")
    row = world.bob_writes(number, "Dear Alice, your password is x.", seen=seen)
    assert (row.state, row.held_number) == ("held", 13)
    assert world.last("newer_message").data["changes"][0] == (
        "The requester is charlie@example.org now, no longer alice@example.com."
    )
    number = world.alice_writes(subject="Another")
    seen = newest(world)
    world.bob_writes(number, "#requester charlie@example.org", seen=seen)
    assert world.bob_writes(number, "Dear Charlie, use water.", seen=seen).state == "comment"


def test_an_answer_to_what_came_after_the_merge_waits_for_nothing(world: World) -> None:
    gone, stays = world.alice_writes(), world.alice_writes(subject="Another")
    merged(world, gone, stays)
    assert world.bob_writes(stays, "Use water.").state == "comment"


def test_thanks_stop_nothing(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#resolved\n\nUse water.")
    seen = newest(world)
    world.alice_writes("Thanks!", subject=f"[ELM-{number}]")
    assert world.bob_writes(number, "And sand.", seen=seen).state == "comment"


def test_what_bob_wrote_himself_what_a_robot_wrote_and_notes_stop_nothing(world: World) -> None:
    number = world.alice_writes()
    seen = newest(world)
    world.bob_writes(number, "First.", seen=seen)
    world.bob_writes(number, "A note.", note=True, sender="Dora <dora@help.test>")
    world.alice_writes("I am away.", subject=f"[ELM-{number}]", auto_submitted="auto-replied")
    assert world.bob_writes(number, "Second.", seen=seen).state == "comment"


def test_a_colleagues_answer_counts(world: World) -> None:
    number = world.alice_writes()
    seen = newest(world)
    world.bob_writes(number, "Use water.", sender="Dora <dora@help.test>")
    assert world.bob_writes(number, "Use sand.", seen=seen).state == "held"
    assert world.last("newer_message").data["messages"][0]["author"] == "Dora"


def test_without_a_token_that_says_so_the_mail_that_is_answered_does(world: World) -> None:
    number = world.alice_writes()
    notification = next(one for one in world.mails("new_ticket") if one.recipient == "bob@help.test")
    world.alice_writes("Still burning.", subject=f"[ELM-{number}]")
    assert world.bob_writes(number, "Is it out?", seen=0, to=notification).state == "held"
    assert world.bob_writes(number, "Is it out?", seen=0).state == "comment", "nobody knows what he had seen"
