"""The team: who joins it, in which role, and what an administrator does when somebody leaves or loses a phone."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import audit, db, people
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.models import STAFF, Person, Role
from helpdesk.permissions import Action, Viewer, require
from helpdesk.sign_in import invitations, own_access, second_factor


def add(session: Session, by: Viewer, *, name: str, address: str, role: str) -> Person:
    """Make somebody an agent or administrator, and mail them how to get in; an administrator's to do."""
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
    if person.password_hash is None:
        invitations.invite(session, person, by)
    return person


def set_role(session: Session, by: Viewer, address: str, role: str) -> Person:
    """Make an agent an administrator, or the other way round; never oneself, or the last administrator would be gone."""
    person = _colleague(session, by, address)
    if role not in list(STAFF):
        raise Refused("Choose agent or admin.", "role")
    if person.role != role:
        audit.record(session, "role_changed", by, address=person.address, old=person.role, new=role)
        person.role = Role(role).value
    return person


def set_active(session: Session, by: Viewer, address: str, *, active: bool) -> Person:
    """Enable or disable an agent: a disabled one is signed out everywhere and their tokens end. Nobody disables themselves."""
    person = _colleague(session, by, address)
    if person.active != active:
        person.active = active
        audit.record(session, "enabled" if active else "disabled", by, address=person.address)
    if not active:
        own_access.end_all(session, by, person)
        people.revoke_tokens(session, person)
    return person


def invite_again(session: Session, by: Viewer, address: str) -> Person:
    """Mail the invitation once more to somebody who has no password yet."""
    person = _colleague(session, by, address)
    invitations.invite(session, person, by)
    return person


def reset_second_factor(session: Session, by: Viewer, address: str) -> Person:
    """Take a colleague's lost app and recovery codes off their account, and end their sessions."""
    person = _colleague(session, by, address)
    if person.totp_secret is None:
        raise Refused(f"{person.name or person.address} has no app for codes.")
    second_factor.turn_off(session, person, by)
    own_access.end_all(session, by, person)
    return person


def end_sessions(session: Session, by: Viewer, address: str) -> int:
    """Sign a colleague out everywhere; gives how many browsers that were."""
    return own_access.end_all(session, by, _colleague(session, by, address))


def unlink_provider(session: Session, by: Viewer, address: str) -> Person:
    """A colleague's account at the provider opens nothing here any more, until the next one with their address is linked."""
    person = _colleague(session, by, address)
    if person.oidc_subject is None:
        raise Refused(f"{person.name or person.address} has no linked account.")
    person.oidc_subject = None
    own_access.end_all(session, by, person)
    audit.record(session, "provider_unlinked", by, address=person.address)
    return person


def _colleague(session: Session, by: Viewer, address: str) -> Person:
    """Somebody else on the team, locked; administrators only."""
    require(by, Action.MANAGE)
    db.in_turn(session, "team")  # two administrators who take each other's role wait for each other
    if by.person_id is not None and session.scalar(select(Person.role).where(Person.id == by.person_id)) != Role.ADMIN:
        raise NotAllowed("You may not do this.")
    found = people.person_at(session, address.strip())
    if found is None or found.role == Role.CUSTOMER:
        raise NotFound("There is no such agent.")
    if found.id == by.person_id:
        raise Refused("You cannot change this for yourself: ask another administrator.")
    fresh = select(Person).where(Person.id == found.id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(fresh).one()
