"""Signing in step by step: password, one click, setup; then the second factor where there is one; and only then a session."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from helpdesk import audit, db, people
from helpdesk.errors import NotFound, Refused, TryLater
from helpdesk.installation import Installation
from helpdesk.models import Person
from helpdesk.permissions import NOBODY, Via, viewer_of
from helpdesk.sign_in import credentials, invitations, second_factor
from web import carried, limits, rendering, sign_in

if TYPE_CHECKING:
    from web.deps import Web

log = logging.getLogger("helpdesk.web")
WRONG = "Address or password is wrong."
CODE_PAGE, ENROL_PAGE = "/login/code", "/login/enrol"
HALFWAY = "helpdesk-halfway"  # carried by a browser whose person has proved the first factor
HALFWAY_LIFE = timedelta(minutes=10)


# --- the first factor


def by_password(request: Request, web: Web, address: str, password: str) -> Person | None:
    """Whose password this is, or None when address or password is wrong (one answer, one duration, for both).

    Raises TooMany at the limits, which count before the password is looked at.
    """
    plain = address.strip().lower()[:254]
    engine = web.installation.engine
    with db.transaction(engine) as session:
        tries = (
            limits.spend(session, "password", plain),
            limits.spend(session, "password from network", limits.network(request)),
        )
        found = credentials.staff_password(session, plain)
    matched = credentials.password_matches(found[1] if found else None, password)
    with db.transaction(engine) as session:
        if matched and found is not None:
            limits.forgive(session, *tries)
            return found[0]
        # what was typed is kept only where it is an address of staff: people type passwords into the wrong field
        known = found[0].address if found is not None else ""
        audit.record(session, "sign_in_failed", NOBODY, address=known, network=limits.network(request) or "")
    return None


def by_one_click(session: Session, address: str) -> Person:
    """Demo only: the active agent at this address, or NotFound."""
    person = people.person_at(session, address.strip())
    if person is None or not person.is_staff:
        raise NotFound("There is no such agent.")
    return person


def set_up(web: Web, *, token: str, name: str, address: str, password: str) -> Person:
    """Make the first administrator with the one-time token.

    Raises Refused with the field at fault, NotFound once there is an administrator.
    """
    engine, data_dir = web.installation.engine, web.installation.settings.data_dir
    with db.transaction(engine) as session:
        if credentials.has_admin(session):
            raise NotFound("This helpdesk is set up.")
        if not credentials.is_setup_token(session, token.strip()):
            raise Refused("This is not the setup token: it stands in the log and in DATA_DIR/setup_token.", "token")
    try:
        plain = people.normal_address(address)
    except Refused as error:
        raise Refused(str(error), "address") from None
    hashed = credentials.hash_password(password)
    with db.transaction(engine) as session:
        return credentials.first_admin(session, token, plain, name, hashed, data_dir)


def announce_setup(installation: Installation) -> None:
    """At the start: while there is no administrator, the log says how to make one. A database that is away is no reason to stop."""
    settings = installation.settings
    if settings.demo:
        return
    try:
        with db.transaction(installation.engine) as session:
            token = credentials.setup_token(session, settings.data_dir)
    except TryLater:
        log.warning("the database does not answer yet: without an administrator, open /setup later")
        return
    if token is not None:
        log.warning("No administrator yet. Open %s/setup and enter the setup token: %s", settings.base_url, token)


# --- and on


def go_on(request: Request, web: Web, session: Session, person: Person, method: str, goal: str) -> Response:
    """After the first factor: to the second where there is one or must be one, carrying a proof of the first; else signed in."""
    needed = person.totp_secret is not None
    if not needed and not web.installation.settings.require_totp:
        return finish(request, web, session, person, method, goal)
    values = {"person": person.id, "method": method, "goal": rendering.local_path(goal), "stamp": invitations.stamp(person)}
    if not needed:
        values["secret"] = second_factor.new_secret()
    response = RedirectResponse(CODE_PAGE if needed else ENROL_PAGE, 303)
    carried.give(response, web, HALFWAY, values, HALFWAY_LIFE)
    return response


def halfway(request: Request, web: Web, session: Session) -> tuple[Person, dict[str, str]] | None:
    """Who has proved the first factor in this browser, and what it carries; None when that is over: begin anew."""
    kept = carried.read(request, web, HALFWAY)
    person = session.get(Person, kept["person"]) if kept is not None else None
    if kept is None or person is None or not person.is_staff or kept["stamp"] != invitations.stamp(person):
        return None
    return person, kept


def finish(request: Request, web: Web, session: Session, person: Person, method: str, goal: str) -> Response:
    """Signed in, and on to the page that was asked for."""
    response = RedirectResponse(rendering.local_path(goal), 303)
    admit(request, web, session, person, method, response)
    return response


def admit(request: Request, web: Web, session: Session, person: Person, method: str, response: Response) -> None:
    """The answer gives the browser a session of this person."""
    sign_in.give_cookie(response, web, start(request, session, person, method))
    carried.take(response, web, HALFWAY)


def start(request: Request, session: Session, person: Person, method: str) -> str:
    """The secret of a new session of this browser."""
    browser, network = request.headers.get("user-agent", ""), limits.network(request) or ""
    return credentials.start_session(session, person, browser, method=method, network=network)


# --- the second


def by_code(request: Request, session: Session, person: Person, code: str, recovery: str) -> str | None:
    """How the second factor was proved (a method of `credentials.METHODS`), or None when neither code fits.

    Raises TooMany after five wrong ones. The try counts even when the caller fails later, for it stands in the same transaction.
    """
    attempt = limits.spend(session, "second factor", f"person {person.id}")
    by = viewer_of(person, Via.WEB)
    method = None
    if recovery.strip():
        method = "recovery code" if second_factor.spend_recovery(session, person, recovery, by) else None
    elif second_factor.spend(session, person, code, datetime.now(UTC)):
        method = "password and code"
    if method is not None:
        limits.forgive(session, attempt)
        return method
    audit.record(session, "second_factor_failed", by, address=person.address, network=limits.network(request) or "")
    return None
