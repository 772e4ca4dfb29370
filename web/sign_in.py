"""Who asks (bearer token, session cookie, the main site's word), and whether the request is meant (CSRF).

How a session comes about is in `signing_in.py`.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session

from helpdesk.errors import NotAllowed, TryLater
from helpdesk.models import Person
from helpdesk.permissions import NOBODY, Via, Viewer, viewer_of
from helpdesk.sign_in import credentials, main_site, published
from web import limits, rendering, scopes
from web.problems import SignInNeeded, is_api

if TYPE_CHECKING:
    from web.deps import Web

log = logging.getLogger("helpdesk.web")


class FormLimits(TypedDict):
    """What a form may hold: number of files and fields, octets of one field."""

    max_files: int
    max_fields: int
    max_part_size: int


FORM_LIMITS: FormLimits = {"max_files": 20, "max_fields": 300, "max_part_size": 4 * 1024 * 1024}
CSRF_FIELD = "csrf_token"
ONE_CLICK = (
    "/unsubscribe/"  # RFC 8058: mail programs post there by themselves; its signed key says whose mail ends, nothing else does
)
WRONG_TOKEN = "This token is not valid."  # noqa: S105


# --- who asks


def bearer(request: Request) -> str | None:
    """The bearer token of a request to the API (RFC 6750), or None; pages know no tokens."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if is_api(request) and scheme.lower() == "bearer" else None


def look_at_token(request: Request, web: Web) -> None:
    """Reads what the main site says of this request, once; before any transaction is open, since its keys may have to be fetched.

    Raises SignInNeeded for a bearer token that does not hold, TryLater while nobody can tell.
    """
    site, token = web.main_site, bearer(request)
    if hasattr(request.state, "main_site"):
        return
    request.state.main_site = None
    if site is None or (token or "").startswith(credentials.TOKEN_PREFIX):
        return
    given = token if token is not None else request.cookies.get(site.cookie, "") if site.cookie else ""
    if not given:
        return
    try:
        request.state.main_site = main_site.read(site, given)
    except published.Unreadable as error:
        log.warning("the main site's keys cannot be read")
        if token is not None:
            raise TryLater("The main site does not answer.") from error
    if token is not None and request.state.main_site is None:
        raise SignInNeeded(WRONG_TOKEN)


def who(request: Request, session: Session, web: Web) -> tuple[Viewer, Person | None, str | None]:
    """The viewer, the person (None: nobody), and whose API requests are counted (None: a page).

    Raises SignInNeeded for a token that is wrong: a program must not go on as nobody. A cookie that is over makes nobody.
    """
    via = Via.API if is_api(request) else Via.WEB
    token = bearer(request)
    user: main_site.User | None = request.state.main_site
    if token is not None and user is None:
        found = credentials.token_owner(session, token)
        if found is None:
            raise SignInNeeded(WRONG_TOKEN)
        row, person = found
        scopes.check(row.scopes, request.method, request.url.path)
        return viewer_of(person, via), person, f"token {row.id}"
    secret = request.cookies.get(web.cookie) if token is None else None
    two_factors = web.installation.settings.require_totp
    owner = credentials.session_owner(session, secret, two_factors=two_factors) if secret else None
    if owner is None and user is not None:
        owner = main_site.customer_of(session, user)
        if owner is None and token is not None:
            raise SignInNeeded(WRONG_TOKEN)
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
    web: Web = request.app.state.web
    try:
        if bearer(request) is None:
            if web.main_site is not None:  # on every page: its forms carry what follows from it
                await run_in_threadpool(look_at_token, request, web)
            if request.method not in scopes.SAFE and not request.url.path.startswith(ONE_CLICK):
                await _check_meant(request, web)
        yield
    finally:
        await request.close()  # files of a form that nobody asked for


async def _check_meant(request: Request, web: Web) -> None:
    if not _from_here(request, web.installation.settings.base_url):
        raise NotAllowed("This request came from another site.")
    wanted = rendering.form_token(request)
    if wanted and not hmac.compare_digest((await _given_token(request)).encode(), wanted.encode()):
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


# --- the session's cookie


def give_cookie(response: Response, web: Web, secret: str) -> None:
    """The browser keeps the session; scripts cannot read it, other sites cannot send it with a POST.

    As long as a session can live at all: when it ends before, its row says so.
    """
    age = int(credentials.LONGEST_SESSION.total_seconds())
    response.set_cookie(web.cookie, secret, max_age=age, path="/", secure=web.secure, httponly=True, samesite="lax")


def take_cookie(response: Response, web: Web) -> None:
    """The browser forgets the session."""
    response.delete_cookie(web.cookie, path="/", secure=web.secure, httponly=True, samesite="lax")
