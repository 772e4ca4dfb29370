"""The list of people for staff: who there is, how much they wrote, when they were last here, and whether our mail reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from helpdesk import audit, people
from helpdesk.errors import NotFound, Refused
from helpdesk.models import STAFF, ApiToken, Comment, Person, PersonAddress, Role, SignInSession, Suppression, Ticket
from helpdesk.permissions import Action, Viewer, require

PAGE = 50
ROLES = ("", "staff", "customer")


@dataclass(frozen=True, slots=True)
class Entry:
    """One person; `problem` says why no mail is sent to them, or None, and `stopped` to which of their addresses."""

    person: Person
    tickets: int
    last_seen_at: datetime | None
    problem: str | None
    stopped: str | None


def page(
    session: Session, viewer: Viewer, *, q: str = "", role: str = "", after: int | None = None
) -> tuple[list[Entry], int | None]:
    """One page, the newest first, and the number that the next page begins after, or None."""
    require(viewer, Action.SEE_QUEUE)
    if role not in ROLES:
        raise Refused("There is no such group of people.", "role")
    wanted = select(Person).order_by(Person.id.desc())
    if role:
        wanted = wanted.where(Person.role.in_(STAFF) if role == "staff" else Person.role == Role.CUSTOMER)
    if q.strip():
        likely = "%" + q.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        at = select(PersonAddress.person_id).where(PersonAddress.address.like(likely))
        wanted = wanted.where(or_(func.lower(Person.name).like(likely), Person.id.in_(at)))
    if after is not None:
        wanted = wanted.where(Person.id < after)
    found = list(session.scalars(wanted.limit(PAGE + 1)))
    return _entries(session, found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None


def add_to_team(session: Session, by: Viewer, *, name: str, address: str, role: str) -> Person:
    """Make somebody an agent or administrator; an administrator's to do."""
    require(by, Action.MANAGE)
    if role not in list(STAFF):
        raise Refused("Choose agent or admin.", "role")
    if not people.clean_name(name):
        raise Refused("Requesters see this name: it cannot be empty.", "name")
    known = people.person_at(session, people.normal_address(address))
    if known is not None and known.is_staff:
        raise Refused("This person is on the team already.", "address")
    person = people.add_user(session, address, name, role)
    audit.record(session, "role_changed", by, address=person.address, new=person.role)
    return person


def set_active(session: Session, by: Viewer, address: str, *, active: bool) -> Person:
    """Enable or disable an agent: a disabled one is signed out everywhere and their tokens end. Nobody disables themselves."""
    require(by, Action.MANAGE)
    person = people.person_at(session, address.strip())
    if person is None or person.role == Role.CUSTOMER:
        raise NotFound("There is no such agent.")
    if person.id == by.person_id:
        raise Refused("You cannot disable yourself.")
    if person.active != active:
        person.active = active
        audit.record(session, "enabled" if active else "disabled", by, address=person.address)
    if not active:
        session.execute(delete(SignInSession).where(SignInSession.person_id == person.id))
        session.execute(update(ApiToken).where(ApiToken.person_id == person.id).values(revoked_at=func.now()))
    return person


def _entries(session: Session, found: Sequence[Person]) -> list[Entry]:
    numbers = [person.id for person in found]
    asked = dict(
        session.execute(
            select(Ticket.requester_id, func.count()).where(Ticket.requester_id.in_(numbers)).group_by(Ticket.requester_id)
        ).all()
    )
    seen: dict[int, datetime] = {}
    for table, who, at in (
        (Comment, Comment.author_id, Comment.created_at),
        (SignInSession, SignInSession.person_id, SignInSession.seen_at),
        (Ticket, Ticket.requester_id, Ticket.created_at),
    ):
        for number, moment in session.execute(select(who, func.max(at)).select_from(table).where(who.in_(numbers)).group_by(who)):
            seen[int(number or 0)] = max(moment, seen.get(int(number or 0), moment))
    reasons = _stopped(session, [one.address for person in found for one in person.addresses])
    entries = []
    for person in found:
        stopped = next((one.address for one in person.addresses if one.address in reasons), None)
        problem = reasons[stopped] if stopped is not None else None
        entries.append(Entry(person, asked.get(person.id, 0), seen.get(person.id), problem, stopped))
    return entries


def _stopped(session: Session, addresses: list[str]) -> dict[str, str]:
    wanted = select(Suppression.address, Suppression.reason).where(Suppression.address.in_(addresses))
    return dict(session.execute(wanted).all())
