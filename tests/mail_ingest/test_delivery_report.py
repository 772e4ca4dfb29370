"""Delivery reports: every way of telling a failure that a reader knows, and next to it the mail that only looks like it."""

from __future__ import annotations

import pytest

from mail_ingest import delivery_report
from mail_ingest.mail import DeliveryReport, Envelope, FailedRecipient
from mail_ingest.parse import parse

DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nTo: bounce+token@help.test\nSubject: Undelivered Mail Returned to Sender\n"
PERSON = "From: Alice <alice@example.com>\nTo: support@help.test\nSubject: {}\n"
TEXT = "Content-Type: text/plain; charset=utf-8\n\n"
ORIGINAL = (
    "Received: from help.test by mx.example.org\nMessage-ID: <elm-1.7.mac@help.test>\nFrom: Support <support@help.test>\n"
    "To: Bob <bob@example.org>\nSubject: [ELM-001] Printer\n\nHello Bob, write to charlie@example.com.\n"
)
REPORT = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
FIELDS = "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; bob@example.org\nAction: failed\nStatus: 5.1.1\n"


def read(text: str, envelope: Envelope | None = None) -> DeliveryReport | None:
    """What the reader makes of a mail with CRLF line ends."""
    raw = text.replace("\n", "\r\n").encode()
    return delivery_report.read(raw, parse(raw), envelope)


def told(report: DeliveryReport | None) -> list[tuple[str, str, str | None]] | None:
    """Address, action and status of each recipient."""
    return None if report is None else [(one.address, one.action, one.status) for one in report.recipients]


def dsn(fields: str, head: str = DAEMON, original: str = ORIGINAL) -> str:
    """A well-formed report (RFC 3464) with these status fields."""
    return (
        f"{head}{REPORT}--b\nContent-Type: text/plain\n\nIt failed.\n\n--b\nContent-Type: message/delivery-status\n\n{fields}\n"
        f"--b\nContent-Type: message/rfc822\n\n{original}\n--b--\n"
    )


FAILED = [("bob@example.org", "failed", "5.1.1")]
BLOCK = "Final-Recipient: rfc822;{}\nAction: {}\nStatus: {}\n"

