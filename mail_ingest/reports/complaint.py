"""Complaints about a mail of ours in the Abuse Reporting Format (RFC 5965)."""

from __future__ import annotations

import re

from mail_ingest.mail import DeliveryReport, FailedRecipient
from mail_ingest.reports.parts import BounceParts

# The other registered types say that a mail was no spam, or report on authentication (RFC 6430, RFC 6591): nobody complains.
NO_COMPLAINT = frozenset({"not-spam", "auth-failure", "dmarc"})


def read(parts: BounceParts, original_message_id: str | None) -> DeliveryReport | None:
    """A feedback report complains unless its type says otherwise; it names the recipients in Original-Rcpt-To, and often nobody."""
    if not parts.feedback:
        return None
    kind = next((value.lower() for name, value in parts.feedback if name == "feedback-type"), "abuse")
    if kind in NO_COMPLAINT:
        return None
    named = [_bare(value) for name, value in parts.feedback if name in {"original-rcpt-to", "removal-recipient"}]
    about = {address.lower(): address for address in named if address}
    recipients = tuple(FailedRecipient(address, "delivered", diagnostic=f"complaint: {kind}") for address in about.values())
    return DeliveryReport(recipients, original_message_id, complaint=True)


def _bare(value: str) -> str | None:
    address = re.sub(r"^rfc822;", "", value.strip(), flags=re.IGNORECASE).strip("<> ")
    return address if "@" in address and " " not in address else None
