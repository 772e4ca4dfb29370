"""Pages: a password is chosen by a mailed link: the first one of somebody new, or another one for whoever forgot theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from helpdesk import db, people
from helpdesk.errors import Refused
from helpdesk.permissions import Via, viewer_of
from helpdesk.sign_in import credentials, invitations
from web import limits, rendering, signing_in
from web.deps import WebState
from web.pages.access.login import TOO_OFTEN
from web.problems import TooMany

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1024)]
FORGOT_PAGE = "/login/forgot"


@router.get(FORGOT_PAGE)
def show_forgot(request: Request) -> Response:
    """The form that asks for the address."""
    return _forgot_page(request)


@router.post(FORGOT_PAGE)
def forgot(request: Request, web: WebState, address: Text = "") -> Response:
    """Mail a link if an agent has this address; the answer is the same for every address."""
    try:
        plain = people.normal_address(address)
    except Refused as error:
        return _forgot_page(request, address, str(error), 422)
    try:
        with db.transaction(web.installation.engine) as session:
            limits.spend(session, "link", plain)
            limits.spend(session, "link from network", limits.network(request))
            invitations.forgotten(session, plain)
    except TooMany as error:
        page = _forgot_page(request, address, TOO_OFTEN, 429)
        page.headers["Retry-After"] = str(error.seconds)
        return page
    return rendering.render(request, "portal/sign_in/forgot.html", sent_to=plain, form={"address": ""}, errors={})


@router.get(invitations.PATH + "/{key}")
def show_form(request: Request, web: WebState, key: str) -> Response:
    """The form for the new password; looking at it spends nothing."""
    with db.transaction(web.installation.engine) as session:
        person = invitations.read(session, web.installation.keys, key, datetime.now(UTC))
    if person is None:
        return _over(request)
    return _form_page(request, key, person.name, person.address, first=person.password_hash is None)


@router.post(invitations.PATH + "/{key}")
def choose(request: Request, web: WebState, key: str, password: Text = "") -> Response:
    """Keep the password: the link is spent and every session ended; then on to the second factor, or in."""
    engine, keys = web.installation.engine, web.installation.keys
    with db.transaction(engine) as session:
        person = invitations.read(session, keys, key, datetime.now(UTC))
    if person is None:
        return _over(request)
    try:
        hashed = credentials.hash_password(password)
    except Refused as error:
        first = person.password_hash is None
        return _form_page(request, key, person.name, person.address, first=first, error=str(error), status=422)
    with db.transaction(engine) as session:
        db.in_turn(session, f"password {person.id}")
        chosen = invitations.read(session, keys, key, datetime.now(UTC))  # a second click on the same link finds it spent
        if chosen is None:
            return _over(request)
        first = chosen.password_hash is None
        credentials.set_password(session, chosen, hashed, viewer_of(chosen, Via.WEB))
        response = signing_in.go_on(request, web, session, chosen, "password", "/admin")
    welcome = f"Welcome, {chosen.name or chosen.address}: this is what waits for the team."
    rendering.say(request, response, welcome if first else "Your new password is set.")
    return response


def _forgot_page(request: Request, address: str = "", error: str = "", status: int = 200) -> Response:
    errors = {"address": error} if error else {}
    return rendering.render(request, "portal/sign_in/forgot.html", status, sent_to=None, form={"address": address}, errors=errors)


def _form_page(request: Request, key: str, name: str, address: str, *, first: bool, error: str = "", status: int = 200) -> Response:
    return rendering.render(
        request,
        "portal/sign_in/password.html",
        status,
        key=key,
        name=name,
        address=address,
        first=first,
        errors={"password": error} if error else {},
    )


def _over(request: Request) -> Response:
    return rendering.render(request, "portal/sign_in/link_over.html", 404)
