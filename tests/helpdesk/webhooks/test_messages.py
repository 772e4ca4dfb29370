"""What is posted: our own message with its links, and lines for chats in which no stranger's word does anything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpdesk.webhooks import events, messages
from helpdesk.webhooks.messages import House

HOUSE = House("https://help.example.com", "ELM")
ALICE = {"name": "Alice", "email": "alice@example.com"}
BOB = {"name": "Bob", "email": "bob@example.com", "role": "agent"}
TICKET: dict[str, Any] = {
    "number": 7, "title": "Printer on fire", "type": "bug", "priority": "high", "reporter": ALICE, "assignee": None, "merged_into": None,
}  # fmt: skip


def message(kind: str, **data: Any) -> dict[str, Any]:
    ticket = TICKET | data.pop("ticket", {})
    told = {"actor": BOB, "via": "web", "ticket": ticket, "change": {"what": "", "old": None, "new": None}} | data
    return {"id": "msg_1", "type": kind, "version": 1, "timestamp": "2026-03-03T10:00:00+00:00", "data": told}


def text(kind: str, body: dict[str, Any]) -> str:
    posted = json.loads(messages.octets(kind, body, HOUSE))
    words = posted["text" if kind == "slack" else "content"]
    assert isinstance(words, str)
    return words


def test_links_and_tags_are_made_from_the_base_address() -> None:
    posted = json.loads(messages.octets("standard", message("ticket.merged", ticket={"merged_into": 3}), HOUSE))
    assert list(posted) == ["type", "version", "id", "timestamp", "data"]
    ticket = posted["data"]["ticket"]
    assert (ticket["tag"], ticket["url"], ticket["merged_into"]) == (
        "ELM-007",
        "https://help.example.com/ticket/ELM-007",
        "ELM-003",
    )


def test_the_octets_are_the_same_each_time_and_what_was_frozen_stays_as_it_was() -> None:
    frozen = message("ticket.created")
    before = json.dumps(frozen)
    assert messages.octets("standard", frozen, HOUSE) == messages.octets("standard", frozen, HOUSE)
    assert json.dumps(frozen) == before


COMMENT = {"author": BOB, "content": "Unplug it.\nThen call us."}
MAIL = {"id": 12, "number": 11, "reason": "too many relays", "sender": "m@example.org", "subject": "Hello"}
LINES: list[tuple[dict[str, Any], str]] = [
    (message("ticket.created"), "New bug from Alice, priority high"),
    (message("ticket.assigned", ticket={"assignee": BOB}), "Assigned to Bob by Bob"),
    (message("ticket.assigned"), "Assigned to nobody by Bob"),
    (message("ticket.resolved"), "Resolved by Bob"),
    (message("ticket.closed", actor=None), "Closed"),
    (
        message("ticket.updated", change={"what": "priority_changed", "old": "low", "new": "high"}),
        "Changed by Bob: priority → high",
    ),
    (message("ticket.updated", change={"what": "tags_changed", "old": [], "new": ["a", "b"]}), "Changed by Bob: tags → a, b"),
    (message("ticket.updated", change={"what": "cc_removed", "old": None, "new": None}), "Changed by Bob: cc removed"),
    (message("comment.created", comment=COMMENT), "Bob wrote: Unplug it. Then call us."),
    (message("note.created", comment=COMMENT), "Bob noted: Unplug it. Then call us."),
]


@pytest.mark.parametrize(("body", "line"), LINES, ids=lambda one: one["type"] if isinstance(one, dict) else None)
def test_a_chat_reads_what_happened(body: dict[str, Any], line: str) -> None:
    assert text("slack", body) == f"<https://help.example.com/ticket/ELM-007|ELM-007> Printer on fire\n{line}"


def test_a_chat_reads_of_held_mail_and_of_a_test() -> None:
    held = message("held.created", mail=MAIL)
    held["data"].pop("ticket")
    assert (
        text("slack", held)
        == "<https://help.example.com/admin/held/12|A mail> was held (too many relays): “Hello” from m@\u2060example.org"
    )
    assert text("discord", events.test_body("Dora")) == "This is a test. It works."


HOSTILE = [
    "<!channel>", "<!here|here>", "<!everyone>", "<@U012AB3CD>", "<#C012AB3CD>", "<!subteam^S012>", "@everyone", "@here", "@channel",
    "<@123456>", "<@&123456>", "<#123456>", "<:smile:123456>", "<t:1618953630:R>", "<https://evil.example|Sign in>",
    "[Sign in](https://evil.example)", "[x](<https://evil.example>)", "*bold* _it_ ~no~ `code` ||spoiler|| # head\n> quote", "&lt;!channel&gt;",
    "a\u2028@everyone", "\\@everyone \\<@1>",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_to_slack_no_word_of_a_stranger_mentions_or_links_anything(words: str) -> None:
    for body in (
        message("ticket.created", ticket={"title": words}),
        message("comment.created", comment=COMMENT | {"content": words}),
    ):
        said = text("slack", body).removeprefix("<https://help.example.com/ticket/ELM-007|ELM-007>")
        assert not set("<>") & set(said)
        assert "@" not in said.replace("@\u2060", "")
        assert said.count("\n") == 1
        assert "&lt;!channel&gt;" not in said or words == "<!channel>"


@pytest.mark.parametrize("words", HOSTILE)
def test_to_discord_no_word_of_a_stranger_mentions_or_links_anything(words: str) -> None:
    for body in (
        message("ticket.created", ticket={"title": words}),
        message("comment.created", comment=COMMENT | {"content": words}),
    ):
        posted = json.loads(messages.octets("discord", body, HOUSE))
        assert posted["allowed_mentions"] == {"parse": []}
        said = posted["content"].removeprefix("[ELM-007](<https://help.example.com/ticket/ELM-007>)")
        assert "@" not in said.replace("@\u2060", "")
        # every sign of markup stands behind a backslash that is none itself
        plain = said.replace("\\\\", "")
        for sign in "*_~`|>#<[](":
            assert plain.count(sign) == plain.count(f"\\{sign}"), sign


def test_a_chat_gets_no_more_than_it_takes() -> None:
    body = message("comment.created", ticket={"title": "_" * 5000}, comment=COMMENT | {"content": "*" * 50_000})
    assert len(text("discord", body)) < 2000
