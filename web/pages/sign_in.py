"""Pages: staff sign-in, sign-out, and the first start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import people
from helpdesk.errors import NotFound, Refused
from helpdesk.models import Person
from helpdesk.sign_in import credentials
from web import rendering, sign_in
from web.deps import Anyone, WebState
from web.problems import TooMany

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1024)]


@router.get("/login")
def show_login(request: Request, desk: Anyone, next: str = "/admin") -> Response:
    """The sign-in form; who is signed in goes on at once."""
    if desk.viewer.is_staff:
        return RedirectResponse(rendering.local_path(next), 303)
    if not desk.web.installation.settings.demo and not credentials.has_admin(desk.session):
        return RedirectResponse("/setup", 303)
    demo_users = people.staff(desk.session) if desk.web.installation.settings.demo else ()
    return _login_page(request, next, demo_users=demo_users)


@router.post("/login")
def login(request: Request, web: WebState, address: Text = "", password: Text = "", next: Text = "/admin") -> Response:
    """Sign in by password; a wrong one gets one neutral sentence."""
    try:
        secret = sign_in.by_password(request, web, address, password)
    except TooMany as error:
        page = _login_page(request, next, address=address, error="Too many tries: please wait a quarter of an hour.", status=429)
        page.headers["Retry-After"] = str(error.seconds)
        return page
    if secret is None:
        return _login_page(request, next, address=address, error=sign_in.WRONG, status=401)
    return _signed_in(request, web, secret, next)


@router.post("/login/demo")
@router.post("/demo/sign-in")
def demo_login(request: Request, desk: Anyone, address: Text = "", next: Text = "/admin") -> Response:
    """Demo mode only: sign in as an agent by one click."""
    if not desk.web.installation.settings.demo:
        raise NotFound("This is no demo.")
    return _signed_in(request, desk.web, sign_in.by_one_click(request, desk.session, address), next)


@router.post("/logout")
def logout(request: Request, desk: Anyone) -> Response:
    """Sign this browser out."""
    secret = request.cookies.get(desk.web.cookie)
    if secret:
        credentials.end_session(desk.session, secret)
    response = RedirectResponse("/", 303)
    sign_in.take_cookie(response, desk.web)
    return response


@router.get("/setup")
def show_setup(request: Request, desk: Anyone) -> Response:
    """The form for the first administrator, while there is none."""
    if credentials.setup_token(desk.session, desk.web.installation.settings.data_dir) is None:
        raise NotFound("This helpdesk is set up.")
    return rendering.render(request, "portal/setup.html", form={"token": "", "name": "", "address": ""}, errors={})


@router.post("/setup")
def setup(request: Request, web: WebState, token: Text = "", name: Text = "", address: Text = "", password: Text = "") -> Response:
    """Make the first administrator and sign them in."""
    try:
        secret = sign_in.set_up(request, web, token=token, name=name, address=address, password=password)
    except NotFound:
        raise
    except Refused as error:
        form = {"token": token, "name": name, "address": address}
        return rendering.render(request, "portal/setup.html", 422, form=form, errors={error.field or "token": str(error)})
    return _signed_in(request, web, secret, "/admin")


def _login_page(
    request: Request, next: str, *, address: str = "", error: str = "", status: int = 200, demo_users: Sequence[Person] = ()
) -> Response:
    return rendering.render(
        request,
        "portal/login.html",
        status,
        form={"address": address},
        errors={"form": error} if error else {},
        next=rendering.local_path(next),
        demo_users=demo_users,
    )


def _signed_in(request: Request, web: WebState, secret: str, next: str) -> Response:
    response = RedirectResponse(rendering.local_path(next), 303)
    sign_in.give_cookie(response, web, secret)
    return response
