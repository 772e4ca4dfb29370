"""Signed links: to one ticket for the person it was mailed to, to the receipt of a sent form, to a held mail to be confirmed.

Links that let an agent choose a password are in `invitations.py`.

The ticket link gives reading and replying on that ticket, for 90 days, until it is revoked (see `permissions.Viewer.only_ticket`).
Nothing of it is stored: an HMAC-SHA256 cut to 120 bits vouches for ticket, person and time of issue; the first key signs, all
verify. Letters and digits only, so that no mail program cuts the end off. Reading a link changes nothing: scanners read links too.
"""

from __future__ import annotations

import base64
import hmac
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import audit
from helpdesk.addressing import tag
from helpdesk.models import Person, PersonAddress, RevokedLink, Ticket
from helpdesk.permissions import Viewer

LIFE = timedelta(days=90)
CONFIRM_LIFE = timedelta(hours=48)
_NUMBER, _MAC, _CHARACTERS = 5, 15, 48  # octets of each number and of the MAC; base32 of 30 octets
_TICKET_USE, _RECEIPT_USE, _CONFIRM_USE, _UNSUBSCRIBE_USE = b"ticket link", b"receipt", b"confirm a mail", b"unsubscribe"
_ME_TOO_USE = b"me too"
_LONGEST_KEY = 600  # of a link that carries an address
log = logging.getLogger("helpdesk.security")


@dataclass(frozen=True, slots=True)
class TicketKey:
    """What a ticket link vouches for; `issued` has whole seconds."""

    ticket: int
    person: int
    issued: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """Which ticket a form became, and the address that was typed into it."""

    ticket: int
    address: str


# --- the link to one ticket


def ticket_link(keys: Sequence[bytes], base_url: str, prefix: str, ticket: int, person_id: int, now: datetime) -> str:
    """The address that opens this ticket for this person, and no other ticket: to be mailed to them and to nobody else."""
    return f"{base_url}/ticket/{tag(prefix, ticket)}?key={signed(keys, _TICKET_USE, ticket, person_id, now)}"


def without_keys(text: str, base_url: str) -> str:
    """The text with every link to a ticket of ours as the plain address of its page: a key is its owner's alone."""
    return re.sub(rf"({re.escape(base_url)}/ticket/[\w-]+)\?key=\w+", r"\1", text)


def read_ticket_key(keys: Sequence[bytes], key: str) -> TicketKey | None:
    """What the key of a ticket link says, or None when it is not ours, whatever its age (a wrong MAC is a security event)."""
    numbers = read(keys, _TICKET_USE, key)
    return TicketKey(numbers[0], numbers[1], datetime.fromtimestamp(numbers[2], UTC)) if numbers else None


def opener(session: Session, keys: Sequence[bytes], key: str, ticket: int, now: datetime) -> tuple[Person, datetime] | None:
    """Who holds this key to this ticket, and until when; None for another ticket's, an expired, a revoked or a forged one."""
    said = read_ticket_key(keys, key)
    if said is None or said.ticket != ticket or now >= said.issued + LIFE:
        return None
    revoked = select(RevokedLink.id).where(
        RevokedLink.ticket_number == ticket, RevokedLink.person_id == said.person, RevokedLink.before >= said.issued
    )
    person = session.get(Person, said.person)
    if person is None or not person.active or session.scalar(revoked.limit(1)) is not None:
        return None
    return person, said.issued + LIFE


def revoke(session: Session, ticket: Ticket, person: Person, by: Viewer) -> None:
    """Every link to this ticket that this person was mailed so far opens nothing any more; later ones do."""
    session.add(RevokedLink(ticket_number=ticket.number, person_id=person.id, before=func.now()))
    audit.record(session, "links_revoked", by, ticket_number=ticket.number, address=person.address)


def prove(session: Session, ticket: Ticket, by: Viewer) -> bool:
    """The requester did something with the ticket that only the owner of the address can do: the address counts as proved.

    Gives whether that is new. Opening a link is not enough. The ticket must be locked.
    """
    if ticket.verified or by.person_id != ticket.requester_id:
        return False
    ticket.verified = True
    audit.record(session, "address_verified", by, ticket_number=ticket.number)
    session.flush()
    return True


# --- the receipt of a form


def receipt_key(session: Session, keys: Sequence[bytes], ticket: Ticket, address: str, now: datetime) -> str:
    """What the address of the receipt carries: it names the ticket and the mailbox by number, so no log learns an address."""
    found = session.scalar(select(PersonAddress.id).where(PersonAddress.address == address)) or 0
    return signed(keys, _RECEIPT_USE, ticket.number, found, now)


