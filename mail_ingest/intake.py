"""Accepted means durable: raw bytes and envelope are committed here before any transport says yes. No thinking.

A mail that came before (same fingerprint) adds a line to the row it has and changes nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from helpdesk import db, wake
from helpdesk.models import InboundArrival, InboundMail, InboundRaw
from mail_ingest.mail import Envelope

# fields that relays add or change on the way: two copies of one mail differ in them
_ADDED_ON_THE_WAY = re.compile(
    rb"(?:received|return-path|delivered-to|x-original-to|x-ses-[^:\s]*|authentication-results|arc-[^:\s]*|dkim-signature)[ \t]*:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail as a transport got it; `source` names the transport ("smtp", "pipe", "playground")."""

    raw: bytes
    envelope: Envelope
    source: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The row that holds the mail now; `again` if it held it before."""

    mail_id: int
    again: bool


def accept(engine: Engine, arrival: Arrival) -> Accepted:
    """Commit one mail; TryLater when it cannot be (the transport then answers 451, exit 75 or leaves it unseen)."""
    return accept_many(engine, [arrival])[0]


def accept_many(engine: Engine, arrivals: Sequence[Arrival]) -> list[Accepted]:
    """Commit several mails at once, each on its own merits: a duplicate among them harms no neighbour. Order is kept."""
    prints = [fingerprint(arrival.raw) for arrival in arrivals]
    with db.transaction(engine) as session:
        fresh = _insert_fresh(session, dict(zip(reversed(prints), reversed(arrivals), strict=True)))
        known = _known(session, [one for one in prints if one not in fresh])
        accepted: list[Accepted] = []
        used: set[bytes] = set()
        for one, arrival in zip(prints, arrivals, strict=True):
            again = one not in fresh or one in used
            used.add(one)
            mail_id = fresh.get(one) or known[one]
            if again:
                _note_arrival(session, mail_id, arrival)
            accepted.append(Accepted(mail_id, again))
    return accepted


def fingerprint(raw: bytes) -> bytes:
    """SHA-256 of the mail with CRLF line ends and without the fields that relays add; equal for two copies of one mail."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head, gap, body = lines.partition(b"\n\n")
    digest = hashlib.sha256()
    dropping = False
    for line in head.split(b"\n"):
        if line[:1] not in (b" ", b"\t"):
            dropping = _ADDED_ON_THE_WAY.match(line) is not None
        if not dropping:
            digest.update(line + b"\r\n")
    digest.update(gap.replace(b"\n", b"\r\n"))
    digest.update(body.replace(b"\n", b"\r\n"))
    return digest.digest()


def _insert_fresh(session: Session, wanted: dict[bytes, Arrival]) -> dict[bytes, int]:
    today = datetime.now(UTC).date()
    # one order for everybody, so that two batches with the same mails cannot wait for each other in a circle
    rows = [
        {
            "fingerprint": one,
            "source": arrival.source,
            "mail_from": storable(arrival.envelope.mail_from),
            "rcpt_to": [storable(address) for address in arrival.envelope.rcpt_to],
            "client_ip": arrival.envelope.client_ip,
            "helo": storable(arrival.envelope.helo) if arrival.envelope.helo else None,
            "size": len(arrival.raw),
            "raw_on": today,
        }
        for one, arrival in sorted(wanted.items())
    ]
    made = session.execute(
        upsert(InboundMail)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["fingerprint"])
        .returning(InboundMail.fingerprint, InboundMail.id)
    )
    fresh = {bytes(one): mail_id for one, mail_id in made}
    if fresh:
        session.execute(
            insert(InboundRaw),
            [{"received_on": today, "inbound_mail_id": mail_id, "content": wanted[one].raw} for one, mail_id in fresh.items()],
        )
    for mail_id in sorted(fresh.values()):
        wake.later(session, "process", mail_id)
    return fresh


def _known(session: Session, prints: list[bytes]) -> dict[bytes, int]:
    if not prints:
        return {}
    found = session.execute(select(InboundMail.fingerprint, InboundMail.id).where(InboundMail.fingerprint.in_(prints)))
    return {bytes(one): mail_id for one, mail_id in found}


def _note_arrival(session: Session, mail_id: int, arrival: Arrival) -> None:
    session.add(
        InboundArrival(
            inbound_mail_id=mail_id,
            source=arrival.source,
            rcpt_to=[storable(address) for address in arrival.envelope.rcpt_to],
            client_ip=arrival.envelope.client_ip,
        )
    )


def storable(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
