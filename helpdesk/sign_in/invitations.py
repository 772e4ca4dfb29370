"""How an agent gets a password without anybody telling it to them: a signed link by mail, good once.

Nothing of a link is stored. It vouches for the person and for the password that they had when it was made: choosing another one
voids every link that is out. The invitation of somebody new is good for 72 hours, the link of "forgot password" for one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from helpdesk import audit, outbox, people
from helpdesk.errors import Refused
from helpdesk.models import Person
from helpdesk.permissions import Viewer
from helpdesk.sign_in import links

PATH = "/set-password"
INVITATION, RESET = "invitation", "password_reset"  # kinds of mail
LIVES = {INVITATION: timedelta(hours=72), RESET: timedelta(hours=1)}
_KINDS = tuple(LIVES)
_USE = b"choose a password"
_STAMP_BITS = 32


def invite(session: Session, person: Person, by: Viewer) -> None:
    """Mail somebody on the team the link that gets them in; Refused for whoever is not, or has a password."""
    if not person.is_staff:
        raise Refused("Only active agents and administrators are invited.")
    if person.password_hash is not None:
        raise Refused(f"{person.name or person.address} has a password: “Forgot your password?” on the sign-in page mails a link.")
    data = {"by": by.name}
    outbox.enqueue(session, INVITATION, person.address, person_id=person.id, reason="you were added to the team", data=data)
    audit.record(session, "invited", by, address=person.address)


def forgotten(session: Session, address: str) -> None:
    """Mail a link to the active agent at `address` (normal form); for everybody else the same work is done, and taken back."""
    person = people.person_at(session, address)
    if person is not None and not person.is_staff:
        person = None
    with session.begin_nested() as point:
        number = person.id if person is not None else None
        outbox.enqueue(session, RESET, address, person_id=number, reason="you asked for it")
        if person is None:
            point.rollback()


def link(keys: Sequence[bytes], base_url: str, person: Person, kind: str, now: datetime) -> str:
    """The address where this person chooses a password: to be mailed to them and to nobody else."""
    second = (_KINDS.index(kind) << _STAMP_BITS) | stamp(person)
    return f"{base_url}{PATH}/{links.signed(keys, _USE, person.id, second, now)}"


def read(session: Session, keys: Sequence[bytes], key: str, now: datetime) -> Person | None:
    """Who may choose a password with this key; None when it is not ours, too old or used, or they left the team."""
    numbers = links.read(keys, _USE, key)
    if numbers is None:
        return None
    kind, stamped = numbers[1] >> _STAMP_BITS, numbers[1] & ((1 << _STAMP_BITS) - 1)
    person = session.get(Person, numbers[0])
    if person is None or not person.is_staff or kind >= len(_KINDS) or stamped != stamp(person):
        return None
    return person if now < datetime.fromtimestamp(numbers[2], UTC) + LIVES[_KINDS[kind]] else None


def stamp(person: Person) -> int:
    """A number that changes with the person's password: what was given out under another one is void."""
    return int.from_bytes(hashlib.sha256((person.password_hash or "").encode()).digest()[:4], "big")
