"""What a delivery report says: which recipients were not reached, why, and about which mail of ours.

Stage 5. Machine-readable reports first (RFC 3464), then header fields, then flufl.bounce, then our own readers of prose; a
complaint (RFC 5965) is a report as well. Pure and linear. Not here: whether the report is believed (route: only a MAC of ours
proves it) and what follows from it (helpdesk.suppression).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flufl.bounce import all_failures

from mail_ingest import bounce_texts, complaint, status_fields
from mail_ingest.bounce_marks import content_type, is_forwarded, is_mailer_daemon, sent_by_mail_system, subject_tells_failure
from mail_ingest.bounce_parts import BounceParts, split
from mail_ingest.mail import DeliveryReport, Envelope, FailedRecipient, ParsedMail

Recipients = tuple[FailedRecipient, ...]
Reader = Callable[[BounceParts, ParsedMail], Recipients]


def read(raw: bytes, mail: ParsedMail, envelope: Envelope | None = None) -> DeliveryReport | None:
    """A mail is a delivery report when a mail system wrote it and a reader finds a recipient, or when it is typed as one.

    Never raises. Recipients may be empty: a report that names nobody is a report still. None: no report, though it may be
    automatic mail of another kind (`classify`).
    """
    if is_forwarded(mail) and not content_type(mail).startswith("multipart/report"):
        return None
    system, subject = sent_by_mail_system(mail), subject_tells_failure(mail)
    null_path = (mail.first("return-path") or "").strip() == "<>" or (envelope is not None and envelope.mail_from == "")
    if not (system or subject or null_path):
        return None
    parts = split(raw)
    original_id = _original_message_id(parts, mail)
    if (complained := complaint.read(parts, original_id)) is not None:
        return complained
    if parts.feedback:
        return None
    # A null return path alone is an out-of-office answer's too; with the original as a message part it is a mail system's.
    system = system or (null_path and parts.typed_original)
    for reader in READERS if system and _certain(parts, mail, subject) else SURE_READERS:
        if recipients := reader(parts, mail):
            return DeliveryReport(recipients, original_id)
    return DeliveryReport((), original_id) if parts.status or (system and subject) else None


def status_part(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """The message/delivery-status part (RFC 3464)."""
    return status_fields.recipients(parts.status)


def failed_recipients_field(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """X-Failed-Recipients (Exim and its kin); the reasons are in the text."""
    values = ",".join(mail.all("x-failed-recipients"))
    addresses = dict.fromkeys(token.strip("<> ") for token in re.split(r"[,\s]+", values) if "@" in token)
    return tuple(bounce_texts.described(address, parts, mail) for address in addresses)


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
    found = []
    for addresses, action in ((permanent, "failed"), (temporary, "delayed")):
        for address in sorted(item.decode("ascii", "replace") for item in addresses):
            known = bounce_texts.described(address, parts, mail)
            found.append(FailedRecipient(address, action, known.status, known.diagnostic))
    # Its patterns run on into the quoted original, and meet senders and Message-IDs there.
    return tuple(recipient for recipient in found if recipient.address.lower() in notice) or tuple(found)


def prose(parts: BounceParts, mail: ParsedMail) -> Recipients:
    """The first of our own readers of prose that names somebody."""
    for reader in bounce_texts.READERS:
        if addresses := reader(parts, mail):
            return tuple(bounce_texts.described(address, parts, mail) for address in addresses)
    return ()


def _certain(parts: BounceParts, mail: ParsedMail, subject: bool) -> bool:
    """Prose is read when a failure is stated besides the sender's name: in the subject, by a reply code, or by the returned mail."""
    return (
        subject
        or parts.typed_original
        or any(is_mailer_daemon(sender.address) for sender in mail.senders)
        or status_fields.status_in("\n".join(parts.notice)) is not None
    )


# A subject alone may be a person's ("delivery failed: where is my parcel?"): then only fields that machines write count.
SURE_READERS: tuple[Reader, ...] = (status_part, failed_recipients_field, status_fields_in_text, library)
READERS: tuple[Reader, ...] = (*SURE_READERS, prose)


def _original_message_id(parts: BounceParts, mail: ParsedMail) -> str | None:
    for value in (*parts.of_original("message-id"), *mail.in_reply_to[:1], *mail.references[-1:]):
        if (stripped := value.strip().strip("<>").strip()) and " " not in stripped:
            return stripped
    return None
