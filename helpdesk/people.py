"""People and their addresses: found or made, once, however many mails of a new sender arrive at the same time."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.errors import Refused
from helpdesk.models import STAFF, ApiToken, Person, PersonAddress, Role, SignInSession

_INVISIBLE = {*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF}


def normal_address(address: str) -> str:
    """The addr-spec in lower case, or Refused: one mailbox, printable ASCII or an international domain, 254 octets at most."""
    plain = address.strip().lower()
    local, at, domain = plain.rpartition("@")
    if (
        not at
        or not local
        or len(plain.encode()) > 254
        or re.search(r"[\s<>,;:\"\\()\[\]\x00-\x1f\x7f]", plain)
        or "." not in domain.strip(".")
        or ".." in domain
    ):
        raise Refused("This is not an e-mail address.", "email")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii') if not domain.isascii() else domain}"
    except UnicodeError as error:
        raise Refused("This is not an e-mail address.", "email") from error


def clean_name(name: str, address: str = "") -> str:
    """A name fit to be shown: one line, no invisible or control characters, 80 at most; one with an @ in it is no name."""
    shown = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in name if ord(one) not in _INVISIBLE)
    shown = " ".join(shown.split())[:80]
    return "" if "@" in shown or shown.lower() == address else shown


def person_at(session: Session, address: str) -> Person | None:
    """Whose address this is, or None."""
    return session.scalar(select(Person).join(PersonAddress).where(PersonAddress.address == address.lower()))


def find_or_make(session: Session, address: str, name: str = "") -> Person:
    """The person at `address`, made as a customer if new; a name we do not know yet is kept, a known one is never replaced.

    Safe against itself: of twenty parallel first mails one makes the person, the others find them.
    """
    plain = normal_address(address)
    person = person_at(session, plain)
    if person is None:
        person = _made(session, plain, clean_name(name, plain))
    elif not person.name and name and person.role == Role.CUSTOMER:
        person.name = clean_name(name, plain)
    return person


def _made(session: Session, address: str, name: str) -> Person:
    # a lock on the address and not a unique violation: the transaction of the loser must live on
    db.in_turn(session, f"person {address}")
    existing = person_at(session, address)
    if existing is not None:
        return existing
    person = Person(name=name, role=Role.CUSTOMER)
    person.addresses = [PersonAddress(address=address)]
    session.add(person)
    session.flush()
    return person


def add_user(session: Session, address: str, name: str, role: str, password_hash: str | None = None) -> Person:
    """Make a person with a role, or give an existing one that role; the address counts as proved.

    A customer who joins the team is signed out everywhere, and their tokens end: a mailed link opened the one, and the other has
    the rights of its owner.
    """
    if role not in list(Role):
        raise Refused(f"“{role}” is none of {', '.join(Role)}.", "role")
    person = find_or_make(session, address, name)
    if person.role == Role.CUSTOMER and role in list(STAFF):
        session.execute(delete(SignInSession).where(SignInSession.person_id == person.id))
        revoke_tokens(session, person)
    person.role = Role(role).value
    person.active = True
    if name:
        person.name = clean_name(name)
    if password_hash is not None:
        person.password_hash = password_hash
    session.execute(
        insert(PersonAddress)
        .values(person_id=person.id, address=normal_address(address), verified_at=func.now())
        .on_conflict_do_update(index_elements=["address"], set_={"verified_at": func.now()})
    )
    session.flush()
    return person


def revoke_tokens(session: Session, person: Person) -> None:
    """No token of this person opens anything any more."""
    live = (ApiToken.person_id == person.id) & ApiToken.revoked_at.is_(None)
    session.execute(update(ApiToken).where(live).values(revoked_at=func.now()))


def staff(session: Session) -> list[Person]:
    """Active agents and admins, by name."""
    wanted = select(Person).where(Person.role.in_(STAFF), Person.active).order_by(Person.name, Person.id)
    return list(session.scalars(wanted))


def admins(session: Session) -> list[Person]:
    """Active administrators, by name."""
    return [person for person in staff(session) if person.role == Role.ADMIN]


def agent_named(session: Session, wanted: str) -> Person:
    """The active agent that `wanted` means: an address, its local part, or a name or first name that only one has.

    Raises Refused with the choices where there are none or several.
    """
    needle = wanted.strip().lower().lstrip("@")
    everyone = staff(session)
    by_address = [
        one for one in everyone if any(a.address in (needle, f"{needle}@{a.address.partition('@')[2]}") for a in one.addresses)
    ]
    by_name = [one for one in everyone if needle in (one.name.lower(), one.name.lower().partition(" ")[0])]
    for found in (by_address, by_name):
        if len(found) == 1:
            return found[0]
    choices = ", ".join(one.address for one in (by_address or by_name or everyone)[:8])
    raise Refused(f"There is no single agent “{wanted.strip()}”: {choices}.", "assignee")
