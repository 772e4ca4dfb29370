"""Who wrote it: the real mailbox or none, and a defect wherever another reading was meant to be believed."""

from __future__ import annotations

import pytest

from mail_ingest import parse
from mail_ingest.mail import Address
from mail_ingest.parsing import mailboxes
from tests.mail_ingest.mails import mail

IDENTITY = ("from-", "two-from-fields")


def _identity(defects: list[str]) -> list[str]:
    return [defect for defect in defects if defect.startswith(IDENTITY)]


@pytest.mark.parametrize(
    ("field", "name", "address"),
    [
        ("alice@example.com", "", "alice@example.com"),
        ("<alice@example.com>", "", "alice@example.com"),
        ("Alice <alice@EXAMPLE.com>", "Alice", "alice@example.com"),
        ('"Doe, Alice" <alice@example.com>', "Doe, Alice", "alice@example.com"),
        ("Doe, Alice <alice@example.com>", "Doe, Alice", "alice@example.com"),
        ("alice@example.com (Alice)", "Alice", "alice@example.com"),
        ("alice@example.com <alice@example.com>", "alice@example.com", "alice@example.com"),
        ("'Alice' <alice@example.com>", "Alice", "alice@example.com"),
        ("=?utf-8?q?J=C3=B6rg?= <j@example.com>", "Jörg", "j@example.com"),
        ("=?iso-8859-1?q?J=F6rg_(x)?= <j@example.com>", "Jörg (x)", "j@example.com"),
        ('"=?utf-8?q?J=C3=B6rg?=" <j@example.com>', "Jörg", "j@example.com"),
        ("Al\u202eice\u200b <alice@example.com>", "Alice", "alice@example.com"),
        ("Alice [Acme] <alice@example.com>", "Alice [Acme]", "alice@example.com"),
        ('"a b"@example.com', "", '"a b"@example.com'),
        ("Alice <@relay.example.org:alice@example.com>", "Alice", "alice@example.com"),
        ("Alice <alice@example.com>,", "Alice", "alice@example.com"),
        # An address that is only shown is no mailbox: the page names it, identity is the real one.
        ('"bob@help.test" <mallory@example.org>', "bob@help.test", "mallory@example.org"),
        ("=?utf-8?q?bob=40help=2Etest?= <mallory@example.org>", "bob@help.test", "mallory@example.org"),
    ],
)
def test_one_certain_sender(field: str, name: str, address: str) -> None:
    found, defects = mailboxes.senders([field])
    assert found == (Address(name, address),)
    assert not _identity(defects)


@pytest.mark.parametrize(
    ("field", "address", "defect"),
    [
        ("bob@help.test <mallory@example.org>", "mallory@example.org", "from-name-holds-address"),
        ("bob@help.test<mallory@example.org>", "mallory@example.org", "from-name-holds-address"),
        ("bob@help.test\x00 <mallory@example.org>", "mallory@example.org", "from-name-holds-address"),
        ("<bob@help.test>mallory@example.org", None, "from-mailbox-malformed"),
        ("<bob@help.test> <mallory@example.org>", None, "from-mailbox-malformed"),
        ("bob@help.test, <mallory@example.org>", None, "from-has-several-mailboxes"),
        ("bob@help.test; mallory@example.org", None, "from-has-several-mailboxes"),
        ("bob@help.test (mallory@example.org)", "bob@help.test", "from-comment-holds-address"),
        ("(bob@help.test) mallory@example.org", "mallory@example.org", "from-comment-holds-address"),
        ('"bob@help.test <mallory@example.org>', None, "from-mailbox-malformed"),
        ("mallory@example.org <bob@help.test", None, "from-mailbox-malformed"),
        ("=?utf-8?q?bob=40help=2Etest?=", None, "from-without-mailbox"),
        ("=?utf-8?q?bob?=@help.test", None, "from-without-mailbox"),
        ("=?utf-8?b?Qm9iIDxib2JAaGVscC50ZXN0Pg==?=", None, "from-without-mailbox"),
        ("bob@help.test@example.org", None, "from-without-mailbox"),
        ("bob\u200b@help.test", None, "from-mailbox-malformed"),
        ("bob\x00@help.test", None, "from-mailbox-malformed"),
        ("team: bob@help.test, mallory@example.org;", None, "from-holds-group"),
        ("team: bob@help.test;", None, "from-holds-group"),
        ("undisclosed-recipients:;", None, "from-without-mailbox"),
        ("Bob <bob@help.test", "bob@help.test", "from-mailbox-malformed"),
        ("Bob", None, "from-without-mailbox"),
        ("<>", None, "from-without-mailbox"),
    ],
)
def test_a_doubtful_sender_has_a_defect(field: str, address: str | None, defect: str) -> None:
    read = parse.parse(mail(head=b"From: " + field.encode() + b"\r\nTo: support@help.test\r\n"))
    assert (read.sender.address if read.sender else None) == address
    assert defect in read.defects


def test_two_from_fields_name_nobody() -> None:
    read = parse.parse(mail("From: bob@help.test"))
    assert read.sender is None
    assert [one.address for one in read.senders] == ["alice@example.com", "bob@help.test"]
    assert "two-from-fields" in read.defects


def test_a_foreign_k_in_a_domain_is_not_folded_to_ours() -> None:
    found, _ = mailboxes.senders(["bob@des\u212a.test"])
    assert found[0].address == "bob@des\u212a.test"


@pytest.mark.parametrize(
    ("field", "addresses"),
    [
        ("a@x.test, B <b@x.test>", ["a@x.test", "b@x.test"]),
        ("a@x.test; b@x.test", ["a@x.test", "b@x.test"]),
        ("friends: a@x.test, b@x.test;, c@x.test", ["a@x.test", "b@x.test", "c@x.test"]),
        ('"x, victim@x.test" <a@x.test>', ["a@x.test"]),
        ("a@x.test,, ,b@x.test", ["a@x.test", "b@x.test"]),
        ("undisclosed-recipients:;", []),
        ("Somebody, a@x.test", ["a@x.test"]),
        ("a..b@x.test", ["a..b@x.test"]),
    ],
)
def test_recipients_are_read_leniently(field: str, addresses: list[str]) -> None:
    assert [one.address for one in mailboxes.recipients([field])[0]] == addresses


def test_at_most_five_hundred_recipients_are_kept() -> None:
    assert len(mailboxes.recipients([", ".join(f"a{n}@x.test" for n in range(600))])[0]) == 500
