"""What we mint is read back, in any case and shape that mail systems make of it; what others make is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk import addressing
from helpdesk.addressing import Mint, MintedId, Purpose, ReplyToken

MINT = Mint("ELM", "support@help.test", "help.test", "+", (b"k" * 32,))
OTHER = replace(MINT, keys=(b"z" * 32,))
NUMBERS = st.integers(0, 2**40)


@given(NUMBERS, NUMBERS, st.sampled_from(Purpose), NUMBERS)
def test_a_reply_address_is_read_back_in_any_case_and_fits_a_local_part(t: int, p: int, purpose: Purpose, seen: int) -> None:
    token = ReplyToken(t, p, purpose, seen)
    address = addressing.reply_address(MINT, token)
    assert addressing.read_reply_address(MINT, address.upper()) == token
    assert len(address.partition("@")[0]) <= 64


@given(NUMBERS, NUMBERS)
def test_message_ids_and_return_paths_are_read_back(ticket: int, outbox: int) -> None:
    ticket %= 10**12
    assert addressing.read_message_id(MINT, addressing.message_id(MINT, ticket, outbox)) == MintedId(ticket, outbox)
    assert addressing.read_message_id(MINT, f"<{addressing.thread_root(MINT, ticket).upper()}>") == MintedId(ticket, 0)
    assert addressing.read_return_path(MINT, addressing.return_path(MINT, outbox)) == outbox


def test_another_key_reads_nothing() -> None:
    token = ReplyToken(1, 2, Purpose.REPLY, 3)
    assert addressing.read_reply_address(OTHER, addressing.reply_address(MINT, token)) is None
    assert addressing.read_message_id(OTHER, addressing.message_id(MINT, 1, 2)) is None
    assert addressing.read_return_path(OTHER, addressing.return_path(MINT, 1)) is None


def test_an_old_key_still_verifies_and_never_signs() -> None:
    rotated = replace(MINT, keys=(b"n" * 32, *MINT.keys))
    token = ReplyToken(1, 2, Purpose.NOTE, 3)
    assert addressing.read_reply_address(rotated, addressing.reply_address(MINT, token)) == token
    assert addressing.read_reply_address(MINT, addressing.reply_address(rotated, token)) is None
    assert addressing.thread_root(rotated, 1) == addressing.thread_root(MINT, 1), "one thread in every client, across keys"


def test_a_token_of_one_use_is_worth_nothing_in_another() -> None:
    bounce = addressing.return_path(MINT, 1)
    assert addressing.read_reply_address(MINT, bounce.replace("bounce+", "support+")) is None
    reply = addressing.reply_address(MINT, ReplyToken(1, 2, Purpose.REPLY, 3))
    assert addressing.read_return_path(MINT, reply.replace("support+", "bounce+")) is None


@given(st.integers(0, 51), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_character_makes_the_token_worthless(place: int, letter: str) -> None:
    address = addressing.reply_address(MINT, ReplyToken(1, 2, Purpose.REPLY, 3))
    start = len("support+")
    place = start + place % (address.index("@") - start - 1)  # the last character holds spare bits
    changed = address[:place] + letter + address[place + 1 :]
    assert (addressing.read_reply_address(MINT, changed) is None) == (changed != address)


@pytest.mark.parametrize(
    "address",
    [
        "support@help.test",
        "support+@help.test",
        "support+vip@help.test",
        "support+aaaa@other.test",
        "",
        "@",
        "<>",
        "bounce+x@help.test",
    ],
)
def test_no_token_in(address: str) -> None:
    assert addressing.read_reply_address(MINT, address) is None


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "<>",
        "elm-1.2.aaaaaaaaaaaaaaaa@help.test",
        "elm-1@help.test",
        "elm-1.2@help.test",
        "x.elm-1.2.aaaaaaaaaaaaaaaa@help.test",
    ],
)
def test_a_guessed_message_id_is_nobodys(identifier: str) -> None:
    assert addressing.read_message_id(MINT, identifier) is None


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: [ELM-001] Printer", 1),
        ("re: [elm-123]", 123),
        ("AW: [ELM 7] x", 7),
        ("Fwd: [ELM#42] x", 42),
        ("about ELM-9 please", 9),
        ("[ELM-1] was [ELM-2]", 2),
        ("ELM-5 and [ELM-3]", 3),
        ("[ ELM-0004 ]", 4),
        ("HELM-1", None),
        ("ELM-1x", None),
        ("XELM-12", None),
        ("ELM", None),
        ("[ELM-]", None),
        ("ticket 12", None),
        ("ELM-1234567890123", None),
    ],
)
def test_the_tag_in_a_subject(subject: str, number: int | None) -> None:
    assert addressing.tag_in_subject("ELM", subject) == number


@pytest.mark.parametrize(
    ("subject", "reply", "expected"),
    [
        ("Printer", True, "Re: [ELM-001] Printer"),
        ("Re: Printer", True, "Re: [ELM-001] Printer"),
        ("AW: Re: [ELM-001] Printer", True, "Re: [ELM-001] Printer"),
        ("[ELM-001] [ELM-001] Printer", False, "[ELM-001] Printer"),
        ("", True, "Re: [ELM-001]"),
        ("Release: notes", True, "Re: [ELM-001] Release: notes"),
    ],
)
def test_the_subject_carries_the_tag_once(subject: str, reply: bool, expected: str) -> None:
    assert addressing.subject_line("ELM", 1, subject, reply=reply) == expected


@pytest.mark.parametrize(
    ("text", "number"), [("ELM-001", 1), ("elm-1", 1), ("ELM1", 1), ("ELM-", None), ("X-1", None), ("ELM-1-2", None)]
)
def test_a_tag_alone(text: str, number: int | None) -> None:
    assert addressing.read_tag("ELM", text) == number


@pytest.mark.parametrize(
    ("address", "separator"), [("help-desk@help.test", "-"), ("a+b@help.test", "+"), ("support@help.test", "-")]
)
def test_a_separator_within_the_name_harms_no_reply_address(address: str, separator: str) -> None:
    mint = replace(MINT, support_address=address, separator=separator)
    token = ReplyToken(1, 2, Purpose.REPLY, 3)
    reply = addressing.reply_address(mint, token)
    assert addressing.read_reply_address(mint, reply) == token
    assert addressing.is_ours(mint, [], reply)
    assert addressing.base_address(mint, reply) == address
    assert addressing.is_ours(mint, [], addressing.return_path(mint, 5))


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("support@help.test", True),
        ("SUPPORT@Help.Test", True),
        ("support+anything@help.test", True),
        ("bounce+abc@help.test", True),
        ("bugs@example.org", True),
        ("bugs+x@example.org", True),
        ("postmaster@help.test", True),
        ("postmaster@example.com", False),
        ("sales@help.test", False),
        ("support@example.com", False),
        ("support@sub.help.test", False),
        ("@help.test", False),
        ("support", False),
    ],
)
def test_which_recipients_are_ours(address: str, ours: bool) -> None:
    assert addressing.is_ours(MINT, ["bugs@example.org"], address) is ours


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("prvs=1234abcdef=alice@example.com", "alice@example.com"),
        ("prvs=1234abcdef=a=b@example.com", "a=b@example.com"),
        ("prvs=@example.com", "prvs=@example.com"),
        ("prvs=1234abcdef=@example.com", "prvs=1234abcdef=@example.com"),
        ("alice@example.com", "alice@example.com"),
    ],
)
def test_a_batv_tag_is_no_part_of_an_address(address: str, plain: str) -> None:
    assert addressing.without_batv(address) == plain
