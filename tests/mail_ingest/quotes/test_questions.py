"""Which quoted lines are posted with the answers between them: what stands in the conversation, and nothing of our notice."""

from __future__ import annotations

import pytest

from mail_ingest.quotes import questions

ASKED = "When will it come?\n\nAnd who brings it: the post, or somebody else of your house?"
NOTICE = (
    f"Alice wrote on ELM-001: Parcel\nYour reply goes to Alice as a public answer.\n\n{ASKED}\n\nOpen ELM-001: https://help.test/1"
)


def kept(text: str) -> str:
    return questions.kept(text, ["The first message", ASKED], [NOTICE])


@pytest.mark.parametrize(
    ("typed", "posted"),
    [
        ("> When will it come?\nOn Friday.", "> When will it come?\nOn Friday."),
        ("> Your reply goes to Alice as a public answer.\n>\n> When will it come?\n\nOn Friday.", "> When will it come?\n\nOn Friday."),
        ("> When will it come?\nOn Friday.\n> Open ELM-001: https://help.test/1", "> When will it come?\nOn Friday."),
        ("> When will it come?\nOn Friday.\n> Open ELM-001: https://help.test/1\nBob", "> When will it come?\nOn Friday.\n\nBob"),
        ("> When will it come?\nOn Friday.\n>\n> And who brings it: the post, or", "> When will it come?\nOn Friday."),
        ("> And who brings it: the post, or\n> somebody else of your house?\nThe post.", "> And who brings it: the post, or\n> somebody else of your house?\nThe post."),
        ("> *And* who brings it <https://track.example/x>\nThe post.", "> *And* who brings it\nThe post."),
        ("> > The first message\n> When will it come?\nOn Friday.", "> > The first message\n> When will it come?\nOn Friday."),
        ("> Your reply goes to Alice as a public answer.\nFine.", "Fine."),
        ("Hello,\n\n\nso it is.\n> When will it come?\n\n\nOn Friday.", "Hello,\n\n\nso it is.\n> When will it come?\n\nOn Friday."),
    ],
)  # fmt: skip
def test_questions_stay_and_the_frame_of_our_notice_goes(typed: str, posted: str) -> None:
    assert kept(typed) == posted


@pytest.mark.parametrize(
    "typed", ["Look:\n\n> ERROR 500\n\nThat is it.", "No quote at all.\n\n\n  Indented.", "> said by my colleague"]
)
def test_what_is_cited_from_elsewhere_is_as_it_was_typed(typed: str) -> None:
    assert kept(typed) == typed


def test_words_of_two_messages_are_no_line_of_one() -> None:
    assert kept("> When will it come?\nOn Friday.\n> message When will\nBob") == "> When will it come?\nOn Friday.\n\nBob"


def test_a_long_mail_takes_no_long_time() -> None:
    assert questions.kept("> line\nanswer\n" * 30_000, ["word " * 200_000, "line"], [])
