"""What Amazon SES says of a mail that it sent for us: the JSON of its notifications and event publishing, read into a report.

Both carry the same objects, under `notificationType` and `eventType`. Pure. Not here: whether it is from SES (the transport checks
the signature), and what follows (bounces.apply_event).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from helpdesk.errors import Refused
from mail_ingest.mail import DeliveryReport, FailedRecipient
from mail_ingest.parsing import charsets
from mail_ingest.reports.complaint import NO_COMPLAINT
from mail_ingest.reports.status_fields import ACTIONS

MAX_LETTERS = 1_000_000
# What SES says when a topic is set up, in the place of an event.
_SET_UP = "Successfully validated SNS topic"
_STATUS = re.compile(r"[245](\.\d{1,3}\.\d{1,3})")

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SesEvent:
    """`message_id` is the id that SES gave the mail when it took it; `report` says what became of it, `words` how a peer took it.

    The report's `original_message_id` is our own Message-ID, where SES repeats the header block.
    """

    message_id: str
    report: DeliveryReport
    words: str = ""


def read(text: str | bytes) -> SesEvent | None:
    """A bounce, complaint, delivery or delay as a report; None for events that are no news of delivery (Send, Open, Click, ...).

    Raises Refused with a sentence for what is no event of SES, whatever it is.
    """
    if len(text) > MAX_LETTERS:
        raise Refused("An event of SES is not that long.")
    try:
        plain = text.decode() if isinstance(text, bytes) else text
        if plain.startswith(_SET_UP):
            return None
        event = json.loads(plain)
    except (ValueError, RecursionError):
        raise Refused("This is no event of SES: it is not JSON.") from None
    kind = _text(event, "notificationType") or _text(event, "eventType")
    if kind in _NO_NEWS:
        return None
    reader = READERS.get(kind)
    if reader is None:
        raise Refused(f"This is no event of SES that we know: {kind[:40]!r}.")
    mail = _object(event, "mail")
    message_id = _text(mail, "messageId")
    if not message_id:
        raise Refused(f"This {kind} of SES names no mail.")
    name, read_one = reader
    if not isinstance(event.get(name), Mapping):
        raise Refused(f"This {kind} of SES does not say what happened.")
    report, words = read_one(event[name])
    return SesEvent(message_id, DeliveryReport(report.recipients, _our_message_id(mail), report.complaint), words)


def bounce(said: Object) -> tuple[DeliveryReport, str]:
    """Permanent is 5.x.x whatever the peer's code; Transient and Undetermined are 4.x.x: SES has seen more than this one answer.

    Where no action is told there was no report (RFC 3464), and what is not permanent may be no more than an absence notice.
    """
    lasts = _text(said, "bounceType") == "Permanent"
    why = "/".join(filter(None, (_text(said, "bounceType"), _text(said, "bounceSubType"))))
    action, number = ("failed", "5") if lasts else ("delayed", "4")
    return DeliveryReport(_recipients(said, "bouncedRecipients", action, number, why)), ""


def complaint(said: Object) -> tuple[DeliveryReport, str]:
    """Somebody marked our mail as unwanted; a type that says the opposite is no complaint (RFC 5965, RFC 6430)."""
    kind = _text(said, "complaintFeedbackType") or _text(said, "complaintSubType") or "abuse"
    named = [_text(one, "emailAddress") for one in _objects(said, "complainedRecipients")]
    recipients = tuple(FailedRecipient(address, "delivered", diagnostic=f"complaint: {kind}") for address in named if address)
    if not recipients and kind.lower() not in NO_COMPLAINT:
        recipients = (FailedRecipient("", "delivered", diagnostic=f"complaint: {kind}"),)
    return DeliveryReport(recipients, complaint=kind.lower() not in NO_COMPLAINT), ""


def delivery(said: Object) -> tuple[DeliveryReport, str]:
    """The peer took it."""
    named = said.get("recipients")
    addresses = [_clean(one) for one in named if isinstance(one, str)] if isinstance(named, list) else []
    return DeliveryReport(tuple(FailedRecipient(one, "delivered") for one in addresses)), _text(said, "smtpResponse")


def delay(said: Object) -> tuple[DeliveryReport, str]:
    """SES goes on trying."""
    return DeliveryReport(_recipients(said, "delayedRecipients", "delayed", "4", _text(said, "delayType"))), ""


def reject(said: Object) -> tuple[DeliveryReport, str]:
    """SES took it and found a virus in it afterwards: it does not arrive, and the address is not why (RFC 3463: 5.7.0)."""
    return DeliveryReport((FailedRecipient("", "failed", "5.7.0", f"rejected by SES: {_text(said, 'reason')}"),)), ""


Reader = Callable[[Object], tuple[DeliveryReport, str]]
READERS: Mapping[str, tuple[str, Reader]] = {
    "Bounce": ("bounce", bounce),
    "Complaint": ("complaint", complaint),
    "Delivery": ("delivery", delivery),
    "DeliveryDelay": ("deliveryDelay", delay),
    "Reject": ("reject", reject),
}
_NO_NEWS = frozenset({"Send", "Open", "Click", "Rendering Failure", "Subscription", "AmazonSnsSubscriptionSucceeded"})


def _recipients(said: Object, field: str, action: str, number: str, why: str) -> tuple[FailedRecipient, ...]:
    """Who it is about; an event that names nobody is about the one recipient that each of our messages has."""
    found = []
    for one in _objects(said, field) or [{}]:
        stated = _STATUS.fullmatch(_text(one, "status"))
        words = _text(one, "diagnosticCode") or why
        told = _text(one, "action").lower()
        found.append(
            FailedRecipient(
                _text(one, "emailAddress"),
                told if told in ACTIONS else action,
                f"{number}{stated[1]}" if stated else f"{number}.0.0",
                re.sub(r"^smtp;\s*", "", words, flags=re.IGNORECASE),
            )
        )
    return tuple(found)


def _our_message_id(mail: Object) -> str | None:
    for one in _objects(mail, "headers"):
        if _text(one, "name").lower() == "message-id":
            return _text(one, "value").strip("<> ") or None
    return None


def _object(parent: object, name: str) -> Object:
    found = parent.get(name) if isinstance(parent, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _objects(parent: Object, name: str) -> list[Object]:
    found = parent.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _text(parent: object, name: str) -> str:
    found = parent.get(name) if isinstance(parent, Mapping) else None
    return _clean(found) if isinstance(found, str) else ""


def _clean(text: str) -> str:
    return charsets.clean_line(text)[:1000]
