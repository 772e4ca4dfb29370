"""Pages: what opens the desk in an agent's name: password, second factor, single sign-on, sessions; each can be ended here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import audit
from helpdesk.errors import Refused
from helpdesk.models import SignInSession
from helpdesk.sign_in import credentials, own_access, second_factor
from web import carried, limits, rendering, sign_in, signing_in
from web.deps import Desk, Staff, staff_desk
from web.pages import shell
from web.pages.access import qr, words

router = APIRouter(include_in_schema=False)
HERE, TWO_STEP = "/admin/security", "/admin/security/two-step"
Secret = Annotated[str, Form(max_length=1024)]
OFFERED, OFFERED_LIFE = "helpdesk-offered", timedelta(minutes=15)  # the secret of an app that is not proved yet
NOT_YOURS = "That is not your password."


@router.get(HERE)
def show(request: Request, desk: Staff, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
    """How this agent signs in, and where they are signed in."""
    return _page(request, desk, page=page)


@router.post(HERE + "/password")
def change_password(request: Request, current: Secret = "", password: Secret = "") -> Response:
    """Another password: every other browser is signed out, this one goes on."""
    try:
        _prove(request, current, "current")
        hashed = credentials.hash_password(password)
    except Refused as error:
        with staff_desk(request) as desk:
            return _page(request, desk, {error.field or "password": str(error)}, 422)
    with staff_desk(request) as desk:
        method = own_access.method_of(desk.session, request.cookies.get(desk.web.cookie, ""))
        credentials.set_password(desk.session, desk.me, hashed, desk.viewer)
        response = rendering.see_other(request, HERE, "Your password is changed, and every other browser is signed out.")
        sign_in.give_cookie(response, desk.web, signing_in.start(request, desk.session, desk.me, method))
        return response


# --- the second factor


@router.get(TWO_STEP)
def offer(request: Request, desk: Staff) -> Response:
    """The QR code of a fresh secret; the same one when the page is loaded again."""
    if desk.me.totp_secret is not None:
        return RedirectResponse(HERE, 303)
    kept = carried.read(request, desk.web, OFFERED)
    secret = kept["secret"] if kept is not None and kept["person"] == desk.me.id else second_factor.new_secret()
    page = _offer_page(request, desk, secret)
    carried.give(page, desk.web, OFFERED, {"person": desk.me.id, "secret": secret}, OFFERED_LIFE)
    return page


@router.post(TWO_STEP)
def turn_on(request: Request, desk: Staff, code: Secret = "") -> Response:
    """The app's first code proves that it works; the recovery codes are shown this once."""
    kept = carried.read(request, desk.web, OFFERED)
    if kept is None or kept["person"] != desk.me.id:
        return RedirectResponse(TWO_STEP, 303)
    try:
        codes = second_factor.turn_on(desk.session, desk.me, kept["secret"], code, datetime.now(UTC), desk.viewer)
    except Refused as error:
        return _offer_page(request, desk, kept["secret"], str(error), 422)
    own_access.renew(desk.session, request.cookies.get(desk.web.cookie, ""), "password and code")
    page = _codes_page(request, desk, codes)
    carried.take(page, desk.web, OFFERED)
    return page


@router.post(TWO_STEP + "/codes")
def renew_codes(request: Request, password: Secret = "") -> Response:
    """Ten new recovery codes instead of those that are left."""
    try:
        _prove(request, password, "codes")
        with staff_desk(request) as desk:
            return _codes_page(request, desk, second_factor.renew_codes(desk.session, desk.me, desk.viewer))
    except Refused as error:
        return _again(request, error, "codes")


@router.post(TWO_STEP + "/off")
def turn_off(request: Request, password: Secret = "") -> Response:
    """No code is asked for any more, unless this helpdesk asks everybody for one."""
    try:
        _prove(request, password, "off")
        with staff_desk(request) as desk:
            if desk.web.installation.settings.require_totp:
                raise Refused("This helpdesk asks every agent for a code.", "off")
            second_factor.turn_off(desk.session, desk.me, desk.viewer)
    except Refused as error:
        return _again(request, error, "off")
    return rendering.see_other(request, HERE, "Two-step sign-in is off. Your password alone opens your account now.")