MACHINE_READABLE = [
    ("the plain case", dsn(FIELDS), FAILED),
    ("two recipients, one delayed", dsn(f"{FIELDS}\n{BLOCK.format('eve@example.org', 'delayed', '4.4.1')}"), [*FAILED, ("eve@example.org", "delayed", "4.4.1")]),
    ("two recipients without a blank line", dsn(FIELDS + BLOCK.format("eve@example.org", "failed", "5.2.2")), [*FAILED, ("eve@example.org", "failed", "5.2.2")]),
    ("one recipient told twice", dsn(f"{FIELDS}\n{BLOCK.format('BOB@example.org', 'failed', '5.1.1')}"), FAILED),
    ("success is no failure", dsn(BLOCK.format("bob@example.org", "delivered", "2.0.0")), [("bob@example.org", "delivered", "2.0.0")]),
    ("the action follows from the status", dsn("Final-Recipient: rfc822; <bob@example.org>\nStatus: 4.2.2 (mailbox full)\n"), [("bob@example.org", "delayed", "4.2.2")]),
    ("a vague status and a clear diagnostic", dsn("Final-Recipient: rfc822;bob@example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp;\n 550 5.1.1 unknown\n"), FAILED),
    ("only the original recipient is named", dsn("Original-Recipient: rfc822;bob@example.org\nAction: failed\nStatus: 5.1.1\n"), FAILED),
    ("a final recipient without a real domain", dsn("Original-Recipient: rfc822;bob@example.org\nFinal-Recipient: rfc822;bob@mailhost\nAction: failed\nStatus: 5.1.1\n"), FAILED),
    ("a final recipient that is no address", dsn("Original-Recipient: rfc822;bob@example.org\nFinal-Recipient: X500;/o=x\nAction: failed\nStatus: 5.1.1\n"), FAILED),
    ("a quoted local part", dsn(BLOCK.format('"a..b"@example.org', "failed", "5.1.3")), [('"a..b"@example.org', "failed", "5.1.3")]),
    ("status fields flattened into the text", f"{DAEMON}{TEXT}It failed.\n\n{FIELDS}\n{ORIGINAL}", FAILED),
    ("a part that lost its multipart", f"{DAEMON}\n--b\nContent-Type: message/delivery-status\n\n{FIELDS}\n--b--\n", FAILED),
    ("the status part in a mixed mail", dsn(FIELDS).replace(REPORT, "Content-Type: multipart/mixed; boundary=b\n\n"), FAILED),
    ("status fields in base64", dsn("RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGJvYkBleGFtcGxlLm9yZwpBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMS4xCg==").replace("message/delivery-status\n", "message/delivery-status\nContent-Transfer-Encoding: base64\n"), FAILED),
    ("only the header block comes back", dsn(FIELDS).replace("message/rfc822", "text/rfc822-headers"), FAILED),
    ("nothing comes back", dsn(FIELDS).split("--b\nContent-Type: message/rfc822")[0] + "--b--\n", FAILED),
    ("one of many failed", dsn(f"{BLOCK.format('a@example.org', 'delivered', '2.0.0')}\n{FIELDS}\n{BLOCK.format('c@example.org', 'relayed', '2.0.0')}"), [("a@example.org", "delivered", "2.0.0"), *FAILED, ("c@example.org", "relayed", "2.0.0")]),
    ("a list that it was sent on to", dsn(BLOCK.format("bob@example.org", "expanded (to a list)", "2.0.0")), [("bob@example.org", "expanded", "2.0.0")]),
    ("relayed to a system that reports nothing", dsn(BLOCK.format("bob@example.org", "relayed", "2.1.9")), [("bob@example.org", "relayed", "2.1.9")]),
    ("delayed with an end", dsn(BLOCK.format("bob@example.org", "delayed", "4.4.1") + "Will-Retry-Until: Thu, 9 May 2030 10:00:00 +0000\n"), [("bob@example.org", "delayed", "4.4.1")]),
    ("an action in capitals", dsn(BLOCK.format("bob@example.org", "FAILED", "5.1.1")), FAILED),
    ("fields of the message between the blocks", dsn(f"{FIELDS}X-Postfix-Sender: rfc822; support@help.test\n"), FAILED),
    ("international fields", dsn(BLOCK.format("bob@example.org", "failed", "5.1.1").replace("rfc822;", "utf-8; ")).replace("message/delivery-status", "message/global-delivery-status").replace("message/rfc822", "message/global"), FAILED),
    ("an international address", dsn("Final-Recipient: utf-8; jörg@example.org\nAction: failed\nStatus: 5.1.1\n").replace("message/delivery-status", "message/global-delivery-status"), [("jörg@example.org", "failed", "5.1.1")]),
    ("an international address in ASCII", dsn("Final-Recipient: utf-8; j\\x{F6}rg@example.org\nAction: failed\nStatus: 5.1.1\n").replace("message/delivery-status", "message/global-delivery-status"), [("jörg@example.org", "failed", "5.1.1")]),
    ("escapes that are no characters", dsn("Final-Recipient: utf-8; j\\x{D800}\\x{FFFFFF}\\x{0A}g@example.org\nAction: failed\nStatus: 5.1.1\n"), [("j\\x{D800}\\x{FFFFFF}\\x{0A}g@example.org", "failed", "5.1.1")]),
    ("X-Failed-Recipients of many", f"X-Failed-Recipients: bob@example.org,\n\t<eve@example.org>\n{DAEMON}{TEXT}  bob@example.org\n    550 5.1.1 no such user\n  eve@example.org\n    550 5.1.1 no such user\n", [*FAILED, ("eve@example.org", "failed", "5.1.1")]),
    ("X-Failed-Recipients, the reason in the text", f"X-Failed-Recipients: bob@example.org\n{DAEMON}{TEXT}  bob@example.org\n    550 5.1.1 no such user\n", FAILED),
]  # fmt: skip

