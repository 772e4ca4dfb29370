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
    typed = "> When will it come?\nOn Friday.\n> message When will\nBob"
    readable = ["The first message", ASKED]
    assert questions.kept(typed, readable, ["A message: When will it end?"]) == "> When will it come?\nOn Friday.\n\nBob"


NOTE = "She never pays in time, and I have told her so.\nMonday last week she was here again: do not tell."


@pytest.mark.parametrize(
    ("typed", "posted"),
    [
        ("> When will it come?\nRun this:\n> npm run build", "> When will it come?\nRun this:\n> npm run build"),
        ("> When will it come?\n> npm run build\nOn Friday.", "> When will it come?\n> npm run build\nOn Friday."),
        ("> Open ELM-001: https://safe.example/?url=x\n> When will it come?\nOn Friday.", "> When will it come?\nOn Friday."),
        ("> When will it come?\nOn Friday.\n> npm run build\n> She never pays in time,", "> When will it come?\nOn Friday.\n> npm run build"),
    ],
)  # fmt: skip
def test_only_what_our_mail_told_the_agent_alone_goes_and_what_stands_nowhere_in_it_is_their_own(typed: str, posted: str) -> None:
    assert questions.kept(typed, ["The first message", ASKED], [NOTICE, NOTE]) == posted


@pytest.mark.parametrize(
    ("typed", "posted"),
    [
        ("> She never pays in time, and I have told her\nso.\n> When will it come?\nOn Friday.", "> When will it come?\nOn Friday."),
        (
            "> Monday last week\nshe was here\nagain: do not tell.\n"
            "> When will it come?\nOn Friday.",
            "> When will it come?\nOn Friday.",
        ),
        ("> She never pays in time,\nShe has paid now.\n> When will it come?\nOn Friday.", "She has paid now.\n> When will it come?\nOn Friday."),
        ("> She never pays in time,\n\nand I have told her.\n> When will it come?\nOn Friday.", "and I have told her.\n> When will it come?\nOn Friday."),
    ],
)  # fmt: skip
def test_what_a_program_broke_off_a_quoted_line_goes_with_it(typed: str, posted: str) -> None:
    assert questions.kept(typed, ["The first message", ASKED], [NOTICE, NOTE]) == posted


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("> She never pays in time,", "and I have told her everything."),
        ("> and I have told her so.", "Monday last week she was here"),
    ],
)
def test_a_line_that_may_be_the_rest_of_a_quoted_one_is_asked_about(above: str, line: str) -> None:
    with pytest.raises(questions.MaybeQuoted) as error:
        questions.kept(f"{above}\n{line}\n> When will it come?\nYes.", [ASKED], [NOTE])
    assert error.value.line == line


def test_where_our_notice_is_not_known_all_goes_that_its_readers_do_not_have() -> None:
    assert questions.kept("> Open it\n> When will it come?\nOn Friday.", [ASKED], cites=False) == "> When will it come?\nOn Friday."


def test_a_long_mail_takes_no_long_time() -> None:
    assert questions.kept("> line\nanswer\n" * 30_000, ["word " * 200_000, "line"], ["other words " * 20_000])
