"""What a delivery report says: which recipients were not reached, why, and about which mail of ours.

Stage 5. Machine-readable reports first (RFC 3464), then header fields, then flufl.bounce, then our own readers of prose; a
complaint (RFC 5965) is a report as well. Pure and linear. Not here: whether the report is believed (bounces: only a MAC of ours
proves it) and what follows from it (helpdesk.delivery.failures).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace

from flufl.bounce import all_failures

from mail_ingest.machine_subjects import is_forwarded, tells_failure
from mail_ingest.mail import DeliveryReport, Envelope, FailedRecipient, ParsedMail
from mail_ingest.parsing import charsets
from mail_ingest.reports import complaint, prose, status_fields
from mail_ingest.reports.marks import report_type, sent_by_mail_system, signed_by_daemon
from mail_ingest.reports.parts import BounceParts, split

# The library logs a traceback before it raises; what its detectors cannot bear is read by the next reader, and no news.
logging.getLogger("flufl.bounce").disabled = True

Recipients = tuple[FailedRecipient, ...]
Reader = Callable[[BounceParts, ParsedMail], Recipients]


def read(raw: bytes, mail: ParsedMail, envelope: Envelope | None = None) -> DeliveryReport | None:
    """A mail is a delivery report when a mail system wrote it and a reader finds a recipient, or when it is typed as one.

    Never raises. Recipients may be empty: a report that names nobody is a report still. None: no report, though it may be
    automatic mail of another kind (`classify`).
    """
    if is_forwarded(mail.subject) and not report_type(mail):
        return None
    null_path = (mail.first("return-path") or "").strip() == "<>" or (envelope is not None and envelope.mail_from == "")
    if not (null_path or sent_by_mail_system(mail) or tells_failure(mail.subject)):
        return None
    parts = split(raw)
    original_id = _original_message_id(parts, mail)
    if (complained := complaint.read(parts, original_id)) is not None:
        return complained
    if parts.feedback:
        return None
    for reader in _readers(parts, mail, null_path):
        if recipients := reader(parts, mail):
            return DeliveryReport(recipients, original_id)
    failed = sent_by_mail_system(mail) and tells_failure(mail.subject) and report_type(mail) != "disposition-notification"
    return DeliveryReport((), original_id) if parts.status or failed else None


def status_part(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """The message/delivery-status part (RFC 3464)."""
    return status_fields.recipients(parts.status)


def failed_recipients_field(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """X-Failed-Recipients (Exim and its kin); the reasons are in the text."""
    values = ",".join(mail.all("x-failed-recipients"))
    tokens = (token.strip("<> ") for token in re.split(r"[,\s]+", values))
    return prose.described(dict.fromkeys(token for token in tokens if "@" in token), parts, mail)


def status_fields_in_text(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """The same fields in plain text, where a gateway or a broken boundary has flattened the report."""
    return status_fields.recipients(parts.lines)


def library(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """What flufl.bounce finds in the notice; it raises on mail that its detectors did not expect."""
    try:
        temporary, permanent = all_failures(parts.message)
    except Exception:  # noqa: BLE001 (a detector of the library that fails has found nothing)
        return ()
    notice = "\n".join(parts.notice).lower()
    found: list[FailedRecipient] = []
    for addresses, action in ((permanent, "failed"), (temporary, "delayed")):
        named = sorted(charsets.clean_line(item.decode("ascii", "replace")) for item in addresses if not item.startswith(b"@"))
        found += [replace(recipient, action=action) for recipient in prose.described(named, parts, mail)]
    # Its patterns run on into the quoted original, and meet senders and Message-IDs there.
    return tuple(recipient for recipient in found if recipient.address.lower() in notice) or tuple(found)


def our_prose_readers(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """The first of our own readers of prose that names somebody."""
    named = next(filter(None, (reader(parts, mail) for reader in prose.READERS)), ())
    return prose.described(named, parts, mail)


READERS: tuple[Reader, ...] = (status_part, failed_recipients_field, status_fields_in_text, library, our_prose_readers)


def _readers(parts: BounceParts, mail: ParsedMail, null_path: bool) -> tuple[Reader, ...]:
    """Prose is read only when two marks agree, for each of them may stand on what a person or an out-of-office program writes."""
    kind = report_type(mail)
    if kind == "disposition-notification":
        # Some delivery agents refuse a mail by a (false) disposition notification; true ones say that it was read.
        return (library,)
    if kind == "delivery-status" or signed_by_daemon(mail):
        return READERS
    signed, subject = sent_by_mail_system(mail), tells_failure(mail.subject)
    smtp = status_fields.speaks_smtp("\n".join(parts.notice))
    if signed and (subject or smtp or parts.typed_original):
        return READERS
    unattended = null_path or bool(mail.first("auto-submitted"))
    if unattended and (parts.typed_original or subject) and (smtp or (parts.typed_original and prose.tells_failure(parts.notice))):
        return READERS
    if subject and not any(sender.name for sender in mail.senders):
        return (status_part, failed_recipients_field, status_fields_in_text, library)
    return (status_part, failed_recipients_field)


def _original_message_id(parts: BounceParts, mail: ParsedMail) -> str | None:
    for value in (*parts.of_original("message-id"), *mail.in_reply_to[:1], *mail.references[-1:]):
        if (stripped := value.strip().strip("<>").strip()) and " " not in stripped:
            return stripped
    return None
