"""What stands quoted in an agent's answer: the requester's own words, and never our notice, a note or somebody's reply address."""

from __future__ import annotations

from tests.letters import quoted
from tests.mail_ingest.staff.world import World

ASKED = "It burns since Monday.\n\nWhat shall I do?"
NOTICE = (
    f"Alice wrote on ELM-001: Printer\nYour reply goes to Alice as a public answer.\n\n{ASKED}\n\nOpen ELM-001: https://help.test/x"
)


def test_an_answer_between_the_lines_takes_the_question_along_and_not_the_notice(world: World) -> None:
    number = world.alice_writes(ASKED)
    text = quoted(NOTICE).replace("> What shall I do?", "> What shall I do?\n\nUse water.\n") + "\n\n#resolved"
    row = world.bob_writes(number, text)
    assert (row.state, world.ticket(number).status) == ("comment", "resolved")
    assert world.said(number) == [("public", "> It burns since Monday.\n>\n> What shall I do?\n\nUse water.")]


def test_a_note_is_not_quoted_to_the_requester_and_may_be_quoted_in_a_note(world: World) -> None:
    number = world.alice_writes(ASKED)
    world.bob_writes(number, "She never pays.", note=True)
    text = "> She never pays.\nShe has.\n> It burns since Monday.\nUse water."
    world.bob_writes(number, f"#note\n{text}")
    world.bob_writes(number, f"#reply\n{text}", note=True)
    assert world.said(number)[1:] == [("note", text), ("public", "She has.\n> It burns since Monday.\nUse water.")]


def test_a_reply_address_in_a_public_text_or_a_note_holds_the_mail(world: World) -> None:
    number = world.alice_writes(ASKED)
    token = world.token(number)
    for text in (f"Write to {token} at once.", f"Take <{token.replace('+', '%2B')}?subject=x> it."):
        row = world.bob_writes(number, text)
        assert (row.state, "reply address" in str(row.held_reason)) == ("held", True)
    assert world.said(number) == []


def test_a_citation_from_elsewhere_is_posted_as_it_was_typed(world: World) -> None:
    number = world.alice_writes(ASKED)
    text = "The log says:\n\n> ERROR 500\n> no water\n\nThat is it."
    world.bob_writes(number, text)
    assert world.said(number) == [("public", text)]
