"""An agent's own data stays with the agent: signatures are cut, what may be one is asked about once, and nothing is lost."""

from __future__ import annotations

from helpdesk import people
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
