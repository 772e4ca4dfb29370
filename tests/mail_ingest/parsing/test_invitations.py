"""Invitations as text, and only where there is no other."""

from __future__ import annotations

import pytest

from mail_ingest import parse, reply_text
from mail_ingest.parsing import invitations
from tests.mail_ingest.mails import mail, multipart, part

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.com
SUMMARY:Look at the printer\\, together
DTSTART;TZID=Europe/Berlin:20260303T100000
DTEND;TZID=Europe/Berlin:20260303T113000
RRULE:FREQ=WEEKLY;COUNT=3
LOCATION:Room 4\\; second floor
ORGANIZER;CN="Alice: Archer";SENT-BY="mailto:x@example.com":mailto:alice@example.com
ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION:mailto:bob@help.test
DESCRIPTION:The red light.\\nBring the ma
 nual.\\n\\nhttps://example.com/a\\\\b
BEGIN:VALARM
DESCRIPTION:Reminder
TRIGGER:-PT15M
END:VALARM
END:VEVENT
END:VCALENDAR
"""
TEXT = """Invitation: Look at the printer, together
When: 2026-03-03 10:00 - 11:30 (Europe/Berlin)
Repeats: weekly
Where: Room 4; second floor
Organizer: Alice: Archer <alice@example.com>

The red light.
Bring the manual.

https://example.com/a\\b"""


def answer(state: str, more: str = "") -> str:
    return (
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Printer\nDTSTART:20260303T090000Z\nORGANIZER:mailto:bob@help.test\n"
        f"ATTENDEE;CN=Charlie;PARTSTAT={state}:mailto:charlie@example.org\n{more}DESCRIPTION:long ago\nEND:VEVENT\nEND:VCALENDAR\n"
    )


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_an_invitation_reads_like_a_letter(ends: str) -> None:
    assert invitations.summary(EVENT.replace("\n", ends)) == TEXT


@pytest.mark.parametrize(
    ("calendar", "first_line"),
    [
        (answer("ACCEPTED"), "Charlie <charlie@example.org> accepted: Printer"),
        (answer("DECLINED"), "Charlie <charlie@example.org> declined: Printer"),
        (answer("TENTATIVE"), "Charlie <charlie@example.org> accepted tentatively: Printer"),
        (answer("X-ODD"), "Charlie <charlie@example.org> answered: Printer"),
        (EVENT.replace("REQUEST", "CANCEL"), "Cancelled: Look at the printer, together"),
        (EVENT.replace("UID:", "STATUS:CANCELLED\nUID:"), "Cancelled: Look at the printer, together"),
        (EVENT.replace("METHOD:REQUEST\n", ""), "Event: Look at the printer, together"),
        ("BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Paper\nDUE:20260303\nEND:VTODO\nEND:VCALENDAR", "Event: Paper"),
        ("BEGIN:VEVENT\nDTSTART:20260303\nEND:VEVENT", "Event: (no title)"),
        ("BEGIN:VEVENT\nSUMMARY:never closed", "Event: never closed"),
    ],
)
def test_its_first_line_says_what_it_is(calendar: str, first_line: str) -> None:
    assert (invitations.summary(calendar) or "").split("\n")[0] == first_line


def test_an_answer_says_when_and_the_comment_and_not_the_old_description() -> None:
    assert invitations.summary(answer("DECLINED", "COMMENT:I am away\n")) == (
        "Charlie <charlie@example.org> declined: Printer\nWhen: 2026-03-03 09:00 (UTC)\n\nI am away"
    )


@pytest.mark.parametrize(
    ("start", "end", "when"),
    [
        (":20260303T100000", ":20260303T110000", "2026-03-03 10:00 - 11:00"),
        (":20260303T230000Z", ":20260304T010000Z", "2026-03-03 23:00 - 2026-03-04 01:00 (UTC)"),
        (";VALUE=DATE:20260303", ";VALUE=DATE:20260304", "2026-03-03"),
        (";VALUE=DATE:20260303", ";VALUE=DATE:20260306", "2026-03-03 - 2026-03-05"),
        (";TZID=A:20260303T100000", ";TZID=B:20260303T110000", "2026-03-03 10:00 (A) - 2026-03-03 11:00 (B)"),
        (";TZID=A:20260303T100000", None, "2026-03-03 10:00 (A)"),
        (":20269999", ":20269999", "2026-99-99"),
        (":soon", ":later", None),
    ],
)
def test_when_it_is(start: str, end: str | None, when: str | None) -> None:
    lines = f"BEGIN:VEVENT\nSUMMARY:x\nDTSTART{start}\n" + (f"DTEND{end}\n" if end else "") + "END:VEVENT\n"
    assert (invitations.summary(lines) or "").split("\n")[1:] == ([f"When: {when}"] if when else [])


@pytest.mark.parametrize(
    "calendar", ["", "no calendar", "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT"]
)
def test_where_there_is_no_event_nothing_is_said(calendar: str) -> None:
    assert invitations.summary(calendar) is None


def test_a_hundred_events_are_counted() -> None:
    text = invitations.summary("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n" * 100)
    assert text is not None
    assert text.endswith("and 95 more")


def calendar_part(calendar: str = EVENT) -> bytes:
    return part("text/calendar; method=REQUEST", calendar.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "raw",
    [
        mail("Content-Type: text/calendar; charset=utf-8; method=REQUEST", body=EVENT),
        multipart("mixed", calendar_part()),
        multipart("alternative", part("text/plain", "\r\n"), part("text/html", "<p>&nbsp;</p>"), calendar_part()),
        multipart("mixed", part('application/ics; name="invite.ics"', EVENT, "Content-Disposition: attachment")),
    ],
)
def test_a_mail_without_text_says_what_its_invitation_says(raw: bytes) -> None:
    read = parse.parse(raw)
    assert (read.text, read.html) == (TEXT, None)
    assert [one.filename.endswith(".ics") for one in read.attachments] == [True]
    assert reply_text.visible(read.text, read.html, first=True).visible == TEXT
    assert reply_text.visible(read.text, read.html).visible == TEXT


@pytest.mark.parametrize(
    "raw",
    [
        multipart("alternative", part("text/plain", "Please come"), calendar_part()),
        multipart("alternative", part("text/html", "<p>Please come</p>"), calendar_part()),
    ],
)
def test_a_mail_with_text_keeps_it(raw: bytes) -> None:
    read = parse.parse(raw)
    assert (read.text.strip(), [one.filename for one in read.attachments]) == ("Please come", ["invite.ics"])


def test_a_mail_of_a_picture_alone_stays_a_picture() -> None:
    read = parse.parse(multipart("mixed", part("text/html", "<img src='cid:light@example.com'>"), calendar_part()))
    assert (read.text, read.html) == ("", "<img src='cid:light@example.com'>")