# --- single sign-on, sessions


@router.post(HERE + "/provider")
def unlink(request: Request, desk: Staff) -> Response:
    """The account at the provider opens nothing here any more, until it is used again."""
    if desk.me.oidc_subject is not None:
        desk.me.oidc_subject = None
        audit.record(desk.session, "provider_unlinked", desk.viewer, address=desk.me.address)
    return rendering.see_other(request, HERE, "The account is unlinked. The next sign-in there links one again.")


@router.post(HERE + "/sessions/others")
def end_others(request: Request, desk: Staff) -> Response:
    """Sign out every browser but this one."""
    ended = own_access.end_all(desk.session, desk.viewer, desk.me, keep=request.cookies.get(desk.web.cookie, ""))
    text = f"{ended} {'browser is' if ended == 1 else 'browsers are'} signed out." if ended else "No other browser was signed in."
    return rendering.see_other(request, HERE, text)


@router.post(HERE + "/sessions/{number}/end")
def end_one(request: Request, desk: Staff, number: int) -> Response:
    """Sign out one browser: it is out at its next request."""
    own_access.end_one(desk.session, desk.viewer, number)
    return rendering.see_other(request, HERE, "That browser is signed out.")


def _prove(request: Request, password: str, field: str) -> None:
    """Whoever sits here is the person: Refused for a wrong password, TooMany after five; looked at with no transaction open."""
    with staff_desk(request) as desk:
        attempt = limits.spend(desk.session, "password", desk.me.address)
        stored = desk.me.password_hash
    if stored is None:
        raise Refused(
            "You have no password yet: “Forgot your password?” on the sign-in page mails you a link to choose one.", field
        )
    if not credentials.password_matches(stored, password):
        raise Refused(NOT_YOURS, field)
    with staff_desk(request) as desk:
        limits.forgive(desk.session, attempt)


def _again(request: Request, error: Refused, field: str) -> Response:
    with staff_desk(request) as desk:
        return _page(request, desk, {error.field or field: str(error)}, 422)


def _page(request: Request, desk: Desk, errors: Mapping[str, str] | None = None, status: int = 200, *, page: int = 1) -> Response:
    me, web = desk.me, desk.web
    sessions, count = own_access.sessions_of(desk.session, me, page=page)
    return rendering.render(
        request,
        "portal/admin/security.html",
        status,
        **shell.frame(desk, section="security"),
        errors=errors or {},
        has_password=me.password_hash is not None,
        two_step=me.totp_secret is not None,
        codes_left=len(me.recovery_codes),
        required=web.installation.settings.require_totp,
        provider=web.provider.name if web.provider is not None else None,
        linked=me.oidc_subject is not None,
        sessions=[_shown(request, desk, one) for one in sessions],
        sessions_count=count,
        next_url=shell.address(HERE, page=page + 1) if page * own_access.PAGE < count else None,
    )


def _shown(request: Request, desk: Desk, row: SignInSession) -> dict[str, Any]:
    return {
        "number": row.id,
        "browser": words.browser(row.user_agent),
        "phone": words.is_phone(row.user_agent),
        "network": words.network(row.network),
        "method": words.METHODS.get(row.method, row.method),
        "created_at": row.created_at,
        "seen_at": row.seen_at,
        "current": _is_this(request, desk, row),
    }


def _is_this(request: Request, desk: Desk, row: SignInSession) -> bool:
    return own_access.is_of(row, request.cookies.get(desk.web.cookie, ""))


def _offer_page(request: Request, desk: Desk, secret: str, error: str = "", status: int = 200) -> Response:
    shown = qr.shown(secret, desk.me.address, desk.web.site.name)
    errors = {"code": error} if error else {}
    return rendering.render(
        request, "portal/admin/two_step.html", status, **shell.frame(desk, section="security"), **shown, errors=errors
    )


def _codes_page(request: Request, desk: Desk, codes: list[str]) -> Response:
    return rendering.render(request, "portal/admin/recovery_codes.html", **shell.frame(desk, section="security"), codes=codes)
