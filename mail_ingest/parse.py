"""Stage 3, from bytes to ParsedMail: never raises on bad mail, and lists what was wrong with it.

What is not here: caps (`caps`), header repairs (`header_fields`), address reading (`mailboxes`), parts (`mime_parts`).
"""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from mailparser.dates import parse_mail_date

from helpdesk.addressing import without_batv
from mail_ingest.mail import ParsedMail
from mail_ingest.parsing import charsets, header_fields, mailboxes, mime_parts

NEWEST_REFERENCES = 50
LONGEST_ID = 998  # octets: no line of a header is longer (RFC 5322 section 2.1.1), and no index takes a row of 2,704
_ONCE = ("subject", "date", "message-id", "in-reply-to", "references", "to", "cc", "reply-to", "content-type")
_ID = re.compile(rf"<\s*+([^<>]{{1,{LONGEST_ID}}}?)\s*+>")
_READER = BytesParser(policy=compat32)
_MINIMAL_OCTETS = 256 * 1024


def parse(raw: bytes) -> ParsedMail:
    """Whatever the bytes are, they become a ParsedMail: the best reading, and the defects that were met on the way.

    Identity defects begin with "from-" or are "two-from-fields": with one of them the sender is not to be believed. Text, names and
    file names hold no NUL, no lone surrogate and (names, subject) no invisible characters. Sources: RFC 5322, 2045-2047, 2231.
    """
    try:
        message, defects = _message(raw)
        hints = _hints(message)
        body = mime_parts.read(message, hints)
        return _mail(message, body, [*defects, *body.defects], hints)
    except Exception:  # noqa: BLE001 (whatever a library does with hostile octets, there is a mail to keep)
        return minimal(raw, "unreadable")


def message_of(raw: bytes) -> Message:
    """The repaired mail as the standard library's message (compat32), for rules that look at single parts; never raises."""
    try:
        return _message(raw)[0]
    except Exception:  # noqa: BLE001 (see parse)
        return Message()


def minimal(raw: bytes, defect: str) -> ParsedMail:
    """A scan of the first 256 KiB of the header block alone, for mail that is over a cap or that no library reads."""
    try:
        head = header_fields.repaired(raw[:_MINIMAL_OCTETS])[0]
        end = re.search(rb"\n\r?\n", head)
        message = _READER.parsebytes(head[: end.end()] if end else head, headersonly=True)
        message.set_payload("")
        return _mail(message, mime_parts.Body(), [defect], _hints(message))
    except Exception:  # noqa: BLE001 (see parse)
        return _mail(Message(), mime_parts.Body(), [defect], ())


def _message(raw: bytes) -> tuple[Message, list[str]]:
    repaired, defects = header_fields.repaired(raw)
    return _READER.parsebytes(repaired), defects


def _mail(message: Message, body: mime_parts.Body, defects: list[str], hints: tuple[str, ...]) -> ParsedMail:
    fields = header_fields.fields_of(message)
    raw: dict[str, list[str]] = {}
    for name, value in fields:
        raw.setdefault(name, []).append(value)
    senders, sender_defects = mailboxes.senders(raw.get("from", []), hints)
    to, to_defects = mailboxes.recipients(raw.get("to", ()), hints)
    cc, cc_defects = mailboxes.recipients(raw.get("cc", ()), hints)
    reply_to, _ = mailboxes.recipients(raw.get("reply-to", ()), hints)
    date, date_defects = _date(raw.get("date", [""])[0])
    repeated = [f"repeated-{name}" for name in _ONCE if len(raw.get(name, ())) > 1]
    subject = raw.get("subject", [""])[0]
    message_ids = _ids(raw.get("message-id", [""])[0])
    text = "\n".join(part.strip("\n") if len(body.texts) > 1 else part for part in body.texts)
    return ParsedMail(
        senders=senders,
        to=to,
        cc=cc,
        reply_to=reply_to,
        subject=header_fields.one_line(subject, hints),
        message_id=message_ids[0] if message_ids else None,
        in_reply_to=_ids(" ".join(raw.get("in-reply-to", ()))),
        references=_ids(" ".join(raw.get("references", ())))[-NEWEST_REFERENCES:],
        date=date,
        text=text,
        html="\n".join(filter(None, body.htmls)) if body.has_html else None,
        attachments=tuple(body.attachments),
        headers=tuple((charsets.clean_line(name), header_fields.one_line(value, hints)) for name, value in fields),
        content_type=charsets.clean_line(message.get_content_type()),
        defects=tuple(dict.fromkeys([*sender_defects, *to_defects, *cc_defects, *date_defects, *repeated, *defects])),
    )


def _hints(message: Message) -> tuple[str, ...]:
    """Charsets for what declares none: that of the first text part, and the one detected in all such header octets at once.

    Detection costs a millisecond a time: once for each field, it would be a second for a mail of a thousand.
    """
    unknown = header_fields.undeclared(value for _, value in header_fields.fields_of(message))
    detected = charsets.detect(unknown) if unknown else None
    found = tuple(filter(None, (_declared_charset(message), detected)))
    return found or (("utf-8",) if unknown else ())


def _declared_charset(message: Message) -> str | None:
    """The charset that the first text part declares: raw octets in the header are likely in the same."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            charset = part.get_param("charset")
            return charset if isinstance(charset, str) else None
    return None


def _ids(value: str) -> tuple[str, ...]:
    """Message-IDs without angle brackets, split on white space, commas and brackets (RFC 5322 section 3.6.4; Exchange and iOS).

    What is longer than `LONGEST_ID` octets of UTF-8 is no id.
    """
    if not value:
        return ()
    value = header_fields.one_line(value)
    bracketed = {re.sub(r"\s+", "", found) for found in _ID.findall(value)}
    tokens = re.split(r"[\s,<>]+", value)
    return tuple(token for token in tokens if token and ("@" in token or token in bracketed) and len(token.encode()) <= LONGEST_ID)


def _date(value: str) -> tuple[datetime | None, list[str]]:
    """The Date field as an aware datetime of the years 1900 to 9998, or None; times without a zone are UTC."""
    if not value.strip():
        return None, ["date-missing"]
    result = parse_mail_date(value)
    date = result.value
    defects = ["date-malformed"] if result.reasons else []
    if date is None:
        try:
            date = email.utils.parsedate_to_datetime(value)
            date = (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None, defects
    if not 1900 <= date.year <= 9998:
        return None, ["date-out-of-range"]
    return date, defects


def sender_without_envelope(raw: bytes) -> str:
    """The envelope sender of a mail without an envelope: Return-Path ("" if it is null; BATV apart), else From, else nobody."""
    mail = minimal(raw, "")
    return_path = mail.first("return-path")
    if return_path is not None:
        return without_batv(return_path.strip().removeprefix("<").removesuffix(">").strip())
    return mail.senders[0].address if mail.senders else "unknown@invalid"
