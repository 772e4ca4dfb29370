"""A held mail is settled by a reply: the corrected lines, `#send`, `#send all`, `#discard`, within 48 hours."""

from __future__ import annotations

import pytest
from sqlalchemy import text as sql
from sqlalchemy import update

from helpdesk.models import InboundMail, OutboxMessage
from mail_ingest.staff.held_answers import corrected
from tests.letters import quoted
from tests.mail_ingest.staff.world import World
from workers import deliver

BAD = "#resovled\n#priority high\n\nPut it out."


def held(world: World, number: int, text: str = BAD, *, note: bool = False) -> tuple[InboundMail, OutboxMessage]:
    """A mail of bob's that is held, and the answer it got."""
    row = world.bob_writes(number, text, note=note)
    assert row.state == "held"
    return row, world.last("command_error")


# --- corrected lines


@pytest.mark.parametrize(
    ("text", "bad", "lines", "expected"),
    [
        ("#a\nHello", [1], ["#b"], "#b\nHello"),
        ("#a\n#c\n\nHello", [1, 2], ["#b", "#d"], "#b\n#d\n\nHello"),
        ("#a\n#c\nHello", [1, 2], ["#b"], "#b\n#c\nHello"),
        ("#a\nHello", [1], ["#b", "#take"], "#take\n#b\nHello"),
        ("Hello\n#resolved\nBye", [2], ["#resolved"], "#resolved\nHello\nBye"),
        ("Hello\n#take\n#assign x", [3], ["#assign y"], "Hello\n#take\n#assign y"),
    ],
)
def test_corrections_take_the_place_of_the_bad_lines_in_order(text: str, bad: list[int], lines: list[str], expected: str) -> None:
    assert corrected(text, bad, lines) == expected


@pytest.mark.parametrize(
    ("text", "reply", "status", "said"),
    [
        (BAD, "#resolved", "resolved", "Put it out."),
        (BAD, "#Resolved\n\n" + quoted(BAD), "resolved", "Put it out."),
        ("Put it out.\n#resolved\nReally.", "#resolved", "resolved", "Put it out.\nReally."),
        ("#assign nobody-here\nPut it out.", "#assign none", "in_progress", "Put it out."),
        ("#macro nothing\nPut it out.", "#closed\n#tag x", "closed", "Put it out."),
    ],
)
def test_a_reply_of_command_lines_only_puts_them_into_the_held_mail(
    world: World, text: str, reply: str, status: str, said: str
) -> None:
    number = world.alice_writes()
    row, answer = held(world, number, text)
    settled = world.bob_writes(number, reply, to=answer)
    assert (settled.state, world.said(number)) == ("command", []), "nothing of the reply is posted"
    assert world.again(row).state == "comment"
    assert (world.ticket(number).status, world.said(number)) == (status, [("public", said)])


def test_what_is_still_bad_is_asked_again_with_its_new_number(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number, "#resovled\n#assign nobody-here\n\nPut it out.")
    world.bob_writes(number, "#resolved", to=answer)
    assert world.again(row).state == "held"
    (problem,) = world.last("command_error").data["problems"]
    assert (problem["line"], problem["text"]) == (2, "#assign nobody-here")
    world.bob_writes(number, "#assign dora", to=world.last("command_error"))
    assert world.again(row).state == "comment"
    assert world.ticket(number).status == "resolved"


def test_a_correction_that_is_wrong_too_is_asked_again(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number)
    world.bob_writes(number, "#reslovd", to=answer)
    assert world.again(row).state == "held"
    assert world.last("command_error").data["problems"][0]["text"] == "#reslovd"
    world.bob_writes(number, "#send", to=world.last("command_error"))
    assert world.again(row).state == "comment"


def test_a_reply_with_words_is_a_mail_of_its_own_and_says_that_the_held_one_waits(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number)
    own = world.bob_writes(number, "#resolved\n\nAnother answer.", to=answer)
    assert (own.state, world.said(number), world.row(row.id).state) == ("comment", [("public", "Another answer.")], "held")
    assert "still waits" in world.lines()


