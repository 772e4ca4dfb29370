"""Who stands behind a From of ours: whom a trusted relay names, and nobody else's word."""

from __future__ import annotations

import pytest

from mail_ingest.mail import Address, ParsedMail
from mail_ingest.parse import parse
from mail_ingest.sender.rewritten import is_trusted, original_sender
from tests.mail_ingest.mails import mail

TRUSTED = ("192.0.2.0/24", "2001:db8::1")
ALICE = Address("Alice Doe", "alice@example.com")


def said(*values: str) -> ParsedMail:
    return parse(mail(*(f"X-Original-From: {value}" for value in values)))


@pytest.mark.parametrize(
    ("value", "sender"),
    [
        ("Alice Doe <alice@Example.COM>", ALICE),
        ('"Alice Doe" <alice@example.com>', ALICE),
        ("alice@example.com", Address("", "alice@example.com")),
        ("<alice@example.com>", Address("", "alice@example.com")),
        ("=?utf-8?q?Al=C3=ADce?= <alice@example.com>", Address("Alíce", "alice@example.com")),
        ("Alice Doe", None),
        ("", None),
        ("alice@example.com, bob@help.test", None),
        ("Alice <alice@example.com", None),
        ("alice@example.com>", None),
        ("Alice <alice@example.com> x", None),
        ("<>", None),
        ("a" * 300 + "@example.com", None),
    ],
)
def test_one_mailbox_is_taken_and_nothing_else(value: str, sender: Address | None) -> None:
    assert original_sender(said(value), "192.0.2.7", TRUSTED) == sender


def test_two_such_fields_say_nothing() -> None:
    assert original_sender(said("alice@example.com", "bob@help.test"), "192.0.2.7", TRUSTED) is None


def test_a_mail_without_the_field_has_no_other_sender() -> None:
    assert original_sender(said(), "192.0.2.7", TRUSTED) is None


@pytest.mark.parametrize(
    ("client", "believed"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::1", True),
        ("2001:db8::2", False),
        ("198.51.100.1", False),
        ("", False),
        (None, False),
        ("nonsense", False),
    ],
)
def test_only_a_trusted_relay_is_believed(client: str | None, believed: bool) -> None:
    assert is_trusted(client, TRUSTED) is believed
    assert (original_sender(said("alice@example.com"), client, TRUSTED) is not None) is believed


def test_without_trusted_relays_nobody_is_believed() -> None:
    assert not is_trusted("127.0.0.1", ())