def read_receipt(session: Session, keys: Sequence[bytes], key: str, now: datetime) -> Receipt | None:
    """The receipt that a key of ours opens, for 90 days, or None."""
    numbers = read(keys, _RECEIPT_USE, key)
    if numbers is None or now >= datetime.fromtimestamp(numbers[2], UTC) + LIFE:
        return None
    address = session.scalar(select(PersonAddress.address).where(PersonAddress.id == numbers[1]))
    return Receipt(numbers[0], address or "")


# --- what a mail of an agent asks for is confirmed


def confirm_link(keys: Sequence[bytes], base_url: str, mail: int, person_id: int, now: datetime) -> str:
    """The address where this agent says that they wrote mail `mail`; good for 48 hours, to be mailed to them and to nobody else."""
    return f"{base_url}/confirm-mail/{signed(keys, _CONFIRM_USE, mail, person_id, now)}"


def read_confirm_key(keys: Sequence[bytes], key: str, now: datetime) -> tuple[int, int] | None:
    """Which held mail, and which person was asked; None for a key that is not ours or too old."""
    numbers = read(keys, _CONFIRM_USE, key)
    if numbers is None or now >= datetime.fromtimestamp(numbers[2], UTC) + CONFIRM_LIFE:
        return None
    return numbers[0], numbers[1]


# --- no more mail about a known issue


def unsubscribe_link(keys: Sequence[bytes], base_url: str, ticket: int, person_id: int, now: datetime) -> str:
    """The address whose POST ends the mail about this issue to this person (RFC 8058); it has no end itself."""
    return f"{base_url}/unsubscribe/{signed(keys, _UNSUBSCRIBE_USE, ticket, person_id, now)}"


def read_unsubscribe_key(keys: Sequence[bytes], key: str) -> tuple[int, int] | None:
    """Which issue, and which person; None for a key that is not ours."""
    numbers = read(keys, _UNSUBSCRIBE_USE, key)
    return (numbers[0], numbers[1]) if numbers is not None else None


# --- "me too" of somebody who is not signed in


def me_too_link(keys: Sequence[bytes], base_url: str, prefix: str, ticket: int, address: str, now: datetime) -> str:
    """The address where the owner of a mailbox says "me too" on this issue; good for 48 hours, to be mailed there only."""
    payload = b"".join(number.to_bytes(_NUMBER, "big") for number in (ticket, int(now.timestamp()))) + address.encode()
    key = base64.b32encode(payload + _mac(keys[0], _ME_TOO_USE, payload)).decode("ascii").rstrip("=").lower()
    return f"{base_url}/known-issues/{tag(prefix, ticket)}/me-too?key={key}"


def read_me_too_key(keys: Sequence[bytes], key: str, now: datetime) -> tuple[int, str] | None:
    """Which issue, and whose mailbox; None for a key that is not ours or too old."""
    if not key.isascii() or not key.isalnum() or len(key) > _LONGEST_KEY:
        return None
    try:
        body = base64.b32decode(key.upper() + "=" * (-len(key) % 8))
    except ValueError:
        return None
    payload, mac = body[:-_MAC], body[-_MAC:]
    if len(payload) <= 2 * _NUMBER or not any(hmac.compare_digest(_mac(one, _ME_TOO_USE, payload), mac) for one in keys):
        return None
    ticket, issued = (int.from_bytes(payload[at : at + _NUMBER], "big") for at in (0, _NUMBER))
    if now >= datetime.fromtimestamp(issued, UTC) + CONFIRM_LIFE:
        return None
    return ticket, payload[2 * _NUMBER :].decode()


# --- bytes


def signed(keys: Sequence[bytes], use: bytes, first: int, second: int, now: datetime) -> str:
    """A key of letters and digits that vouches for two numbers (40 bits each) and the time, for one use."""
    payload = b"".join(number.to_bytes(_NUMBER, "big") for number in (first, second, int(now.timestamp())))
    return base64.b32encode(payload + _mac(keys[0], use, payload)).decode("ascii").lower()


def read(keys: Sequence[bytes], use: bytes, key: str) -> tuple[int, int, int] | None:
    """The numbers of such a key and the second it was made in, or None when it is not ours or for another use."""
    if len(key) != _CHARACTERS or not key.isascii() or not key.isalnum():
        return None
    try:
        body = base64.b32decode(key.upper())
    except ValueError:
        return None
    payload, mac = body[:-_MAC], body[-_MAC:]
    if not any(hmac.compare_digest(_mac(one, use, payload), mac) for one in keys):
        log.warning("a link in our form has a wrong MAC", extra={"event": "forged_link", "use": use.decode()})
        return None
    first, second, third = (int.from_bytes(payload[at : at + _NUMBER], "big") for at in range(0, 3 * _NUMBER, _NUMBER))
    return first, second, third


def _mac(key: bytes, use: bytes, payload: bytes) -> bytes:
    return hmac.digest(hmac.digest(key, use, "sha256"), payload, "sha256")[:_MAC]
