"""Every command of the table: what it does, what it refuses, and that it posts nothing by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk import canned, people
from helpdesk.models import CannedResponse, MutedTicket, Ticket
from helpdesk.permissions import Via, viewer_of
from mail_ingest.command_table import COMMANDS
from mail_ingest.staff.runners import AUDIENCE, RUNNERS
from tests.mail_ingest.staff.world import World

STATUS_COMMANDS = {"open", "progress", "resolved", "closed"}  # they become `status`


def test_every_command_of_the_grammar_is_done_by_somebody() -> None:
    assert {rule.name for rule in COMMANDS} - STATUS_COMMANDS - set(AUDIENCE) == set(RUNNERS)


def state(world: World, number: int) -> dict[str, Any]:
    ticket = world.ticket(number)
    return {
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "tags": ticket.tags,
        "title": ticket.title,
        "known": ticket.is_public,
        "assignee": ticket.assignee.address if ticket.assignee else None,
        "requester": ticket.requester.address,
        "people": world.people_of(number),
        "merged_into": ticket.merged_into,
    }


DONE: list[tuple[str, dict[str, Any]]] = [
    ("#open", {}),
    ("#progress", {"status": "in_progress"}),
    ("#resolved", {"status": "resolved"}),
    ("#Resolved.", {"status": "resolved"}),
    ("#done", {"status": "resolved"}),
    ("#closed", {"status": "closed"}),
    ("#status in progress", {"status": "in_progress"}),
    ("#take", {"assignee": "bob@help.test"}),
    ("#assign dora", {"assignee": "dora@help.test"}),
    ("#assign dora@help.test", {"assignee": "dora@help.test"}),
    ("#assign Bob Builder", {"assignee": "bob@help.test"}),
    ("#assign none", {}),
    ("#priority high", {"priority": "high"}),
    ("#type bug", {"type": "bug"}),
    ("#tag fire water", {"tags": ["fire", "water"]}),
    ("#tag fire water\n#tag -fire", {"tags": ["water"]}),
    ("#subject Printer is burning", {"title": "Printer is burning"}),
    ("#known on", {"known": True}),
    ("#known on\n\n#type bug", {"known": True, "type": "bug"}),
    ("#cc charlie@example.org", {"people": {"alice@example.com": "requester", "charlie@example.org": "cc"}}),
    ("#requester charlie@example.org", {
        "requester": "charlie@example.org", "people": {"alice@example.com": "cc", "charlie@example.org": "requester"},
    }),
    ("#spam", {"status": "closed", "tags": ["spam"]}),
    ("#note", {}),
    ("#mute", {}),
    ("#show", {}),
    ("#help", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "changed"), DONE, ids=[text for text, _ in DONE])
def test_a_command_alone_changes_what_it_says_and_posts_nothing(world: World, text: str, changed: dict[str, Any]) -> None:
    number = world.alice_writes()
    before = state(world, number)
    row = world.bob_writes(number, text)
    assert (row.state, world.said(number)) == ("command", [])
    assert state(world, number) == before | changed


REFUSED = [
    ("#resovled", "Did you mean", "#resolved"),
    ("#status broken", "one of: open", None),
    ("#assign nobody-here", "There is no single agent", None),
    ("#assign alice@example.com", "There is no single agent", None),
    ("#priority urgent", "one of: low", None),
    ("#type letter", "one of: bug", None),
    ("#tag", "a tag is missing", None),
    ("#macro nothing", "There is no canned response", None),
    ("#known maybe", "one of: on, off", None),
    ("#merge ELM-999", "There is no ticket ELM-999", None),
    ("#merge ELM-1", "cannot be merged into itself", None),
    ("#merge XYZ-1", "There is no ticket XYZ-1", None),
    ("#cc bob@help.test", "agents are never in copy", None),
    ("#cc -nobody@example.org", "not in copy", None),
    ("#cc -alice@example.com", "not in copy", None),
    ("#requester bob@help.test", "An agent is no requester", None),
    ("#requester nobody", "one mail address", None),
    ("#subject", "the text is missing", None),
    ("#snooze tomorrow-ish", "", None),
    ("#snooze 2020-01-01", "name a later one", None),
    ("#open\n#closed", "contradicts line 1", None),
    ("#send\n#resolved", "stands alone", None),
    ("#undo\n#resolved", "stands alone", None),
    ("#discard\nHello", "stands alone", None),
]


def test_who_takes_part_from_now_on_gets_the_message_of_the_same_mail(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#cc charlie@example.org\n\nCharlie, please see.")
    assert sorted(address for kind, address in world.told() if kind == "reply") == ["alice@example.com", "charlie@example.org"]
    world.bob_writes(number, "#cc -charlie@example.org\n#requester jane@example.org\n\nDear Jane.")
    assert sorted(address for kind, address in world.told() if kind == "reply")[2:] == ["charlie@example.org", "jane@example.org"]


@pytest.mark.parametrize(("text", "reason", "suggestion"), REFUSED, ids=[text for text, _, _ in REFUSED])
def test_what_cannot_be_done_holds_the_mail_and_changes_nothing(
    world: World, text: str, reason: str, suggestion: str | None
) -> None:
    number = world.alice_writes()
    before, told = state(world, number), world.told()
    row = world.bob_writes(number, f"{text}\n#priority high\n\nHello.")
    assert (row.state, row.held_number, world.said(number)) == ("held", 12, [])
    assert state(world, number) == before
    assert world.told() == [*told, ("command_error", "bob@help.test")]
    problems = world.last("command_error").data["problems"]
    assert any(reason in one["reason"] for one in problems) or suggestion in [one["suggestion"] for one in problems]
    assert {one["text"] for one in problems} & set(text.split("\n"))


def test_every_bad_line_is_told_at_once_the_misspelt_and_the_impossible(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#resovled\n#assign nobody-here\n#macro nothing\n#priority high\n\nHello.\n\n#tag x")
    problems = world.last("command_error").data["problems"]
    assert [(one["line"], one["text"]) for one in problems] == [(1, "#resovled"), (2, "#assign nobody-here"), (3, "#macro nothing")]


def test_a_snooze_lasts_as_long_as_it_says(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#snooze 3d")
    until = world.ticket(number).snoozed_until
    assert until is not None
    assert timedelta(days=2, hours=23) < until - datetime.now(UTC) < timedelta(days=3, hours=1)


def test_muting_is_for_this_ticket_and_this_agent(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#mute")
    with world.session() as session:
        assert [(one.ticket_number) for one in session.scalars(select(MutedTicket))] == [number]
    before = world.told()
    world.alice_writes("Hello?", subject=f"[ELM-{number}]")
    assert ("comment", "bob@help.test") not in world.told()[len(before) :]


def test_show_mails_the_whole_ticket_with_its_notes_to_the_agent_only(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "She pays us.", note=True)
    world.alice_writes("Still burning.", subject=f"[ELM-{number}]")
    before = world.told()
    world.bob_writes(number, "#show")
    assert world.told()[len(before) :] == [("show", "bob@help.test")]
    shown = world.last("show")
    assert [(one["author"], one["what"], one["content"]) for one in shown.data["messages"]] == [
        ("Alice", "", "It burns."),
        ("Bob Builder", "note", "She pays us."),
        ("Alice", "", "Still burning."),
    ]
    assert ["Requester", "Alice <alice@example.com>"] in shown.data["facts"]
    assert shown.purpose == "n", "what a reply quotes holds a note"


def test_help_mails_the_card(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#help")
    card = world.last("help_card").data["card"]
    assert all(f"#{rule.name}" in card for rule in COMMANDS)


def test_a_merge_closes_one_ticket_and_its_people_go_on_in_the_other(world: World) -> None:
    first, second = world.alice_writes(), world.alice_writes(subject="Printer, again")
    row = world.bob_writes(second, f"#merge ELM-{first}")
    merged = world.ticket(second)
    assert (row.state, merged.status, merged.merged_into) == ("command", "closed", first)
    assert world.told()[-1] == ("reply", "alice@example.com")
    world.alice_writes("More.", subject=f"[ELM-{second}]")
    assert world.said(first) == [("public", "More.")]


def test_the_new_requester_gets_the_answer_and_the_old_one_a_copy(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#requester charlie@example.org")
    world.bob_writes(number, "Put it out.")
    replies = {one.recipient: one.reason for one in world.mails("reply")}
    assert replies == {"charlie@example.org": "you asked", "alice@example.com": "you are in copy"}
    assert "requester_changed" in world.events(number)


def test_spam_is_told_nothing_and_what_comes_after_wakes_nobody(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#spam")
    assert [one.state for one in world.mails() if one.recipient == "alice@example.com"] == ["cancelled"]
    before = world.told()
    world.alice_writes("Buy now!", subject=f"[ELM-{number}]")
    assert (world.ticket(number).status, world.told()) == ("closed", before)
    with world.session() as session:
        assert len(session.scalars(select(Ticket)).all()) == 1


def test_spam_with_words_to_its_sender_is_refused_and_with_a_note_is_done(world: World) -> None:
    number = world.alice_writes()
    assert world.bob_writes(number, "#spam\nGo away.").state == "held"
    assert world.bob_writes(number, "#spam\n#note\nThird one today.").state == "comment"
    assert world.said(number) == [("note", "Third one today.")]


# --- what a mail is


@pytest.mark.parametrize(
    ("note", "text", "said"),
    [
        (False, "Hello.", ("public", "Hello.")),
        (True, "Hello.", ("note", "Hello.")),
        (False, "#note\nHello.", ("note", "Hello.")),
        (True, "#reply\nHello.", ("public", "Hello.")),
        (False, "Hello.\n\n#resolved", ("public", "Hello.")),
        (True, "#resolved\nHello.", ("note", "Hello.")),
        (False, "/note\nHello.\n#take", ("note", "Hello.")),
    ],
)
def test_the_notification_decides_and_note_and_reply_win(world: World, note: bool, text: str, said: tuple[str, str]) -> None:
    number = world.alice_writes()
    world.bob_writes(number, text, note=note)
    assert world.said(number) == [said]
    reached = [recipient for kind, recipient in world.told() if kind == "reply"]
    assert reached == (["alice@example.com"] if said[0] == "public" else [])


# --- canned responses


@pytest.fixture
def responses(world: World) -> None:
    with world.session() as session:
        dora = viewer_of(people.agent_named(session, "dora"), Via.WEB)
        bob = viewer_of(people.agent_named(session, "bob"), Via.WEB)
        canned.create(
            session, dora, title="Refund policy", shortcut="refund",
            content="Hello {user_name|there}, {ticket_id}: the money comes. {agent_first_name}",
            actions={"status": "resolved", "tags": ["money"], "assign": "me", "priority": "low"},
        )  # fmt: skip
        canned.create(session, dora, title="Restart", shortcut="restart", content="Restart it, {user_first_name|friend}.")
        canned.create(session, bob, title="Bob's own", shortcut="own", content="As I said.")
        canned.create(session, dora, title="Dora's own", shortcut="secret", content="Secret.", shared=False)


MACROS = [
    ("#macro refund", "Hello Alice, ELM-001: the money comes. Bob"),
    ("#canned Refund policy", "Hello Alice, ELM-001: the money comes. Bob"),
    ("#m ref", "Hello Alice, ELM-001: the money comes. Bob"),
    ("#macro own", "As I said."),
    ("#macro bob's", "As I said."),
    ("#macro restart\nBefore that, wait.", "Restart it, Alice.\n\nBefore that, wait."),
    ("Wait first.\n#macro restart", "Wait first.\n\nRestart it, Alice."),
]


@pytest.mark.usefixtures("responses")
@pytest.mark.parametrize(("text", "content"), MACROS, ids=[text for text, _ in MACROS])
def test_a_canned_response_counts_as_text_where_its_command_stands(world: World, text: str, content: str) -> None:
    number = world.alice_writes()
    assert world.bob_writes(number, text).state == "comment"
    assert world.said(number) == [("public", content)]


@pytest.mark.usefixtures("responses")
def test_what_a_canned_response_does_besides_gives_way_to_what_the_agent_wrote(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#priority high\n#macro refund")
    ticket = world.ticket(number)
    assert (ticket.status, ticket.tags, ticket.priority) == ("resolved", ["money"], "high")
    assert ticket.assignee is not None
    assert ticket.assignee.address == "bob@help.test"
    with world.session() as session:
        assert session.scalar(select(CannedResponse.used).where(CannedResponse.shortcut == "refund")) == 1


@pytest.mark.usefixtures("responses")
@pytest.mark.parametrize(
    ("text", "hint"),
    [("#macro refudn", "“refund”"), ("#macro re", "“refund” or “restart”"), ("#macro secret", "There is no canned response")],
)
def test_a_canned_response_that_is_none_or_several_is_asked_back(world: World, text: str, hint: str) -> None:
    number = world.alice_writes()
    assert world.bob_writes(number, text).state == "held"
    (problem,) = world.last("command_error").data["problems"]
    assert hint in problem["reason"]


def test_an_empty_name_is_filled_with_what_stands_after_the_bar(world: World) -> None:
    with world.session() as session:
        canned.create(
            session, viewer_of(people.agent_named(session, "dora"), Via.WEB), title="Hi", content="Hello {user_name|there}!"
        )
    row = world.arrives(b"From: nameless@example.com\r\nTo: support@help.test\r\nSubject: x\r\n\r\nhelp\r\n")
    world.bob_writes(row.ticket_number or 0, "#macro hi")
    assert world.said(row.ticket_number or 0) == [("public", "Hello there!")]
