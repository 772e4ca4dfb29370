"""`helpdesk mail explain FILE...`: what we would make of a mail, stored nowhere; one JSON line a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mail_ingest import commands, parse, reply_text
from mail_ingest.mail import Address, Envelope, Kind, ParsedMail, Reading, ReplyText, Verdict
from mail_ingest.reader import Reader, ReaderFailed

_UNREAD = Verdict(Kind.PERSON, "unread")


def explain(paths: Sequence[str | Path]) -> None:
    """Print one JSON line a file, in order, each flushed; a file that cannot be opened gives a line with "error".

    Needs no database and no settings. The envelope is guessed from the mail itself: Return-Path, else From.
    """
    with Reader(children=1, seconds=5.0) as reader:
        for path in paths:
            try:
                raw = Path(path).read_bytes()
            except OSError as error:
                print(json.dumps({"file": str(path), "error": error.strerror or str(error)}), flush=True)
                continue
            print(json.dumps(explained(raw, reader), ensure_ascii=False), flush=True)


def explained(raw: bytes, reader: Reader) -> dict[str, Any]:
    """The line of one mail; where the reader fails, what a scan of the header block shows, with the defect "reader-failed"."""
    try:
        reading = reader.read(raw, _envelope(raw))
        reply = reader.cut(
            reading.mail.text, reading.mail.html, sender_name=reading.mail.senders[0].name if reading.mail.senders else ""
        )
    except ReaderFailed:
        reading = Reading(parse.minimal(raw, "reader-failed"), _UNREAD)
        reply = ReplyText("")
    mail, report = reading.mail, reading.report
    bounce = None
    if reading.verdict.kind is Kind.BOUNCE or (report is not None and not report.complaint):
        recipients = report.recipients if report else ()
        bounce = {
            "recipients": [
                {"address": r.address, "action": r.action, "status": r.status, "diagnostic": r.diagnostic} for r in recipients
            ]
        }
    return {
        "from": _address(mail.senders[0]) if mail.senders else None,
        "to": [_address(mailbox) for mailbox in mail.to],
        "cc": [_address(mailbox) for mailbox in mail.cc],
        "subject": mail.subject,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else None,
        "references": list(mail.references),
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "reply_text": reply.visible,
        "html": reading.html,
        "attachments": _attachments(mail),
        "auto_submitted": reading.verdict.kind is not Kind.PERSON,
        "bounce": bounce,
        "kind": str(reading.verdict.kind),
        "rule": reading.verdict.rule,
        "commands": [
            {"name": command.name, "value": command.value}
            for command in commands.read("" if reply.cut_by == reply_text.NOTHING_LEFT else reply.visible).commands
        ],
        "defects": [*mail.defects, *([f"over-cap: {reading.over_cap}"] if reading.over_cap else [])],
    }


def _envelope(raw: bytes) -> Envelope:
    return Envelope(parse.sender_without_envelope(raw), ())


def _address(mailbox: Address) -> dict[str, str]:
    return {"name": mailbox.name, "address": mailbox.address}


def _attachments(mail: ParsedMail) -> list[dict[str, Any]]:
    return [
        {
            "filename": attachment.filename,
            "content_type": attachment.content_type,
            "size": attachment.size,
            "inline": attachment.inline,
            "content_id": attachment.content_id,
        }
        for attachment in mail.attachments
    ]


if __name__ == "__main__":
    explain(sys.argv[1:])
