"""Signing in by mail: a link and a six-digit code, good for 15 minutes and for one use; only hashes of them are kept.

Whoever asks learns nothing: known and unknown addresses get the same answer after the same work. Staff sign in by password, so an
agent's address is treated as unknown: a mailbox alone must not open the desk.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from helpdesk import outbox, people
from helpdesk.models import Person, PersonAddress, SignInLink
from helpdesk.sign_in.credentials import digest

LIFE = timedelta(minutes=15)
MOST_TRIES = 5  # of codes against one link
LINK_PATH = "/my-tickets/link"


def request(session: Session, key: bytes, address: str, base_url: str) -> None:
    """Mail link and code to `address` (normal form, see `people.normal_address`) if a customer has it; else keep silent.

    `key` is the installation's signing key; it guards the stored code, which alone could be guessed from a plain hash.
    """
    token, code = secrets.token_urlsafe(32), f"{secrets.randbelow(1_000_000):06d}"
    session.add(
        SignInLink(
            address=address,
            token_hash=digest(token),
            code_hash=_code_hash(key, address, code),
            expires_at=func.now() + LIFE,
        )
    )
    session.flush()
    person = _customer(session, address)
    data = {"link": f"{base_url}{LINK_PATH}?token={token}", "code": code}
    # for a stranger the same rows are written and taken back: the clock must not tell who is known
    with session.begin_nested() as point:
        number = person.id if person is not None else None
        outbox.enqueue(session, "magic_link", address, person_id=number, reason="you asked for it", data=data)
        if person is None:
            point.rollback()


def spend_link(session: Session, token: str) -> Person | None:
    """Who signs in with the token of a link; None when it is unknown, too old or used. It works once."""
    row = session.scalar(_live().where(SignInLink.token_hash == digest(token)))
    return _spent(session, row.address) if row is not None else None


def spend_code(session: Session, key: bytes, address: str, code: str) -> Person | None:
    """Who signs in with a code that was mailed to `address`; None when it is wrong, too old or used, or was tried too often.

    Every live code of the address fits, for people look into the first of two mails. A wrong one counts against all of them.
    """
    rows = list(session.scalars(_live().where(SignInLink.address == address, SignInLink.tries < MOST_TRIES)))
    wanted = _code_hash(key, address, "".join(code.split()))
    if any(hmac.compare_digest(row.code_hash, wanted) for row in rows):
        return _spent(session, address)
    for row in rows:
        row.tries += 1
    session.flush()
    return None


def _live() -> Select[SignInLink]:
    # the lock makes two browsers with one token wait for each other: the second finds it used
    return select(SignInLink).where(SignInLink.used_at.is_(None), SignInLink.expires_at > func.now()).with_for_update()


def _spent(session: Session, address: str) -> Person | None:
    """Every live link of the address is used up, and the address is proved."""
    unused = update(SignInLink).where(SignInLink.address == address, SignInLink.used_at.is_(None))
    session.execute(unused.values(used_at=func.now()))
    person = _customer(session, address)
    if person is not None:
        session.execute(
            update(PersonAddress)
            .where(PersonAddress.address == address, PersonAddress.verified_at.is_(None))
            .values(verified_at=func.now())
        )
    return person


def _customer(session: Session, address: str) -> Person | None:
    person = people.person_at(session, address)
    return person if person is not None and person.active and not person.is_staff else None


def _code_hash(key: bytes, address: str, code: str) -> bytes:
    return hmac.digest(hmac.digest(key, b"sign-in code", "sha256"), f"{address} {code}".encode("utf-8", "replace"), "sha256")
