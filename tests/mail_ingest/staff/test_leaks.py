"""An agent's own data stays with the agent: signatures are cut, what may be one is asked about once, and nothing is lost."""

from __future__ import annotations

import pytest

from helpdesk import canned, people
from helpdesk.models import Comment, Person
from helpdesk.staff import preferences
from tests.mail_ingest.staff.world import World

BLOCK = "Bob Builder\nBuilder Ltd, Berlin\nwww.builder.example"
ANSWER = f"Use water.\n\n{BLOCK}"


def prefers(world: World, **wanted: object) -> None:
    with world.session() as session:
        preferences.keep(bob(session), wanted)


def bob(session: object) -> Person:
    person = people.person_at(session, "bob@help.test")  # type: ignore[arg-type]
    assert person is not None
    return person


def test_the_stored_signature_is_cut_and_kept_for_staff(world: World) -> None:
    number = world.alice_writes()
    prefers(world, signature=BLOCK)
    row = world.bob_writes(number, ANSWER)
    assert (row.state, world.said(number)) == ("comment", [("public", "Use water.")])
    with world.session() as session:
        assert session.get_one(Comment, row.comment_id).signature == BLOCK


def test_a_note_keeps_it(world: World) -> None:
    number = world.alice_writes()
    prefers(world, signature=BLOCK)
    world.bob_writes(number, f"#note\n{ANSWER}")
    assert [kind for kind, _ in world.said(number)] == ["note"]


def test_what_may_be_a_signature_holds_the_mail_and_is_asked_about(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, f"#resolved\n\n{ANSWER}")
    assert (row.state, row.held_number, world.ticket(number).status, world.said(number)) == ("held", 14, "open", [])
    assert world.last("maybe_signature").data == {"block": BLOCK, "text": f"#resolved\n\n{ANSWER}"}


def test_send_cuts_it_and_it_is_not_asked_again(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, ANSWER)
    world.bob_writes(number, "#send", to=world.last("maybe_signature"))
    assert world.again(row).state == "comment"
    assert world.bob_writes(number, f"And sand.\n\n{BLOCK}").state == "comment"
    assert world.said(number) == [("public", "Use water."), ("public", "And sand.")]
    with world.session() as session:
        assert preferences.of(bob(session)).signature == BLOCK


def test_send_whole_sends_it_and_it_is_not_asked_again(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, ANSWER)
    world.bob_writes(number, "#send whole", to=world.last("maybe_signature"))
    assert world.again(row).state == "comment"
    world.bob_writes(number, f"And sand.\n\n{BLOCK}")
    assert world.said(number) == [("public", ANSWER), ("public", f"And sand.\n\n{BLOCK}")]


def test_what_is_thrown_away_is_not_posted(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, ANSWER)
    world.bob_writes(number, "#discard", to=world.last("maybe_signature"))
    assert (world.again(row).state, world.said(number)) == ("dropped", [])


def test_the_agents_own_address_is_asked_about_and_another_is_not(world: World) -> None:
    number = world.alice_writes()
    assert world.bob_writes(number, "Write to sales@example.net.").state == "comment"
    assert world.bob_writes(number, "Write to bob@help.test.").held_number == 14


def test_a_tail_that_three_mails_shared_is_cut_from_the_fourth(world: World) -> None:
    number = world.alice_writes()
    ends = "Bob Builder, your friendly neighbour\n+49 30 123456"
    with world.session() as session:
        for text in ("Yes.", "No.", "Maybe."):
            preferences.learn(bob(session), tail=f"{text}\n\n{ends}")
    world.bob_writes(number, f"Use water.\n\n{ends}")
    assert world.said(number) == [("public", "Use water.")]


# --- a signature and nothing else but commands

OTHER = "Bob Builder\nfrom the road\n+49 171 1234567"