@pytest.mark.parametrize("text", ["#show", "#help"])
def test_what_asks_only_for_information_is_no_correction(world: World, text: str) -> None:
    number = world.alice_writes()
    row, answer = held(world, number)
    assert world.bob_writes(number, text, to=answer).state == "command"
    assert world.row(row.id).state == "held"
    assert world.mails(text.removeprefix("#").replace("help", "help_card"))


# --- #send, #send all, #discard


@pytest.mark.parametrize(
    ("text", "said", "priority"),
    [
        (BAD, "Put it out.", "high"),
        ("#assign nobody-here\n#priority high\nPut it out.\n#macro nothing", "Put it out.", "high"),
        ("Put it out.\n#resolved\nReally.", "Put it out.\nReally.", "medium"),
        ("#open\n#closed\nPut it out.", "Put it out.", "medium"),
    ],
)
def test_send_sends_it_without_its_bad_lines_wherever_they_stand(world: World, text: str, said: str, priority: str) -> None:
    number = world.alice_writes()
    row, answer = held(world, number, text)
    assert world.bob_writes(number, "#send", to=answer).state == "command"
    assert world.again(row).state == "comment"
    assert (world.said(number), world.ticket(number).priority) == ([("public", said)], priority)
    assert ("reply", "alice@example.com") in world.told()


def test_a_note_that_was_held_is_sent_as_a_note(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number, "#resovled\nShe pays.", note=True)
    world.bob_writes(number, "#send", to=answer, note=True)
    world.again(row)
    assert world.said(number) == [("note", "She pays.")]


def test_a_mail_of_bad_lines_only_ends_as_nothing(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number, "#resovled")
    world.bob_writes(number, "#send", to=answer)
    assert (world.again(row).state, world.said(number)) == ("ignored", [])


def test_without_in_reply_to_the_only_held_mail_of_the_ticket_is_meant(world: World) -> None:
    number = world.alice_writes()
    row, _ = held(world, number)
    world.bob_writes(number, "#send")
    assert world.again(row).state == "comment"


def test_where_several_wait_bob_is_asked_which_and_send_all_means_all(world: World) -> None:
    number, other = world.alice_writes(), world.alice_writes(subject="Other")
    rows = [held(world, number)[0], held(world, number, "#resovled\n\nAnd water.")[0], held(world, other)[0]]
    world.bob_writes(number, "#discard")
    assert "Several mails of yours wait" in world.lines()
    assert world.bob_writes(number, "#send all").state == "command"
    assert [world.again(row).state for row in rows] == ["comment"] * 3
    assert [text for _, text in world.said(number)] == ["Put it out.", "And water."]


def test_discard_throws_it_away_and_keeps_its_bytes(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number)
    told = world.told()
    world.bob_writes(number, "#discard", to=answer)
    assert (world.row(row.id).state, world.said(number), world.told()) == ("dropped", [], told)
    world.bob_writes(number, "#send", to=answer)
    assert "waits no more" in world.lines()
    assert world.row(row.id).state == "dropped"


def test_nothing_to_send_is_said(world: World) -> None:
    number = world.alice_writes()
    for text in ("#send", "#send all", "#discard"):
        assert world.bob_writes(number, text).state == "command"
    assert len(world.mails("receipt")) == 3
    assert world.said(number) == []


def test_after_48_hours_it_is_too_late_by_mail_and_the_mail_waits_for_administrators(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number)
    with world.session() as session:
        session.execute(update(InboundMail).where(InboundMail.id == row.id).values(processed_at=sql("now() - interval '49 hours'")))
    for text in ("#send", "#resolved", "#discard"):
        world.bob_writes(number, text, to=answer)
        assert "too late" in world.lines()
    world.bob_writes(number, "#send all")
    assert "No held mail of yours waits" in world.lines()
    assert (world.row(row.id).state, world.said(number)) == ("held", [])


