"""What all SMTP connections share, and every decision about a mail that is made before it is ours: whose, how big, is there room.

These are the hooks that aiosmtpd calls. What a mail means is decided later, elsewhere. How bytes are read: session.py.
"""

# ruff: noqa: N802 (the hooks' names are aiosmtpd's)

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session

from helpdesk.addressing import Mint, is_ours
from helpdesk.errors import TryLater
from mail_ingest import replies
from mail_ingest.intake import Accepted, Arrival
from mail_ingest.listener.limits import Counters
from mail_ingest.mail import Envelope
from mail_ingest.replies import Reply

if TYPE_CHECKING:
    from mail_ingest.listener.session import Guest

log = logging.getLogger("helpdesk.smtp")


@dataclass  # no slots: aiosmtpd looks through the handler's members, and a slot that is not set yet breaks that on Python 3.11.2
class House:
    """One a listener. `accept` commits a mail; `disk` is the folder that must have room, if any of ours must."""

    mint: Mint
    inbound: frozenset[str]
    counters: Counters
    accept: Callable[[Arrival], Awaitable[Accepted]]
    disk: Path | None = None
    guests: set[Guest] = field(default_factory=set)
    disk_seen: tuple[float, bool] = (float("-inf"), True)
    closing: bool = False
    empty: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_EHLO(
        self, _guest: Guest, session: Session, _transaction: Transaction, name: str, offers: list[str]
    ) -> list[str]:
        """What we can do, besides what aiosmtpd says."""
        session.host_name = name
        size = f"250-SIZE {self.counters.limits.mail_bytes}"
        return [*offers[:-1], size, "250-PIPELINING", "250-ENHANCEDSTATUSCODES", offers[-1]]

    async def handle_MAIL(self, guest: Guest, _session: Session, transaction: Transaction, sender: str, options: list[str]) -> str:
        """A mail begins, unless it is too big or the time is bad."""
        guest.recipients_asked = 0
        refusal = self._refusal_of_mail(guest, next((int(one[5:]) for one in options if one.startswith("SIZE=")), 0))
        if refusal is not None:
            guest.note_refusal(refusal, f"mail from {sender}")
            return refusal
        transaction.mail_from = sender
        return Reply.SENDER_OK

    async def handle_RCPT(
        self, guest: Guest, _session: Session, transaction: Transaction, recipient: str, _options: list[str]
    ) -> str:
        """Ours or not; refused recipients count too, so that nobody tries out names."""
        guest.recipients_asked += 1
        if guest.recipients_asked > self.counters.limits.recipients:
            return Reply.TOO_MANY_RECIPIENTS
        answer = answer_to(self.mint, self.inbound, recipient)
        if answer is Reply.RECIPIENT_OK:
            transaction.rcpt_tos.append(recipient)
        else:
            guest.note_refusal(answer, f"mail from {transaction.mail_from} to {recipient}")
        return answer

    async def handle_DATA(self, guest: Guest, session: Session, transaction: Transaction) -> str:
        """The mail is here: commit it, and only then say 250."""
        raw, sender = transaction.original_content or b"", transaction.mail_from or ""
        envelope = Envelope(
            mail_from="" if sender == "<>" else sender,
            rcpt_to=tuple(transaction.rcpt_tos),
            client_ip=str(guest.client) if guest.client else None,
            helo=session.host_name,
        )
        try:
            done = await self.accept(Arrival(raw, envelope, "smtp"))
        except TryLater as error:
            guest.note_refusal(Reply.TRY_LATER, f"mail from {sender}: {error}")
            return Reply.TRY_LATER
        log.info(
            "accepted as %d%s: mail from %a to %a by %s, %d bytes",
            done.mail_id,
            " again" if done.again else "",
            sender,
            envelope.rcpt_to,
            envelope.client_ip,
            len(raw),
        )
        return replies.accepted(done.mail_id)

    def give_way(self, now: float) -> bool:
        """In a full house, end the connection that has sent least while keeping us waiting; False where all are prompt."""
        slow = [
            (guest.received / (now - guest.waiting_since), guest)
            for guest in self.guests
            if guest.waiting_since is not None and now - guest.waiting_since > self.counters.limits.grace_seconds
        ]
        if slow:
            min(slow, key=lambda pair: pair[0])[1].dismiss(Reply.TOO_MANY_CONNECTIONS)
        return bool(slow)

    def _refusal_of_mail(self, guest: Guest, declared: int) -> Reply | None:
        if declared > self.counters.limits.mail_bytes:
            return Reply.TOO_BIG
        now = guest.loop.time()
        return self.counters.begin_mail(guest.client, declared, now) if self._has_room(now) else Reply.DISK_FULL

    def _has_room(self, now: float) -> bool:
        if self.disk is not None and now - self.disk_seen[0] >= 1:  # one look a second
            self.disk_seen = now, has_room(self.disk, self.counters.limits.mail_bytes)
        return self.disk_seen[1]


def answer_to(mint: Mint, inbound: frozenset[str], recipient: str) -> Reply:
    """Ours, unknown, or somebody else's: a foreign domain, and a local part that names another host, are relaying.

    Other hosts are named by `%`, `!`, a quoted `@`, or a source route (RFC 5321 appendix C).
    """
    local, _, domain = recipient.rpartition("@")
    ours = {mint.mail_domain.lower(), *(one.rpartition("@")[2].lower() for one in (mint.support_address, *inbound))}
    if domain.lower() not in ours or re.search("[@%!:]", local):
        return Reply.RELAYING
    return Reply.RECIPIENT_OK if is_ours(mint, inbound, recipient) else Reply.UNKNOWN_RECIPIENT


def has_room(disk: Path, mail_bytes: int) -> bool:
    """Whether the disk takes one more mail of the largest size and what comes with it."""
    try:
        return shutil.disk_usage(disk).free >= 1.5 * mail_bytes
    except OSError:  # a folder that is not there says nothing; the commit will
        return True
