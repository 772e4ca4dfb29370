"""Pages: the second step of signing in, for a browser that has proved the first and has no session yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import db
from helpdesk.errors import Refused
from helpdesk.permissions import Via, viewer_of
from helpdesk.sign_in import second_factor
from web import limits, rendering, signing_in
from web.deps import WebState
from web.pages.access import qr
from web.pages.access.login import TOO_OFTEN
from web.problems import TooMany

router = APIRouter(include_in_schema=False)
Code = Annotated[str, Form(max_length=64)]
WRONG = "This code is not right, or it was used already. Take the one that the app shows next."
WRONG_RECOVERY = "This is none of your recovery codes, or it was used already."


@router.get(signing_in.CODE_PAGE)
def ask_code(request: Request, web: WebState) -> Response:
    """The form for the six digits."""
    with db.transaction(web.installation.engine) as session:
        found = signing_in.halfway(request, web, session)
    return _code_page(request) if found is not None and found[0].totp_secret is not None else _anew(request)


@router.post(signing_in.CODE_PAGE)
def check_code(request: Request, web: WebState, code: Code = "", recovery: Code = "") -> Response:
    """Signed in by a code of the app or a recovery code; five tries in a quarter of an hour."""
    try:
        with db.transaction(web.installation.engine) as session:
            found = signing_in.halfway(request, web, session)
            if found is None or found[0].totp_secret is None:
                return _anew(request)
            person, kept = found
            method = signing_in.by_code(request, session, person, code, recovery)
            if method is not None:
                return signing_in.finish(request, web, session, person, method, kept["goal"])
    except TooMany as error:
        page = _code_page(request, "recovery" if recovery else "code", TOO_OFTEN, 429)
        page.headers["Retry-After"] = str(error.seconds)
        return page
    return _code_page(request, "recovery", WRONG_RECOVERY, 401) if recovery.strip() else _code_page(request, "code", WRONG, 401)


@router.get(signing_in.ENROL_PAGE)
def ask_enrolment(request: Request, web: WebState) -> Response:
    """Where the helpdesk asks everybody for a second factor: set it up now."""
    with db.transaction(web.installation.engine) as session:
        found = signing_in.halfway(request, web, session)
        if found is None or "secret" not in found[1] or found[0].totp_secret is not None:
            return _anew(request)
        return _enrol_page(request, web, found[0].address, found[1]["secret"])


@router.post(signing_in.ENROL_PAGE)
def enrol(request: Request, web: WebState, code: Code = "") -> Response:
    """The app's first code proves that it works: signed in, and the recovery codes are shown this once."""
    try:
        with db.transaction(web.installation.engine) as session:
            found = signing_in.halfway(request, web, session)
            if found is None or "secret" not in found[1] or found[0].totp_secret is not None:
                return _anew(request)
            person, kept = found
            limits.spend(session, "second factor", f"person {person.id}")
            try:
                codes = second_factor.turn_on(session, person, kept["secret"], code, datetime.now(UTC), viewer_of(person, Via.WEB))
            except Refused as error:
                return _enrol_page(request, web, person.address, kept["secret"], str(error), 422)
            page = rendering.render(request, "portal/sign_in/recovery_codes.html", codes=codes, goal=kept["goal"])
            signing_in.admit(request, web, session, person, "password and code", page)
            return page
    except TooMany as error:
        page = rendering.render(request, "portal/error.html", 429, code=429, detail=TOO_OFTEN, reference=None)
        page.headers["Retry-After"] = str(error.seconds)
        return page


def _code_page(request: Request, field: str = "", error: str = "", status: int = 200) -> Response:
    return rendering.render(request, "portal/sign_in/code.html", status, errors={field: error} if error else {})


def _enrol_page(request: Request, web: WebState, account: str, secret: str, error: str = "", status: int = 200) -> Response:
    errors = {"code": error} if error else {}
    shown = qr.shown(secret, account, web.site.name)
    return rendering.render(request, "portal/sign_in/enrol.html", status, **shown, errors=errors)


def _anew(request: Request) -> Response:
    """Too late, or not begun: the door, which lets on whoever is signed in meanwhile."""
    return RedirectResponse("/login", 303)
