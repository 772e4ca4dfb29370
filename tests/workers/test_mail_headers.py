from __future__ import annotations

from email.message import EmailMessage

import pytest

from helpdesk.errors import Refused
from workers.mail_headers import POLICY, addr_spec, as_bytes, clean, identifier, mailto, references


def test_a_field_that_nobody_set_stops_the_mail() -> None:
    """Python 3.11.7 writes the line feed of this encoded word as one; whatever the library does, no such mail leaves."""
    message = EmailMessage(policy=POLICY)
    message["Subject"] = "=?utf-8?q?a=0ABcc:_mallory=40example.org?="
    message.set_content("x")
    try:
        octets = as_bytes(message, "alice@example.com")
    except Refused:
        return
    assert b"\nBcc:" not in octets


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\x00b\tc\u2028d\x85e", "a b c d e"),
        ("=?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("a\u200b\u202eb", "ab"),
        ("  Ünï  çode ", "Ünï çode"),
        ("x" * 300, "x" * 250),
    ],
)
def test_a_value_is_one_line_that_begins_no_encoded_word(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "address", ["a@example.com", "o'brien+x=y@example.com", "ü@exämple.com", "-oX@example.com", "prvs=1=a@example.com"]
)
def test_addresses(address: str) -> None:
    assert addr_spec(address) == address


@pytest.mark.parametrize("address", ["a", "a@", "@b", "a@b@c.example ", "a b@c.example", '"a b"@c.example', "a@b.example,c@d.example", "a@b.example\r\n", "a@" + "b" * 260, "<a@b.example>", "a(x)@b.example"])  # fmt: skip
def test_what_is_no_single_address(address: str) -> None:
    with pytest.raises(Refused):
        addr_spec(address)


def test_identifiers_and_references() -> None:
    assert identifier("<a@b>") == identifier("a@b") == "<a@b>"
    assert identifier(None) is None
    assert references("r@x", None, []) == ["<r@x>"]
    assert references("r@x", "f@x", ["f@x", "r@x", "n@x", "n@x"]) == ["<r@x>", "<f@x>", "<n@x>"]


def test_mailto_escapes_what_mail_programs_misread() -> None:
    assert (
        mailto("support+x@help.test", subject="a b", body="#take\r\n")
        == "mailto:support%2Bx@help.test?subject=a%20b&body=%23take%0D%0A"
    )
