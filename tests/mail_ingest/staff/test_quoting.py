"""What stands quoted in an agent's answer: the requester's own words, and never our notice, a note or somebody's reply address."""

from __future__ import annotations

import pytest

from tests.letters import letter, quoted
from tests.mail_ingest.staff.world import BOB, US, World

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
    for text in (f"Write to {token} at once.", f"Write to {token}.", f"Take <{token.replace('+', '%2B')}?subject=x> it."):
        row = world.bob_writes(number, text)
        assert (row.state, "reply address" in str(row.held_reason)) == ("held", True)
    assert world.said(number) == []


def test_a_citation_from_elsewhere_is_posted_as_it_was_typed(world: World) -> None:
    number = world.alice_writes(ASKED)
    text = "The log says:\n\n> ERROR 500\n> no water\n\nThat is it."
    world.bob_writes(number, text)
    assert world.said(number) == [("public", text)]


@pytest.mark.parametrize(
    "link",
    [
        "{base}/ticket/ELM-001?key=abcdefgh",
        "{bare}/ticket/elm-001?a=b&amp;key=abcdefgh",
        "https://scan.example/?url=https%3A%2F%2F{bare}%2Fticket%2FELM-001%3Fkey%3Dabcdefgh",
        "{base}/confirm-mail/abcdefgh",
        "{base}/unsubscribe/abcdefgh",
        "{base}/admin/ticket/ELM-001",
    ],
)
def test_a_link_that_is_somebodys_key_holds_a_public_answer_and_may_stand_in_a_note(world: World, link: str) -> None:
    number = world.alice_writes(ASKED)
    base = world.tools.house.settings.base_url
    text = "Look at " + link.format(base=base, bare=base.partition("://")[2])
    row = world.bob_writes(number, text)
    assert (row.state, "link of ours" in str(row.held_reason), world.said(number)) == ("held", True, [])
    assert world.bob_writes(number, f"#note\n{text}").state == "comment"


def test_the_plain_address_of_the_ticket_is_no_key(world: World) -> None:
    number = world.alice_writes(ASKED)
    assert world.bob_writes(number, f"It is {world.tools.house.settings.base_url}/ticket/ELM-001.").state == "comment"


def test_a_forward_answers_with_no_key_either(world: World) -> None:
    number = world.alice_writes(ASKED)
    forward = "\n\n---------- Forwarded message ---------\nFrom: Charlie <charlie@example.org>\nSubject: Help\n\nIt burns too."
    fields = {"authentication_results": "mx.help.test; dkim=pass header.d=help.test"}
    for raw in (
        letter(BOB, US, "Fwd: Help", f"#reply\nWrite to {world.token(number)}.{forward}", **fields),
        letter(BOB, US, "Hello", f"#requester charlie@example.org\n\nWrite to {world.token(number)}.", **fields),
    ):
        row = world.arrives(raw)
        assert (row.state, "reply address" in str(row.held_reason)) == ("held", True), row.trace


def test_the_rest_of_a_quoted_note_goes_with_it_or_holds_the_mail(world: World) -> None:
    number = world.alice_writes(ASKED)
    world.bob_writes(number, "She never pays. Monday last week, I told her so, do not tell.", note=True)
    head, tail = "#reply\n> It burns since Monday.\nUse water.\n> She never pays.\n", "\n> What shall I do?\nWait."
    unsure = world.bob_writes(number, f"{head}Monday last week, and so on.{tail}", note=True)
    assert (unsure.state, "rest of a quoted note" in str(unsure.held_reason)) == ("held", True)
    assert world.bob_writes(number, f"{head}Monday last week, I told her so, do not tell.{tail}", note=True).state == "comment"
    assert world.said(number)[1:] == [("public", "> It burns since Monday.\nUse water.\n\n> What shall I do?\nWait.")]
