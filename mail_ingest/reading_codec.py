"""What the reader child answers, as octets that can hold values only: JSON for the shape, then the attachments as they are.

The child handles hostile octets, so its answer is never unpickled: a child that was taken over can lie, but not run code here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from mail_ingest.mail import (
    Address,
    Attachment,
    DeliveryReport,
    FailedRecipient,
    Forwarded,
    Kind,
    ParsedMail,
    Reading,
    ReplyText,
    Verdict,
)


def encode_reading(reading: Reading) -> bytes:
    """A Reading as 4 octets length of the JSON, the JSON, and the contents of all attachments in order."""
    mail = reading.mail
    light = replace(mail, attachments=())
    value = {
        "mail": {**asdict(light), "date": mail.date.isoformat() if mail.date else None},
        "attachments": [_shape(one) for one in mail.attachments],
        "verdict": asdict(reading.verdict),
        "report": asdict(reading.report) if reading.report else None,
        "html": reading.html,
        "over_cap": reading.over_cap,
        "forward": reading.forward,
        "sign_up_code": reading.sign_up_code,
    }
    shape = json.dumps(value, separators=(",", ":")).encode("ascii")
    return b"".join([len(shape).to_bytes(4, "big"), shape, *(a.content for a in mail.attachments)])


def decode_reading(octets: bytes) -> Reading:
    """The Reading of `encode_reading`; ValueError, KeyError or TypeError where the octets are none."""
    end = 4 + int.from_bytes(octets[:4], "big")
    value = json.loads(octets[4:end])
    return Reading(
        mail=_mail(value["mail"], _attachments(value["attachments"], octets, end)),
        verdict=Verdict(Kind(value["verdict"]["kind"]), value["verdict"]["rule"], value["verdict"]["reason"]),
        report=_report(value["report"]) if value["report"] else None,
        html=value["html"],
        over_cap=value["over_cap"],
        forward=bool(value["forward"]),
        sign_up_code=value["sign_up_code"],
    )


def encode_forwarded(found: Forwarded | None) -> bytes:
    """A Forwarded, or None, in the form of `encode_reading`."""
    if found is None:
        return b""
    value = asdict(replace(found, attachments=())) | {"attachments": [_shape(one) for one in found.attachments]}
    shape = json.dumps(value, separators=(",", ":")).encode("ascii")
    return b"".join([len(shape).to_bytes(4, "big"), shape, *(one.content for one in found.attachments)])


def decode_forwarded(octets: bytes) -> Forwarded | None:
    """The Forwarded of `encode_forwarded`; ValueError, KeyError or TypeError where the octets are none."""
    if not octets:
        return None
    end = 4 + int.from_bytes(octets[:4], "big")
    value = json.loads(octets[4:end])
    return Forwarded(
        **{**value, "sender": Address(**value["sender"]), "attachments": _attachments(value["attachments"], octets, end)}
    )


def encode_reply(reply: ReplyText) -> bytes:
    """A ReplyText as JSON."""
    return json.dumps(asdict(reply), separators=(",", ":")).encode("ascii")


def decode_reply(octets: bytes) -> ReplyText:
    """The ReplyText of `encode_reply`; ValueError or TypeError where the octets are none."""
    return ReplyText(**json.loads(octets))


def _shape(one: Attachment) -> list[Any]:
    return [one.filename, one.content_type, one.size, one.inline, one.content_id]


def _attachments(shapes: list[list[Any]], octets: bytes, end: int) -> tuple[Attachment, ...]:
    """The attachments of these shapes, whose contents follow each other from `end` on."""
    attachments = []
    for filename, content_type, size, inline, content_id in shapes:
        if size < 0 or end + size > len(octets):
            raise ValueError("an attachment ends behind the answer")
        attachments.append(Attachment(filename, content_type, octets[end : end + size], inline, content_id))
        end += size
    return tuple(attachments)


def _mail(value: dict[str, Any], attachments: tuple[Attachment, ...]) -> ParsedMail:
    addresses = {key: tuple(Address(**a) for a in value[key]) for key in ("senders", "to", "cc", "reply_to")}
    return ParsedMail(
        **addresses,
        subject=value["subject"],
        message_id=value["message_id"],
        in_reply_to=tuple(value["in_reply_to"]),
        references=tuple(value["references"]),
        date=datetime.fromisoformat(value["date"]) if value["date"] else None,
        text=value["text"],
        html=value["html"],
        attachments=attachments,
        headers=tuple((name, text) for name, text in value["headers"]),
        content_type=value["content_type"],
        defects=tuple(value["defects"]),
    )


def _report(value: dict[str, Any]) -> DeliveryReport:
    recipients = tuple(FailedRecipient(**recipient) for recipient in value["recipients"])
    return DeliveryReport(recipients, value["original_message_id"], value["complaint"])