def test_only_the_agent_who_wrote_it_settles_it(world: World) -> None:
    number = world.alice_writes()
    row, answer = held(world, number)
    dora = "Dora <dora@help.test>"
    for text in ("#send", "#discard", "#send all", "#resolved"):
        world.bob_writes(number, text, to=answer, sender=dora)
    assert (world.row(row.id).state, world.said(number)) == ("held", [])


def test_a_mail_in_bobs_name_that_nothing_proves_is_not_settled_by_send_all(world: World) -> None:
    number = world.alice_writes()
    forged = world.arrives(
        b"From: bob@help.test\r\nTo: support@help.test\r\nSubject: [ELM-1]\r\nMessage-ID: <f@x.example>\r\n\r\n#closed\r\n"
    )
    assert (forged.state, forged.held_number) == ("held", 4)
    world.bob_writes(number, "#send all")
    assert world.row(forged.id).state == "held"


def test_five_error_answers_an_hour_and_the_sixth_mail_is_held_all_the_same(world: World) -> None:
    number = world.alice_writes()
    rows = [world.bob_writes(number, f"#resovled\n\nNumber {n}.") for n in range(6)]
    assert [row.state for row in rows] == ["held"] * 6
    assert [one.data.get("last", False) for one in world.mails("command_error")] == [False] * 4 + [True]


def test_an_agent_whose_ticket_became_secret_learns_nothing_of_it(world: World) -> None:
    number = world.alice_writes()
    with world.session() as session:
        session.execute(sql("update tickets set restricted = true"))
    row = world.bob_writes(number, "Hello.")
    answer = world.last("command_error")
    assert (row.state, row.held_number, answer.ticket_number) == ("held", 15, None)
    assert [one["reason"] for one in answer.data["problems"]] == ["There is no such ticket."]


def test_what_was_said_of_a_held_mail_is_on_record(world: World) -> None:
    number = world.alice_writes()
    _, answer = held(world, number)
    world.bob_writes(number, "#send", to=answer)
    assert "held_amended" in world.events(number)


# --- as mail programs write it: the answer was really composed, and is quoted below


def delivered(world: World, message: OutboxMessage) -> str:
    """The text of a mail of ours as its reader has it."""
    deliver.one(world.tools.house, message.id)
    with world.session() as session:
        return str(session.get_one(OutboxMessage, message.id).body_text)


@pytest.mark.parametrize(
    "introduction", ["On Tue, 3 Mar 2026 at 10:00, Support <support@help.test> wrote:", "-----Original Message-----"]
)
@pytest.mark.parametrize(("reply", "said"), [("#send", "Put it out."), ("#resolved", "Put it out.")])
def test_the_quoted_answer_below_is_no_part_of_the_reply(world: World, introduction: str, reply: str, said: str) -> None:
    number = world.alice_writes()
    row, answer = held(world, number)
    world.bob_writes(number, f"{reply}\n\n" + quoted(delivered(world, answer), introduction), to=answer)
    assert world.again(row).state == "comment"
    assert world.said(number) == [("public", said)]


def test_a_whole_text_written_once_more_is_not_taken_for_a_quote_of_our_answer(world: World) -> None:
    number = world.alice_writes()
    _, answer = held(world, number, "#resovled\n\nPut it out, please.\n\nIt is dangerous to leave it burning like that.")
    delivered(world, answer)
    own = "#resolved\n\nPut it out, please.\n\nIt is dangerous to leave it burning like that."
    world.bob_writes(number, own, to=answer)
    assert world.said(number) == [("public", "Put it out, please.\n\nIt is dangerous to leave it burning like that.")]


def test_a_held_mail_is_processed_again_as_it_was_read_the_first_time(world: World) -> None:
    number = world.alice_writes()
    long = "Put it out, please.\n\nIt is dangerous to leave it burning like that."
    row, answer = held(world, number, f"#resovled\n\n{long}\n\n{quoted('It burns.')}")
    delivered(world, answer)
    world.bob_writes(number, "#send", to=answer)
    world.again(row)
    assert world.said(number) == [("public", long)]
