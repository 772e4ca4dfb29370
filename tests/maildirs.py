"""The mailboxes of people outside: what a mail server would do with our mail, one Maildir an address."""

from __future__ import annotations

import mailbox
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.smtp_sink import Received


@dataclass(frozen=True)
class Maildirs:
    """A folder of Maildirs, each named like its address."""

    root: Path

    def path(self, address: str) -> Path:
        """The Maildir of this address, made when it is not there yet."""
        path = self.root / address
        for folder in ("tmp", "new", "cur"):
            (path / folder).mkdir(parents=True, exist_ok=True)
        return path

    def deliver(self, mail: Received) -> None:
        """Final delivery: Return-Path and Delivered-To on top (RFC 5321 section 4.4), a copy for each recipient."""
        for address in mail.rcpt_to:
            head = f"Return-Path: <{mail.mail_from}>\r\nDelivered-To: {address}\r\n".encode()
            box = mailbox.Maildir(self.path(address))
            box.add((head + mail.content).replace(b"\r\n", b"\n"))
            box.close()

    def mails(self, address: str) -> list[EmailMessage]:
        """What lies in the mailbox, oldest first."""
        box = self.path(address)
        files = sorted((*(box / "new").iterdir(), *(box / "cur").iterdir()), key=lambda file: file.stat().st_mtime_ns)
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [one for one in found if isinstance(one, EmailMessage)]
