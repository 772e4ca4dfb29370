"""Receipts: errors only, mails with commands, or all; as each agent chose."""

from __future__ import annotations

import pytest

from tests.letters import letter
from tests.mail_ingest.staff.world import ALICE, BOB, JUDGE, World


@pytest.mark.parametrize(
    ("chosen", "text", "lines"),
    [
        ("errors", "#resolved\n\nPut it out.", None),
        ("commands", "Put it out.", None),
        ("commands", "#resolved\n#tag fire\n\nPut it out.", ["Your answer goes to Alice.", "#status resolved", "#tag fire"]),
        ("always", "Put it out.", ["Your answer goes to Alice."]),
        ("always", "#note\nShe pays.", ["Your note is on the ticket.", "#note"]),
        ("always", "#take", ["#take"]),
    ],
)
def test_a_receipt_says_what_was_done_where_it_is_wanted(world: World, chosen: str, text: str, lines: list[str] | None) -> None:
    world.prefers(receipts=chosen)
    number = world.alice_writes()
    world.bob_writes(number, text)
    assert [one.data["lines"] for one in world.mails("receipt")] == ([] if lines is None else [lines])


def test_what_alice_has_from_bob_himself_is_not_said_to_leave(world: World) -> None:
    world.prefers(undo_minutes=3, receipts="always")
    number = world.alice_writes()
    token = world.token(number)
    proof = f"{JUDGE}; dkim=pass header.d=help.test"
    world.arrives(letter(BOB, f"{token}, {ALICE}", "Re: Printer", "Put it out.", authentication_results=proof), to=token)
    assert world.last("receipt").data["lines"] == ["Alice has your answer from you."]


def test_an_undo_time_is_for_public_answers_and_always_has_a_receipt(world: World) -> None:
    world.prefers(undo_minutes=3, receipts="errors")
    number = world.alice_writes()
    world.bob_writes(number, "#note\nShe pays.")
    world.bob_writes(number, "#take")
    assert world.mails("receipt") == []
    world.bob_writes(number, "Put it out.")
    assert "It leaves at " in world.lines()
