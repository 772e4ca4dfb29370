"""The list of people: for agents names, addresses and roles; administrators also see how each account is used.

How much somebody wrote, when they were last here, and whether our mail reaches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refused
from helpdesk.models import STAFF, Comment, Person, PersonAddress, Role, SignInSession, Suppression, Ticket
from helpdesk.permissions import Action, Viewer, require

PAGE = 50
ROLES = ("", "staff", "customer")


@dataclass(frozen=True, slots=True)
class Entry:
    """One person; `problem` says why no mail is sent to them, or None, and `stopped` to which of their addresses.

    `sessions`: in how many browsers they are signed in. Agents are not told more than `person`: the rest is None.
    """

    person: Person
    tickets: int | None = None
    last_seen_at: datetime | None = None
    problem: str | None = None
    stopped: str | None = None
    sessions: int | None = None


def page(
    session: Session, viewer: Viewer, *, q: str = "", role: str = "", after: int | None = None, most: int = PAGE
) -> tuple[list[Entry], int | None]:
    """One page of `most`, the newest first, and the number that the next page begins after, or None."""
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
    found = list(session.scalars(wanted.limit(most + 1)))
    return _entries(session, viewer, found[:most]), found[most - 1].id if len(found) > most else None


def one(session: Session, viewer: Viewer, number: int) -> Entry:
    """The person with this number; raises NotFound."""
    require(viewer, Action.SEE_QUEUE)
    found = session.get(Person, number)
    if found is None:
        raise NotFound("There is no such person.")
    return _entries(session, viewer, [found])[0]


def _entries(session: Session, viewer: Viewer, found: Sequence[Person]) -> list[Entry]:
    if not viewer.is_admin:
        return [Entry(person) for person in found]
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
    live = SignInSession.person_id.in_(numbers) & (SignInSession.expires_at > func.now())
    counted = select(SignInSession.person_id, func.count()).where(live).group_by(SignInSession.person_id)
    open_now = dict(session.execute(counted).all())
    reasons = _stopped(session, [one.address for person in found for one in person.addresses])
    entries = []
    for person in found:
        stopped = next((one.address for one in person.addresses if one.address in reasons), None)
        problem = reasons[stopped] if stopped is not None else None
        entries.append(Entry(person, asked.get(person.id, 0), seen.get(person.id), problem, stopped, open_now.get(person.id, 0)))
    return entries


def _stopped(session: Session, addresses: list[str]) -> dict[str, str]:
    wanted = select(Suppression.address, Suppression.reason).where(Suppression.address.in_(addresses))
    return dict(session.execute(wanted).all())
