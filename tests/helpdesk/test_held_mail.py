"""Held mail as the domain knows it: its reasons, and what may be processed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk import held_mail
from helpdesk.held_mail import Why
from helpdesk.words import HELD_ADVICE, HELD_WORDS, HeldReason

DOCS = Path(__file__).parents[2] / "docs" / "held-mail.md"


@pytest.mark.parametrize(
    ("number", "said", "why"),
    [
        (6, "the sender's domain disowns this mail", ("H6", "the sender's domain disowns this mail", "")),
        (10, "over a cap: 1,204 parts", ("H10", "larger or deeper than is read", "over a cap: 1,204 parts")),
        (10, None, ("H10", "larger or deeper than is read", "")),
        (None, "by hand", ("", "by hand", "")),
        (None, None, ("", "nobody said why", "")),
        (999, "of a later version", ("H999", "of a later version", "")),
    ],
)
def test_a_reason_is_told_with_its_number_and_what_more_is_known(
    number: int | None, said: str | None, why: tuple[str, str, str]
) -> None:
    found = held_mail.why(number, said)
    assert (found.code, found.reason, found.detail) == why
    assert isinstance(found, Why)


@pytest.mark.parametrize("reason", HeldReason, ids=lambda reason: f"H{reason:d}")
def test_every_reason_has_words_and_one_sentence_of_advice_and_stands_in_the_documentation(reason: HeldReason) -> None:
    assert HELD_WORDS[reason]
    advice = HELD_ADVICE[reason]
    assert advice[0].isupper()
    assert advice.count(". ") == 0
    assert advice.endswith(".")
    assert f"| H{reason:d} | {HELD_WORDS[reason]} | {advice} |" in DOCS.read_text()
