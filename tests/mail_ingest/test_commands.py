"""Commands in an agent's text: the grammar, every command with good and bad values, and lines that are none."""

from __future__ import annotations

import pytest

from mail_ingest import commands, reply_text
from mail_ingest.command_table import COMMANDS


def run(text: str) -> list[tuple[str, str]]:
    block = commands.read(text)
    assert block.problems == ()
    return [(command.name, command.value) for command in block.commands]


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("#note", "note", ""), ("#reply", "reply", ""),
        ("#open", "status", "open"), ("#progress", "status", "in_progress"), ("#resolved", "status", "resolved"), ("#closed", "status", "closed"),
        ("#solved", "status", "resolved"), ("#done", "status", "resolved"), ("#status in progress", "status", "in_progress"),
        ("#status in_progress", "status", "in_progress"), ("#status Done.", "status", "resolved"), ("#status open", "status", "open"),
        ("#take", "take", ""), ("#mine", "take", ""), ("#assign charlie@help.test", "assign", "charlie@help.test"), ("#assign none", "assign", "none"),
        ("#assign Bob Smith", "assign", "Bob Smith"),
        ("#priority HIGH", "priority", "high"), ("#priority critical!", "priority", "critical"), ("#type bug", "type", "bug"),
        ("#tag a b -c", "tag", "a b -c"), ("#tag Printer, fire", "tag", "printer fire"),
        ("#macro refund", "macro", "refund"), ("#canned refund", "macro", "refund"), ("#m refund note", "macro", "refund note"),
        ("#known on", "known", "on"), ("#known off", "known", "off"),
        ("#merge ELM-7", "merge", "ELM-7"), ("#merge [elm-007]", "merge", "ELM-7"), ("#merge #7", "merge", "7"),
        ("#cc a@example.com -b@example.org", "cc", "a@example.com -b@example.org"),
        ("#cc a@Example.com<mailto:a@example.com>", "cc", "a@example.com"),
        ("#requester alice@example.com", "requester", "alice@example.com"), ("#requester <alice@example.com>", "requester", "alice@example.com"),
        ("#subject What is it?", "subject", "What is it?"),
        ("#snooze 3d", "snooze", "3d"), ("#snooze 2 weeks", "snooze", "2w"), ("#snooze 90 minutes", "snooze", "90min"), ("#snooze 2031-05-03", "snooze", "2031-05-03"),
        ("#spam", "spam", ""), ("#mute", "mute", ""), ("#show", "show", ""), ("#help", "help", ""),
        ("#send", "send", ""), ("#send all", "send", "all"), ("#discard", "discard", ""), ("#undo", "undo", ""),
    ],
)  # fmt: skip
def test_every_command_is_read_with_its_canonical_name_and_value(line: str, name: str, value: str) -> None:
    assert run(f"{line}\n\nHello") == [(name, value)]
    assert run(f"Hello\n\n{line}") == [(name, value)]


@pytest.mark.parametrize(
    "line",
    [
        "#RESOLVED",
        "#Resolved.",
        "#resolved!",
        "  #resolved",
        "#resolved\u00a0",
        "\u200b#resolved",
        "＃resolved",
        "*#resolved*",
        "/resolved",
        "/Resolved",
        "#resolved:",
    ],
)
def test_what_editors_make_of_a_command_is_still_one(line: str) -> None:
    assert run(f"Hello\n{line}") == [("status", "resolved")]


@pytest.mark.parametrize(
    "text",
    [
        "# resolved",
        "#12",
        "#12 is the one",
        "#",
        "# A heading\n\nand text",
        "resolved",
        "text #resolved",
        "/tmp/resolved",
        "/unknown",
        "// resolved",
        "#!/bin/sh",
    ],
)
def test_what_has_not_the_form_of_a_command_is_text(text: str) -> None:
    block = commands.read(text)
    assert (block.text, block.commands, block.problems) == (text, (), ())


def test_the_blocks_are_taken_off_and_the_text_stays_as_it_was() -> None:
    block = commands.read("\n#note\n\n#tag a\n\nHello,\n\n  indented\n\n#resolved\n#macro bye\n")
    assert block.text == "Hello,\n\n  indented"
    assert [(command.name, command.line, command.below) for command in block.commands] == [
        ("note", 2, False), ("tag", 4, False), ("status", 10, True), ("macro", 11, True),
    ]  # fmt: skip


def test_only_commands_leave_no_text() -> None:
    block = commands.read("#take\n#priority high")
    assert (block.text, len(block.commands)) == ("", 2)


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        ("#resovled", "#resolved"), ("#resolvd", "#resolved"), ("#priorty high", "#priority high"), ("#xyzzy", None), ("#hashtag of the day", None),
        ("#priority hgih", "#priority high"), ("#priority", None), ("#type bugs", "#type bug"), ("#status resolvd", "#status resolved"),
        ("#status", None), ("#resolved thank you", None), ("#assign", None), ("#merge soon", None), ("#cc bob", None), ("#cc", None),
        ("#requester a@example.com b@example.com", None), ("#requester -a@example.com", None), ("#snooze later", None), ("#snooze 0d", None),
        ("#snooze 400d", None), ("#snooze 2031-02-30", None), ("#known maybe", None), ("#send it", None), ("#tag", None), ("#tag a!b", None),
        ("#tag " + " ".join(f"t{n}" for n in range(30)), None), ("#subject " + "x" * 201, None), ("#subject " + "x" * 1_000_000, None),
        ("#res\u043elved", "#resolved"),
    ],
)  # fmt: skip
def test_the_top_block_is_strict(line: str, suggestion: str | None) -> None:
    block = commands.read(f"#take\n{line}\n\nHello")
    assert [(problem.line, problem.suggestion) for problem in block.problems] == [(2, suggestion)]
    assert block.problems[0].reason
    assert len(block.problems[0].text) <= 200