PROSE = [
    ("an address and a colon", "<bob@example.org>: host mx.example.org said: 550 5.1.1 User unknown\n", FAILED),
    ("an address alone, the reason below", "Sorry, not delivered to:\n\n  * bob@example.org\n\nBecause: 550 5.1.1 No such user\n", FAILED),
    ("an address and a date", "did not arrive:\n\nbob@example.org on Thu, 2 May 2030 10:00:00 +0000\n  5.1.1 unknown\n", FAILED),
    ("a label", "Recipient: <bob@example.org>\nReason: 5.1.1 mailbox unknown\n", FAILED),
    ("a label in a sentence", "Your mail could not be delivered to: <bob@example.org>\n(5.1.1)\n", FAILED),
    ("an SMTP dialogue", ">>> MAIL FROM:<support@help.test>\n<<< 250 ok\n>>> RCPT TO:<bob@example.org>\n<<< 550 5.1.1 unknown\n", FAILED),
    ("a reply that names the address", "While talking to mx.example.org:\n550 5.1.1 <bob@example.org>... User unknown\n", FAILED),
    ("a sentence of failure", "The mailbox bob@example.org does not exist (5.1.1). For help contact admin@example.net.\n".replace(". For", ".\nFor"), FAILED),
    ("a name that the original was sent to", "We met trouble with bob@example.org today.\nAsk eve@example.net.\n5.1.1\n", FAILED),
    ("nobody named, one original recipient", "Your message came back: 5.1.1.\n", FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in MACHINE_READABLE], ids=[case[0] for case in MACHINE_READABLE])
