"""What the child answers comes back as it was, and nothing else is believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mail_ingest import reading_codec
from mail_ingest.mail import Address, Attachment, DeliveryReport, FailedRecipient, Kind, ParsedMail, Reading, ReplyText, Verdict

MAIL = ParsedMail(
    senders=(Address("Älice", "alice@example.com"),),
    to=(Address("", "support@help.test"),),
    cc=(),
    reply_to=(),
    subject="Printer",
    message_id="1@example.com",
    in_reply_to=("0@help.test",),
    references=("a@help.test", "0@help.test"),
    date=datetime(2020, 3, 3, 10, tzinfo=UTC),
    text="Hello \u2028 \N{PRINTER}",
    html="<p>Hello</p>",
    attachments=(
        Attachment("a.bin", "application/octet-stream", bytes(range(256)), True, "x@y"),
        Attachment("b", "text/plain", b""),
    ),
    headers=(("from", "Älice <alice@example.com>"),),
    content_type="multipart/mixed",
    defects=("date-missing",),
)
REPORT = DeliveryReport((FailedRecipient("bob@help.test", "failed", "5.1.1", "unknown"),), "1@help.test")


@pytest.mark.parametrize(
    "reading",
    [
        Reading(MAIL, Verdict(Kind.BOUNCE, "reports_delivery", "because"), REPORT, "<p>Hello</p>"),
        Reading(MAIL, Verdict(Kind.PERSON, "no rule"), over_cap="1,000 parts"),
        Reading(MAIL, Verdict(Kind.PERSON, "no rule"), forward=True),
        Reading(MAIL, Verdict(Kind.AUTO_GENERATED, "no rule"), sign_up_code="a robot's mail with a sign-up code"),
    ],
)
def test_a_reading_comes_back_as_it_was(reading: Reading) -> None:
    assert reading_codec.decode_reading(reading_codec.encode_reading(reading)) == reading


def test_a_reply_text_comes_back_as_it_was() -> None:
    reply = ReplyText("new", "> old", "-- \nAlice", "quotes", 2)
    assert reading_codec.decode_reply(reading_codec.encode_reply(reply)) == reply


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x04null",
        b"not json at all",
        b"\x80\x04.",
        reading_codec.encode_reading(Reading(MAIL, Verdict(Kind.PERSON, "no rule")))[:-1],
        reading_codec.encode_reading(Reading(MAIL, Verdict(Kind.PERSON, "no rule"))).replace(b'"person"', b'"martian"'),
    ],
)
def test_nonsense_is_refused(octets: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        reading_codec.decode_reading(octets)
