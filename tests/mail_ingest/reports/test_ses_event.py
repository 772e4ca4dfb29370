"""What SES says of a mail of ours, in every documented shape, and what is no such word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpdesk.errors import Refused
from mail_ingest.mail import FailedRecipient
from mail_ingest.reports import ses_event
from mail_ingest.reports.ses_event import SesEvent

MAIL = {
    "timestamp": "2026-03-03T09:00:00.000Z",
    "source": "support@help.test",
    "sendingAccountId": "123456789012",
    "messageId": "0100019-abc-000000",
    "destination": ["alice@example.com"],
    "headersTruncated": False,
    "headers": [{"name": "From", "value": "support@help.test"}, {"name": "Message-ID", "value": "<elm-1.7.mac@help.test>"}],
    "commonHeaders": {"subject": "[ELM-001] Printer"},
}
UNKNOWN = {
    "emailAddress": "alice@example.com",
    "status": "5.1.1",
    "action": "failed",
    "diagnosticCode": "smtp; 550 5.1.1 <alice@example.com>... User unknown",
}


def event(kind: str, field: str = "notificationType", **said: Any) -> str:
    """The JSON of one event; `said` is its own object."""
    return json.dumps({field: kind, "mail": MAIL, **said})


def bounced(kind: str, *recipients: dict[str, Any], sub: str = "General") -> str:
    """A bounce of that type."""
    return event("Bounce", bounce={"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipients, "feedbackId": "x"})


def read(text: str | bytes) -> SesEvent:
    """The event, which must be one."""
    found = ses_event.read(text)
    assert found is not None
    return found


def only(**changed: Any) -> dict[str, Any]:
    """A bounced recipient with some fields changed, or dropped where None."""
    return {name: value for name, value in {**UNKNOWN, **changed}.items() if value is not None}


BOUNCES = [
    ("unknown mailbox", bounced("Permanent", UNKNOWN), ("failed", "5.1.1", "550 5.1.1 <alice@example.com>... User unknown")),
    ("no report was attached", bounced("Permanent", {"emailAddress": "alice@example.com"}, sub="NoEmail"), ("failed", "5.0.0", "Permanent/NoEmail")),
    ("SES no longer sends there", bounced("Permanent", only(diagnosticCode="Amazon SES did not send"), sub="OnAccountSuppressionList"), ("failed", "5.1.1", "Amazon SES did not send")),
    ("given up for now", bounced("Transient", only(status="4.4.7", diagnosticCode="smtp; 451 4.4.7 expired")), ("failed", "4.4.7", "451 4.4.7 expired")),
    ("a full mailbox is transient whatever the peer says", bounced("Transient", only(status="5.2.2", diagnosticCode=None), sub="MailboxFull"), ("failed", "4.2.2", "Transient/MailboxFull")),
    ("an absence notice that SES takes for a bounce", bounced("Transient", {"emailAddress": "alice@example.com"}), ("delayed", "4.0.0", "Transient/General")),
    ("SES does not know either", bounced("Undetermined", only(status="5.5.0", action=None), sub="Undetermined"), ("delayed", "4.5.0", UNKNOWN["diagnosticCode"][6:])),
    ("a status without sense", bounced("Permanent", only(status="bad; 9.9.9", action="exploded", diagnosticCode="x\r\ny\0z")), ("failed", "5.0.0", "x y z")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in BOUNCES], ids=[case[0] for case in BOUNCES])
def test_a_bounce_is_lasting_by_its_type(text: str, expected: tuple[str, str, str]) -> None:
    found = read(text)
    assert (found.message_id, found.report.original_message_id) == ("0100019-abc-000000", "elm-1.7.mac@help.test")
    assert found.report.recipients == (FailedRecipient("alice@example.com", *expected),)
    assert not found.report.complaint


def test_event_publishing_says_the_same_as_notifications() -> None:
    said = {"bounceType": "Permanent", "bouncedRecipients": [UNKNOWN]}
    assert read(event("Bounce", "eventType", bounce=said)) == read(event("Bounce", bounce=said).encode())


def test_every_recipient_of_a_bounce_is_told() -> None:
    report = read(bounced("Permanent", UNKNOWN, only(emailAddress="charlie@example.com", status="5.2.1"))).report
    assert [(one.address, one.status) for one in report.recipients] == [
        ("alice@example.com", "5.1.1"),
        ("charlie@example.com", "5.2.1"),
    ]


@pytest.mark.parametrize(
    ("said", "complains"),
    [
        ({"complainedRecipients": [{"emailAddress": "alice@example.com"}], "complaintFeedbackType": "abuse"}, True),
        ({"complainedRecipients": [{"emailAddress": "alice@example.com"}], "complaintSubType": "OnAccountSuppressionList"}, True),
        ({"complainedRecipients": [{"emailAddress": "alice@example.com"}], "complaintSubType": None}, True),
        ({"complainedRecipients": []}, True),
        ({"complainedRecipients": [{"emailAddress": "alice@example.com"}], "complaintFeedbackType": "not-spam"}, False),
    ],
)
def test_a_complaint_is_one_unless_its_type_says_the_opposite(said: dict[str, Any], complains: bool) -> None:
    report = read(event("Complaint", complaint=said)).report
    assert report.complaint is complains
    assert {one.action for one in report.recipients} == {"delivered"}


def test_a_delivery_is_a_report_of_success() -> None:
    found = read(event("Delivery", delivery={"recipients": ["alice@example.com", 7], "smtpResponse": "250 2.6.0 taken"}))
    assert found.report.recipients == (FailedRecipient("alice@example.com", "delivered"),)
    assert found.words == "250 2.6.0 taken"


def test_a_delay_is_still_tried() -> None:
    one = {"emailAddress": "alice@example.com", "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 Unable to connect"}
    said = {"delayType": "TransientCommunicationFailure", "delayedRecipients": [one]}
    (found,) = read(event("DeliveryDelay", "eventType", deliveryDelay=said)).report.recipients
    assert found == FailedRecipient("alice@example.com", "delayed", "4.4.1", "421 4.4.1 Unable to connect")


def test_a_mail_that_ses_rejects_does_not_arrive_and_the_address_is_not_why() -> None:
    (found,) = read(event("Reject", "eventType", reject={"reason": "Bad content"})).report.recipients
    assert (found.action, found.status, found.diagnostic) == ("failed", "5.7.0", "rejected by SES: Bad content")


@pytest.mark.parametrize(
    "text",
    [
        event("Send", "eventType", send={}),
        event("Open", "eventType", open={"ipAddress": "192.0.2.1"}),
        event("Click", "eventType", click={}),
        event("Rendering Failure", "eventType", failure={}),
        json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have subscribed"}),
        "Successfully validated SNS topic for Amazon SES event publishing.",
    ],
)
def test_what_is_no_news_of_delivery_is_let_go(text: str) -> None:
    assert ses_event.read(text) is None


GARBAGE: list[tuple[str, str | bytes]] = [
    ("nothing", ""),
    ("no JSON", "Bounce"),
    ("half of it", bounced("Permanent", UNKNOWN)[:-40]),
    ("no UTF-8", b'{"notificationType": "Bounce\xff"}'),
    ("a list", "[]"),
    ("a number", "7"),
    ("null", "null"),
    ("a number too long to read", "1" * 10_000),
    ("too deep", "[" * 200_000),
    ("too long", '"' + "x" * 1_000_001 + '"'),
    ("no type", json.dumps({"mail": MAIL})),
    ("a type that is none", json.dumps({"notificationType": {"Bounce": 1}, "mail": MAIL})),
    ("a mail that came in", json.dumps({"notificationType": "Received", "mail": MAIL, "receipt": {}})),
    ("a type we do not know", event("Exploded", exploded={})),
    ("no mail", json.dumps({"notificationType": "Bounce", "bounce": {}})),
    ("a mail without id", json.dumps({"notificationType": "Bounce", "bounce": {}, "mail": {"messageId": 7}})),
    ("no bounce in a bounce", event("Bounce")),
    ("a bounce that is a list", event("Bounce", bounce=[UNKNOWN])),
]


@pytest.mark.parametrize("text", [case[1] for case in GARBAGE], ids=[case[0] for case in GARBAGE])
def test_what_is_no_event_is_refused_with_a_sentence(text: str | bytes) -> None:
    with pytest.raises(Refused, match=r"of SES.*\.$"):
        ses_event.read(text)


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, [7], [None], [[]], [{"emailAddress": 7, "status": [], "action": {}}]])
def test_parts_without_sense_leave_the_recipient_that_each_message_has(odd: object) -> None:
    assert [one.status for one in read(event("Bounce", bounce={"bouncedRecipients": odd})).report.recipients] == ["4.0.0"]
    assert read(event("Complaint", complaint={"complainedRecipients": odd})).report.complaint
    assert [one.action for one in read(event("DeliveryDelay", deliveryDelay={"delayedRecipients": odd})).report.recipients] == [
        "delayed"
    ]
    assert read(event("Delivery", delivery={"recipients": odd})).report is not None
    broken = json.dumps({"notificationType": "Delivery", "delivery": {}, "mail": {"messageId": "x", "headers": odd}})
    assert read(broken).report.original_message_id is None