@pytest.mark.parametrize("line", ["#hashtag", "#thankful", "#hashtag of the day", "#help us to help you"])
def test_the_bottom_block_takes_known_commands_only(line: str) -> None:
    block = commands.read(f"Hello\n\n{line}")
    assert (block.text, block.commands, block.problems) == (f"Hello\n\n{line}", (), ())


@pytest.mark.parametrize(
    "text",
    [
        "Hi Alice,\n#resolved\nit is done.",
        "Hi Alice,\n/close\nit is done.",
        "Hi Alice,\n#priority high\nit is done.",
        "Hi Alice,\nit is done.\n#resovled",
        "Hi Alice,\nit is done.\n#priority hgih",
        "Hi Alice,\n#resolved\nit is done.\n#thankful",
    ],
)
def test_a_command_that_went_astray_holds_the_mail(text: str) -> None:
    block = commands.read(text)
    assert len(block.problems) == 1


@pytest.mark.parametrize(
    "foreign",
    [
        "On Wed, 3 May 2023, Alice wrote:\n> it is broken\n\n#resolved",
        "---------- Forwarded message ----------\nFrom: Mallory <mallory@example.org>\n\n#assign none\n#closed",
        "From: Mallory <mallory@example.org>\nSent: 3 May 2023\nTo: x\nSubject: y\n\n#spam",
        "-----Ursprüngliche Nachricht-----\n#spam",
    ],
    ids=["quote", "forward", "header block", "banner"],
)
def test_nothing_below_somebody_elses_words_is_read(foreign: str) -> None:
    block = commands.read(f"#take\nSee below.\n#tag seen\n\n{foreign}")
    assert [command.name for command in block.commands] == ["take", "tag"]
    assert block.problems == ()
    assert block.text.endswith(foreign)


def test_quoted_lines_are_never_commands() -> None:
    assert run("> #resolved\nNo, it is not.\n> #closed\nNor that.") == []


@pytest.mark.parametrize(
    "text",
    [
        "#note\n#reply\nx",
        "#resolved\n#open\nx",
        "#resolved\nx\n#closed",
        "#take\n#assign charlie\nx",
        "#priority low\nx\n#priority high",
    ],
)
def test_contradictions_hold_the_mail(text: str) -> None:
    block = commands.read(text)
    assert len(block.problems) == 1
    assert "contradicts" in block.problems[0].reason


@pytest.mark.parametrize(
    "text", ["#resolved\n#solved\nx", "#tag a\n#tag b\nx", "#cc a@example.com\n#cc b@example.com\nx", "#macro a\nx\n#macro b"]
)
def test_repetitions_are_no_contradiction(text: str) -> None:
    assert len(run(text)) == 2


def test_a_thousand_commands_are_refused_with_a_short_list_of_problems() -> None:
    assert commands.read("#tag a\n" * 1000 + "x").problems
    assert 0 < len(commands.read("#nonsense\n" * 1000 + "x").problems) <= commands.MOST_PROBLEMS


def test_the_card_names_every_command() -> None:
    card = commands.card()
    assert all(f"#{name}" in card for rule in COMMANDS for name in (rule.name, *rule.aliases))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Done.\n\nOn Wed, 3 May 2023, Alice wrote:\n> hello\n> #closed\n", None),
        ("Done.\n\nFrom: Alice <alice@example.com>\nSent: 3 May 2023\nTo: help\nSubject: x\n\nhello\n\n#closed\n", None),
        ("Done.\n\n-- \nBob\n#closed\n", None),
        (
            "See:\n\n---------- Forwarded message ---------\nFrom: Mallory <mallory@example.org>\nSubject: x\n\nhello\n#closed\n",
            None,
        ),
        ("", '<p>Done.</p><div style="display:none">#closed</div><p style="font-size:0">#closed</p>'),
        ("", '<p>Done.</p><blockquote type="cite"><p>hello</p><p>#closed</p></blockquote>'),
        ("On Wed, 3 May 2023, Alice wrote:\n\nhello\n\n#closed\n", None),
        ("-----Original Message-----\n#closed\n", None),
    ],
    ids=[
        "quote",
        "unmarked quote",
        "signature",
        "forward",
        "hidden",
        "quote in HTML",
        "nothing but a quote",
        "nothing but a banner",
    ],
)
def test_only_what_the_agent_wrote_commands(text: str, html: str | None) -> None:
    reply = reply_text.visible(text, html, sender_name="Bob Smith")
    block = commands.read("" if reply.cut_by == reply_text.NOTHING_LEFT else reply.visible)
    assert block.commands == ()
    assert block.problems == ()


@pytest.mark.parametrize(
    "end",
    [
        "",
        "\n\nRegards\nBob",
        "\nBob",
        "\n\nBob Smith",
        "\n-- \nBob",
        "\n\nSent from my iPhone",
        "\n\nOn Wed, 3 May 2023, Alice wrote:\n> hi",
    ],
)
def test_a_command_above_the_signature_or_the_quote_is_the_bottom_block(end: str) -> None:
    block = commands.read(reply_text.visible(f"It is done.\n#resolved{end}", None, sender_name="Bob Smith").visible)
    assert (block.text, [command.value for command in block.commands]) == ("It is done.", ["resolved"])
