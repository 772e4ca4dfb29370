"""What is asked back when a command cannot be taken back and nothing proves who wrote the mail."""

from __future__ import annotations

import pytest

from helpdesk.staff import own_held
from tests.mail_ingest.staff.world import World


def asked(world: World, number: int, text: str) -> None:
    row = world.bob_writes(number, text, proved=False)
    assert (row.state, row.held_number) == ("held", 12)


@pytest.mark.parametrize(
    "text", ["#known on", "#cc charlie@example.org", "#requester charlie@example.org", "#spam", "#merge ELM-1"]
)
def test_what_cannot_be_taken_back_is_done_at_once_where_the_sender_is_proved_and_asked_for_where_not(
    world: World, text: str
) -> None:
    world.alice_writes(subject="Another")
    number = world.alice_writes()
    told = world.told()
    asked(world, number, text)
    assert world.told() == [*told, ("confirm_commands", "bob@help.test")]
    assert world.last("confirm_commands").data["commands"] == [text]
    assert world.bob_writes(number, text).state == "command"


@pytest.mark.parametrize("text", ["#resolved", "#take", "#priority high", "#show", "Hello.", "#note\nHello."])
def test_all_else_an_agents_token_is_enough_for(world: World, text: str) -> None:
    number = world.alice_writes()
    assert world.bob_writes(number, text, proved=False).state in ("command", "comment")


def test_bad_lines_come_first_and_then_the_question(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, "#spam\n#resovled\n#note\nThird one.", proved=False)
    assert [one["text"] for one in world.last("command_error").data["problems"]] == ["#resovled"]
    world.bob_writes(number, "#closed", to=world.last("command_error"), proved=False)
    assert world.again(row).state == "held"
    assert world.last("confirm_commands").data["commands"] == ["#spam", "#status closed", "#note"]


def test_send_leaves_out_what_was_not_confirmed_and_discard_throws_all_away(world: World) -> None:
    number = world.alice_writes()
    first = world.bob_writes(number, "#known on\nHello.", proved=False)
    world.bob_writes(number, "#send", to=world.last("confirm_commands"), proved=False)
    assert world.again(first).state == "comment"
    assert (world.said(number), world.ticket(number).is_public) == ([("public", "Hello.")], False)
    second = world.bob_writes(number, "#known on\nHello.", proved=False)
    world.bob_writes(number, "#discard", to=world.last("confirm_commands"), proved=False)
    assert world.row(second.id).state == "dropped"


def test_confirmed_it_is_done_with_all_else(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, "#known on\n#resolved\n\nWe look into it.", proved=False)
    with world.session() as session:
        found = own_held.one(session, world.bob(session), row.id)
        assert found is not None
        own_held.process_again(session, found, world.viewer(session), confirmed=True)
    assert world.again(row).state == "comment"
    ticket = world.ticket(number)
    assert (ticket.is_public, ticket.status) == (True, "resolved")


def confirmed(world: World, number: int) -> None:
    with world.session() as session:
        found = own_held.one(session, world.bob(session), number)
        assert found is not None
        own_held.process_again(session, found, world.viewer(session), confirmed=True)


def test_what_was_confirmed_says_nothing_of_lines_that_came_since(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, "#merge ELM-99", proved=False)
    row = world.bob_writes(number, "#known on\n#assign nobody", proved=False)
    confirmed(world, row.id)
    assert world.again(row).held_number == 12
    world.bob_writes(number, "#requester mallory@example.net", to=world.last("command_error"), proved=False)
    assert world.again(row).state == "held"
    assert world.last("confirm_commands").data["commands"] == ["#known on", "#requester mallory@example.net"]
    assert world.people_of(number) == {"alice@example.com": "requester"}
    confirmed(world, row.id)
    assert world.again(row).state == "command"


@pytest.mark.parametrize(("mail", "reply", "state"), [(True, False, "held"), (False, True, "held"), (True, True, "command")])
def test_a_corrected_line_is_as_proved_as_the_weaker_of_the_mail_and_its_correction(
    world: World, mail: bool, reply: bool, state: str
) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, "#assign nobody", proved=mail)
    world.bob_writes(number, "#requester charlie@example.org", to=world.last("command_error"), proved=reply)
    assert world.again(row).state == state


def test_an_error_answer_tells_all_that_is_needed_to_go_on(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#resovled\n\nPut it out.")
    answer = world.last("command_error")
    assert answer.data == {
        "problems": [{"line": 1, "text": "#resovled", "reason": "there is no command #resovled", "suggestion": "#resolved"}],
        "text": "#resovled\n\nPut it out.",
    }
    assert (answer.ticket_number, answer.recipient, answer.purpose) == (number, "bob@help.test", "r")


def test_a_mail_that_is_all_quotation_is_not_ignored_in_silence(world: World) -> None:
    number = world.alice_writes()
    row = world.bob_writes(number, "On Wed, 3 May 2023, Alice wrote:\n> It burns.\n> Use water!")
    assert (row.state, row.held_number, world.said(number)) == ("held", 15, [])
    answer = world.last("command_error").data
    assert answer["problems"][0]["reason"].startswith("All of your mail is marked as a quotation.")
    assert answer["final"], "no #send brings it back: it is to be written anew"
