"""Codes and links with which a stranger could become a colleague elsewhere are for admins only."""

from __future__ import annotations

import pytest

from mail_ingest.classify import classify
from mail_ingest.mail import Envelope
from mail_ingest.parse import parse
from mail_ingest.sign_up_codes import carries_sign_up_code
from tests.letters import letter

ROBOT = "Chat <no-reply@chat.example>"


def reason(sender: str, subject: str, text: str, **fields: str) -> str | None:
    mail = parse(letter(sender, "support@help.test", subject, text, **fields))
    return carries_sign_up_code(mail, classify(mail, Envelope("x@chat.example", ("support@help.test",))))


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Your code is 123456", "Enter this code to verify your address."),
        ("Confirm your email", "Click https://chat.example/confirm?t=abc"),
        ("Your login code", "Your one-time code: 482-913"),
        ("Bestätigen Sie Ihre Adresse", "Ihr Code: 8812"),
        ("確認コード", "認証コード: 482913"),
        ("You are invited", "Bob invited you: https://chat.example/invite/xyz"),
        ("Sign in to Chat", "Use K7XQ2P to sign in."),
        ("Confirm your email", "Enter this code: ABC-DEF"),
        ("Confirm your email", "Your code:\n\nQRS-TUV\n"),
        ("Confirm your email", "ABC-DEF is your code."),
    ],
)
def test_a_robots_code_or_link(subject: str, text: str) -> None:
    assert reason(ROBOT, subject, text)
    assert reason("Chat <hello@chat.example>", subject, text, auto_submitted="auto-generated")


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("Alice <alice@example.com>", "Your code is 123456", "I cannot verify my address with this code."),
        (ROBOT, "Your invoice 20261122", "Total: 1234 EUR"),
        (ROBOT, "Weekly report", "All checks passed. https://ci.example/report"),
        (ROBOT, "Please confirm the date", "Does Monday suit you?"),
        (ROBOT, "Please confirm the order", "The part is XYZ-ABC."),
        ("Alice <alice@example.com>", "Order", "my order code is ABC-DEF"),
        ("Alice <alice@example.com>", "the error code: 500-12", "It says verification failed."),
        ("Alice <alice@example.com>", "My verification code 123456 does not work", "It burns."),
        ("Alice <alice@example.com>", "No confirmation code came", "I wait since 2026."),
    ],
)
def test_people_and_other_robots(sender: str, subject: str, text: str) -> None:
    assert reason(sender, subject, text) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Chat confirmation code: 123-456",
        "Chat confirmation code: ABC-DEF",
        "123456 is your Chat verification code",
        "Your login code is 4711",
        "Your Chat security code 4711",
        "Your sign-in code: K7XQ2P",
    ],
)
def test_a_subject_that_names_its_code_as_robots_do_counts_whoever_sent_it(subject: str) -> None:
    assert reason("Chat <feedback@chat.example>", subject, "It expires soon.")