def test_machine_readable_reports_are_read_wherever_they_stand(text: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert told(read(text)) == expected


@pytest.mark.parametrize(("notice", "expected"), [case[1:] for case in PROSE], ids=[case[0] for case in PROSE])
def test_prose_is_read_by_its_layout(notice: str, expected: list[tuple[str, str, str | None]]) -> None:
    text = f"{DAEMON}{TEXT}{notice}\n--- Below this line is a copy of the message.\n\n{ORIGINAL}"
    assert told(read(text)) == expected


@pytest.mark.parametrize(("notice", "expected"), [case[1:] for case in PROSE], ids=[case[0] for case in PROSE])
def test_the_same_words_of_a_person_are_no_report(notice: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert read(f"{PERSON.format('Printer')}{TEXT}{notice}\n> --- Below this line is a copy.\n\n{ORIGINAL}") is None


NO_REPORT = [
    ("a customer's parcel", PERSON.format("Delivery failed: where is my parcel?") + TEXT + "Order 550 4711, my address: bob@example.org.\n"),
    ("a customer quotes an error", PERSON.format("Undeliverable mail") + TEXT + "I get: <bob@example.org>: 550 5.1.1 User unknown. Why?\n"),
    ("a customer pastes status fields", PERSON.format("Delivery problem") + TEXT + FIELDS),
    ("a customer forwards a report", PERSON.format("Fwd: Undelivered Mail Returned to Sender") + TEXT + f"See below.\n\n{FIELDS}\n{ORIGINAL}"),
    ("a forwarded report in a part", dsn(FIELDS, PERSON.format("WG: Unzustellbar")).replace(REPORT, "Content-Type: multipart/mixed; boundary=b\n\n")),
    ("a reply to a failed delivery", PERSON.format("Re: Delivery failed") + TEXT + "bob@example.org: that is the right address.\n"),
    ("an absence notice with a null path", "Return-Path: <>\nAuto-Submitted: auto-replied\n" + PERSON.format("Automatic reply: Delivery problem") + TEXT + "Ask eve@example.org instead.\n"),
    ("an acknowledgement of a mail about delivery", "Return-Path: <>\nAuto-Submitted: auto-replied\n" + PERSON.format("We received: delivery failed") + TEXT + "bob@example.org will answer.\n"),
    ("a postmaster who writes by hand", "From: Eve <postmaster@example.org>\nSubject: Your server\n" + TEXT + "Please allow bob@example.org again.\n"),
    ("a read receipt", DAEMON.replace("MAILER-DAEMON", "bob").replace("Undelivered Mail", "Read: Printer") + REPORT.replace("delivery-status", "disposition-notification")
     + "--b\nContent-Type: text/plain\n\nYour message\n  To: bob@example.org\nwas read.\n\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;bob@example.org\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n"),
    ("a report on authentication", f"{DAEMON}{REPORT.replace('delivery-status', 'feedback-report')}--b\nContent-Type: message/feedback-report\n\nFeedback-Type: auth-failure\nOriginal-Rcpt-To: bob@example.org\n\n--b--\n"),
    ("an absence notice that returns the mail as a part", "Return-Path: <>\n" + PERSON.format("Away") + "Content-Type: multipart/mixed; boundary=b\n\n"
     + f"--b\nContent-Type: text/plain\n\nI am unavailable until May. Ask eve@example.org.\n\n--b\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--b--\n"),
    ("nothing at all", ""),
]  # fmt: skip


@pytest.mark.parametrize("text", [case[1] for case in NO_REPORT], ids=[case[0] for case in NO_REPORT])
def test_what_only_looks_like_a_report_is_none(text: str) -> None:
    assert read(text) is None


def test_a_delay_that_is_still_tried_is_no_failure_yet() -> None:
    text = f"{DAEMON.replace('Undelivered Mail Returned to Sender', 'Warning: message delayed')}{TEXT}"
    report = read(f"{text}<bob@example.org>: 451 4.4.1 no answer. Delivery will be retried.\n\n{ORIGINAL}")
    assert told(report) == [("bob@example.org", "delayed", "4.4.1")]


def test_a_mail_system_known_by_its_envelope_and_the_returned_mail_alone() -> None:
    text = (
        "From: info@provider.example.org\nSubject: Mail\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        f"Could not be delivered to: <bob@example.org>\nAs their mailbox is full.\n\n--b\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--b--\n"
    )
    assert told(read(text, Envelope("", ()))) == [("bob@example.org", "failed", None)]
    assert read(text, Envelope("info@provider.example.org", ())) is None


def test_a_refusal_told_as_a_disposition_notification_is_a_report() -> None:
    text = (
        f"{DAEMON}{REPORT.replace('delivery-status', 'disposition-notification')}--b\nContent-Type: text/plain\n\n"
        "Your message to <bob@example.org> was automatically rejected:\nQuota exceeded\n\n--b--\n"
    )
    assert told(read(text)) == [("bob@example.org", "failed", None)]


def test_a_report_that_names_nobody_is_a_report_still() -> None:
    report = read(f"{DAEMON}{TEXT}Something went wrong.\n")
    assert report is not None
    assert report.recipients == ()


@pytest.mark.parametrize(
    "text",
    [
        dsn(FIELDS),
        f"{DAEMON}{TEXT}<bob@example.org>: unknown\n\n----- Original message -----\n\n{ORIGINAL}",
        dsn(FIELDS).replace("message/rfc822", "text/rfc822-headers"),
        dsn(FIELDS).replace("message/rfc822", "message/global-headers"),
        f"{DAEMON}In-Reply-To: <elm-1.7.mac@help.test>\n{TEXT}<bob@example.org>: unknown\n",
    ],
    ids=["in the returned mail", "below the notice", "in its header block", "in its international header block", "in In-Reply-To"],
)
def test_the_id_of_the_original_is_found(text: str) -> None:
    report = read(text)
    assert report is not None
    assert report.original_message_id == "elm-1.7.mac@help.test"


@pytest.mark.parametrize("kind", ["abuse", "opt-out", "something-new", None])
def test_a_complaint_names_who_complained(kind: str | None) -> None:
    line = f"Feedback-Type: {kind}\n" if kind else ""
    text = (
        f"From: feedback@example.org\nSubject: Complaint\n{REPORT.replace('delivery-status', 'feedback-report')}--b\n\nA complaint.\n\n"
        f"--b\nContent-Type: message/feedback-report\n\n{line}Version: 1\nOriginal-Rcpt-To: <bob@example.org>\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--b--\n"
    )
    report = read(text)
    assert report is not None
    assert report.complaint
    assert report.original_message_id == "elm-1.7.mac@help.test"
    assert report.recipients == (FailedRecipient("bob@example.org", "delivered", diagnostic=f"complaint: {kind or 'abuse'}"),)


@pytest.mark.parametrize(
    "body",
    [
        "a@" * 300_000,
        "\n" * 300_000,
        "a: b\n\n" * 100_000,
        "RCPT TO:<u@x.test>\n" * 40_000,
        "<u@x.test>: 550\n" * 40_000,
        " " * 300_000,
    ],
    ids=["one line of addresses", "empty lines", "fields", "dialogue", "list", "blanks"],
)
def test_whatever_a_mail_system_pours_out_an_answer_comes(body: str) -> None:
    report = read(f"{DAEMON}{TEXT}{body}")
    assert report is not None
    assert len(report.recipients) <= 50
