"""An agent's signature below a public answer: cut when known, asked about in doubt, and no answer is cut away."""

from __future__ import annotations

import pytest

from mail_ingest.staff import own_tail
from mail_ingest.staff.own_tail import Known, Parted

BOB = frozenset({"bob@corp.example"})
SIGNATURE = "Bob Builder\nBuilder Ltd\nTel. +49 30 123456"
THRICE = tuple(own_tail.tail(f"{text}\n\nBest wishes\nBob Builder\n+49 30 123456") for text in ("Yes.", "No.", "Call us."))


@pytest.mark.parametrize(
    ("why", "text", "known", "expected"),
    [
        (
            "the stored signature is cut, whatever the white space",
            "It is fixed.\n\nBob  Builder\n\nBuilder Ltd \nTel. +49 30 123456\n",
            Known(SIGNATURE),
            Parted("It is fixed.", "Bob  Builder\n\nBuilder Ltd \nTel. +49 30 123456"),
        ),
        (
            "a text that only contains it further up stays",
            f"{SIGNATURE}\n\nThis is how you reach us.",
            Known(SIGNATURE),
            Parted(f"{SIGNATURE}\n\nThis is how you reach us."),
        ),
        ("a mail that is nothing but the signature stays", SIGNATURE, Known(SIGNATURE), Parted(SIGNATURE)),
        (
            "a tail with a telephone number that the last three mails share is cut",
            "It is fixed.\n\nBest wishes\nBob Builder\n+49 30 123456",
            Known(tails=THRICE),
            Parted("It is fixed.", "Best wishes\nBob Builder\n+49 30 123456"),
        ),
        (
            "two mails share too little to know",
            "It is fixed.\n\nBest wishes\nBob Builder\n+49 30 123456",
            Known(tails=THRICE[:2]),
            Parted("It is fixed.\n\nBest wishes\nBob Builder\n+49 30 123456", doubt="Best wishes\nBob Builder\n+49 30 123456"),
        ),
        (
            "a greeting that all mails share tells nothing and stays",
            "It is fixed.\n\nBest wishes\nBob",
            Known(tails=(own_tail.tail("Yes.\n\nBest wishes\nBob"),) * 3),
            Parted("It is fixed.\n\nBest wishes\nBob"),
        ),
        (
            "the same answer for the fourth time is an answer",
            "Call +49 30 123456",
            Known(tails=("Call +49 30 123456",) * 3),
            Parted("Call +49 30 123456"),
        ),
        (
            "contact data below the text is asked about",
            "It is fixed.\n\nBob Builder\nwww.builder.example",
            Known(),
            Parted("It is fixed.\n\nBob Builder\nwww.builder.example", doubt="Bob Builder\nwww.builder.example"),
        ),
        (
            "but not what its agent wants sent",
            "It is fixed.\n\nBob Builder\nwww.builder.example",
            Known(wanted=frozenset({"Bob Builder\nwww.builder.example"})),
            Parted("It is fixed.\n\nBob Builder\nwww.builder.example"),
        ),
        (
            "a link on a line of its own is an answer",
            "Here is the form:\n\nhttps://example.com/form",
            Known(),
            Parted("Here is the form:\n\nhttps://example.com/form"),
        ),
        (
            "a telephone number within a sentence is an answer",
            "Please call our hotline at +49 30 123456 between nine and five.",
            Known(),
            Parted("Please call our hotline at +49 30 123456 between nine and five."),
        ),
        (
            "the agent's own address is asked about wherever it stands",
            "Write to Bob@corp.example directly.\n\nRegards",
            Known(addresses=BOB),
            Parted("Write to Bob@corp.example directly.\n\nRegards", doubt="Write to Bob@corp.example directly."),
        ),
        (
            "somebody else's address is an answer",
            "Write to notbob@corp.example, or bob@corp.example.net.",
            Known(addresses=BOB),
            Parted("Write to notbob@corp.example, or bob@corp.example.net."),
        ),
        (
            "one line of contact data is asked about",
            "It is fixed.\n\nBob Builder | Builder Ltd | +49 30 1234567",
            Known(),
            Parted(
                "It is fixed.\n\nBob Builder | Builder Ltd | +49 30 1234567", doubt="Bob Builder | Builder Ltd | +49 30 1234567"
            ),
        ),
        (
            "a telephone number as the last word is asked about",
            "It is fixed.\n\nCall me: +49 171 1234567",
            Known(),
            Parted("It is fixed.\n\nCall me: +49 171 1234567", doubt="Call me: +49 171 1234567"),
        ),
        (
            "what a signature says below its number belongs to it",
            "It is fixed.\n\nBob Builder\n+49 30 1234567\n\nVisit us at the fair",
            Known(),
            Parted(
                "It is fixed.\n\nBob Builder\n+49 30 1234567\n\nVisit us at the fair",
                doubt="Bob Builder\n+49 30 1234567\n\nVisit us at the fair",
            ),
        ),
        (
            "the number of an order or a date is an answer",
            "It is on its way.\n\nYour order: 100200300\n\nIt comes on 03.04.2026",
            Known(),
            Parted("It is on its way.\n\nYour order: 100200300\n\nIt comes on 03.04.2026"),
        ),
        (
            "links with words below them are an answer",
            "Here is the form.\n\nIn English\nhttps://example.com/form\n\nGood luck!",
            Known(),
            Parted("Here is the form.\n\nIn English\nhttps://example.com/form\n\nGood luck!"),
        ),
        (
            "what three mails share is not cut where its agent wants it sent",
            "It is fixed.\n\nBest wishes\nBob Builder\n+49 30 123456",
            Known(tails=THRICE, wanted=frozenset({"Best wishes\nBob Builder\n+49 30 123456"})),
            Parted("It is fixed.\n\nBest wishes\nBob Builder\n+49 30 123456"),
        ),
        (
            "a block that was agreed to be cut is cut like the stored one",
            "It is fixed.\n\nBob, on the road",
            Known(SIGNATURE, cuts=("Bob, on the road",)),
            Parted("It is fixed.", "Bob, on the road"),
        ),
    ],
)
def test_what_stands_below_an_answer(why: str, text: str, known: Known, expected: Parted) -> None:
    assert own_tail.parted(text, known) == expected, why


@pytest.mark.parametrize(
    ("text", "block", "left"),
    [
        ("It is fixed.\n\nBob\n+49 30 1", "Bob\n+49 30 1", "It is fixed."),
        ("Write to bob@corp.example.\nOr wait.", "Write to bob@corp.example.", "Or wait."),
    ],
)
def test_a_block_in_doubt_is_taken_out(text: str, block: str, left: str) -> None:
    assert own_tail.without(text, block) == left
