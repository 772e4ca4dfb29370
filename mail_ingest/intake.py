"""Accepted means durable: raw bytes and envelope are committed here before any transport says yes. No thinking.

A mail that came before (same fingerprint) adds a line to the row it has and changes nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from helpdesk import db, wake
from helpdesk.models import InboundArrival, InboundMail
from mail_ingest.mail import Envelope

MOST_HEAD = 256 * 1024  # the cap of a header block: above it nothing is left out
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
    if len(head) > MOST_HEAD:  # no mail of people: not worth millions of lines
        head, gap, body = b"", b"", lines
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


def envelope_of(row: InboundMail) -> Envelope:
    """What the transport was told about an accepted mail, as the row keeps it."""
    return Envelope(row.mail_from, tuple(row.rcpt_to), row.client_ip, row.helo, row.verdicts)


# One statement whatever the number of mails: texts go as one JSON array, bytes as one string each that is cut up on arrival.
_INSERT_FRESH = text(
    """
    with given as (
        select m.*,
               substring(cast(:fingerprints as bytea) from 1 + 32 * place for 32) as fingerprint,
               substring(cast(:contents as bytea) from 1 + start for size) as content
          from json_to_recordset(cast(:mails as json))
            as m(place int, start int, size int, source text, mail_from text, rcpt_to text[], client_ip text, helo text,
                 verdicts jsonb)
    ), fresh as (
        insert into inbound_mail (fingerprint, source, mail_from, rcpt_to, client_ip, helo, verdicts, size, raw_on)
        select fingerprint, source, mail_from, rcpt_to, client_ip, helo, verdicts, size, cast(:today as date) from given
        on conflict (fingerprint) do nothing
        returning id, fingerprint
    ), kept as (
        insert into inbound_raw (received_on, inbound_mail_id, content)
        select cast(:today as date), id, content from fresh join given using (fingerprint)
    )
    select fingerprint, id from fresh
    """
)


def _insert_fresh(session: Session, wanted: dict[bytes, Arrival]) -> dict[bytes, int]:
    # one order for everybody, so that two batches with the same mails cannot wait for each other in a circle
    mails = sorted(wanted.items())
    starts = accumulate((len(arrival.raw) for _, arrival in mails), initial=0)
    rows = [
        {
            "place": place,
            "start": start,
            "size": len(arrival.raw),
            "source": arrival.source,
            "mail_from": storable(arrival.envelope.mail_from),
            "rcpt_to": [storable(address) for address in arrival.envelope.rcpt_to],
            "client_ip": arrival.envelope.client_ip,
            "helo": storable(arrival.envelope.helo) if arrival.envelope.helo else None,
            "verdicts": dict(arrival.envelope.verdicts) if arrival.envelope.verdicts is not None else None,
        }
        for place, ((_, arrival), start) in enumerate(zip(mails, starts, strict=False))
    ]
    made = session.execute(
        _INSERT_FRESH,
        {
            "mails": json.dumps(rows),
            "fingerprints": b"".join(one for one, _ in mails),
            "contents": b"".join(arrival.raw for _, arrival in mails),
            "today": datetime.now(UTC).date(),
        },
    )
    fresh = {bytes(one): int(mail_id) for one, mail_id in made}
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


def storable(said: str) -> str:
    """Text that PostgreSQL takes: no NUL, no lone surrogates."""
    return said.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
