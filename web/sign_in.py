"""Who asks (bearer token, session cookie), whether the request is meant (CSRF), and signing in and out."""

from __future__ import annotations

import hmac
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from helpdesk import db, people
from helpdesk.errors import NotAllowed, NotFound, Refused, TryLater
from helpdesk.installation import Installation
from helpdesk.models import Person
from helpdesk.permissions import NOBODY, Via, Viewer, viewer_of
from helpdesk.sign_in import credentials
from web import limits
from web.problems import SignInNeeded, is_api

if TYPE_CHECKING:
    from web.deps import Web

log = logging.getLogger("helpdesk.web")


class FormLimits(TypedDict):
    """What a form may hold: number of files and fields, octets of one field."""

    max_files: int
    max_fields: int
    max_part_size: int


SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
FORM_LIMITS: FormLimits = {"max_files": 20, "max_fields": 300, "max_part_size": 4 * 1024 * 1024}
CSRF_FIELD = "csrf_token"
ONE_CLICK = (
    "/unsubscribe/"  # RFC 8058: mail programs post there by themselves; its signed key says whose mail ends, nothing else does
)
WRONG = "Address or password is wrong."


# --- who asks


def bearer(request: Request) -> str | None:
    """The bearer token of a request to the API (RFC 6750), or None; pages know no tokens."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if is_api(request) and scheme.lower() == "bearer" else None


def who(request: Request, session: Session, cookie: str) -> tuple[Viewer, Person | None, str | None]:
    """The viewer, the person (None: nobody), and whose API requests are counted (None: a page).

    Raises SignInNeeded for a token that is wrong: a program must not go on as nobody. A cookie that is over makes nobody.
    """
    via = Via.API if is_api(request) else Via.WEB
    token = bearer(request)
    if token is not None:
        found = credentials.token_owner(session, token)
        if found is None:
            raise SignInNeeded("This token is not valid.")
        row, person = found
        if "read" in row.scopes and request.method not in SAFE:
            raise NotAllowed("This token may only read.")
        return viewer_of(person, via), person, f"token {row.id}"
    secret = request.cookies.get(cookie)
    owner = credentials.session_owner(session, secret) if secret else None
    network = limits.network(request)
    if owner is None:
        return Viewer(None, None, via) if via == Via.API else NOBODY, None, network if via == Via.API else None
    return viewer_of(owner, via), owner, f"person {owner.id}" if via == Via.API else None


# --- is it meant


async def same_origin(request: Request) -> AsyncIterator[None]:
    """Every request that changes something comes from a page of ours, and in a session it carries that session's token.

    A browser says where a request comes from (Sec-Fetch-Site, else Origin); what says neither is no browser. Without a session
    there is nothing that a foreign page could use, so no token is asked. Bearer tokens are never sent by a browser on its own.
    """
    try:
        if request.method not in SAFE and bearer(request) is None and not request.url.path.startswith(ONE_CLICK):
            await _check_meant(request, request.app.state.web)
        yield
    finally:
        await request.close()  # files of a form that nobody asked for


async def _check_meant(request: Request, web: Web) -> None:
    if not _from_here(request, web.installation.settings.base_url):
        raise NotAllowed("This request came from another site.")
    secret = request.cookies.get(web.cookie)
    if secret and not hmac.compare_digest((await _given_token(request)).encode(), credentials.csrf_token(secret).encode()):
        raise NotAllowed("This form is from an earlier session: go back, load the page again, and send it once more.")


def _from_here(request: Request, base_url: str) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    if origin is not None:
        return urlsplit(origin).netloc in (urlsplit(base_url).netloc, request.headers.get("host"))
    return True


async def _given_token(request: Request) -> str:
    header = request.headers.get("x-csrf-token")
    if header is not None:
        return header
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    form = await request.form(**FORM_LIMITS)
    value = form.get(CSRF_FIELD)
    return value if isinstance(value, str) else ""


# --- signing in and out


def by_password(request: Request, web: Web, address: str, password: str) -> str | None:
    """The secret of a new session, or None when address or password is wrong (one answer, one duration, for both).

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
    if not credentials.password_matches(found[1] if found else None, password) or found is None:
        return None
    with db.transaction(engine) as session:
        limits.forgive(session, *tries)
        return credentials.start_session(session, found[0], request.headers.get("user-agent", ""))


def by_one_click(request: Request, session: Session, address: str) -> str:
    """Demo only: the secret of a new session of the active agent at this address, or NotFound."""
    person = people.person_at(session, address.strip())
    if person is None or not person.is_staff:
        raise NotFound("There is no such agent.")
    return credentials.start_session(session, person, request.headers.get("user-agent", ""))


def set_up(request: Request, web: Web, *, token: str, name: str, address: str, password: str) -> str:
    """Make the first administrator with the one-time token, and sign them in; gives the session's secret.

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
        person = credentials.first_admin(session, token, plain, name, hashed, data_dir)
        return credentials.start_session(session, person, request.headers.get("user-agent", ""))


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


def give_cookie(response: Response, web: Web, secret: str) -> None:
    """The browser keeps the session; scripts cannot read it, other sites cannot send it with a POST."""
    age = int(credentials.SESSION_LIFE.total_seconds())
    response.set_cookie(web.cookie, secret, max_age=age, path="/", secure=web.secure, httponly=True, samesite="lax")


def take_cookie(response: Response, web: Web) -> None:
    """The browser forgets the session."""
    response.delete_cookie(web.cookie, path="/", secure=web.secure, httponly=True, samesite="lax")