@pytest.mark.parametrize("text", ["#resolved", "#take", "#note\n#take", "#discard"])
def test_below_commands_the_stored_signature_is_no_message(world: World, text: str) -> None:
    number = world.alice_writes()
    prefers(world, signature=BLOCK)
    row = world.bob_writes(number, f"{text}\n\n{BLOCK}")
    assert (row.state, world.said(number)) == ("command", [])


def test_below_a_canned_response_it_is_no_text(world: World) -> None:
    number = world.alice_writes()
    prefers(world, signature=BLOCK)
    with world.session() as session:
        canned.create(session, world.viewer(session), title="Refund", shortcut="refund", content="You get it back.")
    world.bob_writes(number, f"#macro refund\n\n{BLOCK}")
    assert world.said(number) == [("public", "You get it back.")]


def test_commands_between_the_answer_and_the_signature_stand_last(world: World) -> None:
    number = world.alice_writes()
    prefers(world, signature=BLOCK)
    row = world.bob_writes(number, f"Use water.\n\n#resolved\n\n{BLOCK}")
    assert (row.state, world.ticket(number).status, world.said(number)) == ("comment", "resolved", [("public", "Use water.")])


def test_below_commands_what_may_be_a_signature_is_asked_about(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, f"#resolved\n\n{BLOCK}")
    assert (row.held_number, world.said(number), world.ticket(number).status) == (14, [], "open")
    world.bob_writes(number, "#send", to=world.last("maybe_signature"))
    assert (world.again(row).state, world.said(number), world.ticket(number).status) == ("command", [], "resolved")


@pytest.mark.parametrize("named", [True, False])
def test_the_answer_to_the_question_may_end_with_the_very_block(world: World, named: bool) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, ANSWER)
    question = world.last("maybe_signature")
    assert world.bob_writes(number, f"#send\n\n{BLOCK}", to=question if named else None).state == "command"
    assert (world.again(row).state, world.said(number)) == ("comment", [("public", "Use water.")])


def test_a_mail_that_is_only_the_signature_is_asked_about_and_sent_when_it_was_meant(world: World) -> None:
    number = world.alice_writes()
    prefers(world, signature=BLOCK)
    row = world.bob_writes(number, BLOCK)
    assert (row.held_number, world.said(number)) == (14, [])
    world.bob_writes(number, "#send whole", to=world.last("maybe_signature"))
    assert (world.again(row).state, world.said(number)) == ("comment", [("public", BLOCK)])


def test_the_block_of_a_second_device_is_asked_about_once(world: World) -> None:
    number = world.alice_writes()
    prefers(world, signature=BLOCK)
    row = world.bob_writes(number, f"Use water.\n\n{OTHER}")
    world.bob_writes(number, "#send", to=world.last("maybe_signature"))
    assert world.again(row).state == "comment"
    world.bob_writes(number, f"And sand.\n\n{OTHER}")
    assert world.said(number) == [("public", "Use water."), ("public", "And sand.")]
    with world.session() as session:
        assert preferences.of(bob(session)).signature == BLOCK


def test_a_block_that_is_to_be_sent_is_not_cut_because_all_mails_share_it(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, f"One.\n\n{OTHER}")
    world.bob_writes(number, "#send whole", to=world.last("maybe_signature"))
    world.again(row)
    for text in ("Two.", "Three.", "Four.", "Five."):
        world.bob_writes(number, f"{text}\n\n{OTHER}")
    assert [text for _, text in world.said(number)] == [f"{one}\n\n{OTHER}" for one in ("One.", "Two.", "Three.", "Four.", "Five.")]


def test_what_a_page_saved_meanwhile_is_kept(world: World) -> None:
    with world.session() as mail:
        one = bob(mail)
        assert preferences.of(one).undo_minutes == 0
        prefers(world, undo_minutes=7)
        preferences.learn(one, tail="Bob")
        preferences.keep(one, {"signature": BLOCK})
    with world.session() as session:
        assert (preferences.of(bob(session)).undo_minutes, preferences.learned(bob(session)).tails) == (7, ("Bob",))
