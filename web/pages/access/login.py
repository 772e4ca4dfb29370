"""Pages: staff sign-in, sign-out, and the first start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import db, people
from helpdesk.errors import NotFound, Refused
from helpdesk.models import Person
from helpdesk.sign_in import credentials
from web import rendering, sign_in, signing_in
from web.deps import Anyone, Web, WebState
from web.problems import TooMany

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1024)]
TOO_OFTEN = "Too many tries: please wait a quarter of an hour."


@router.get("/login")
def show_login(request: Request, desk: Anyone, next: str = "/admin") -> Response:
    """The sign-in form; who is signed in goes on at once."""
    if desk.viewer.is_staff:
        return RedirectResponse(rendering.local_path(next), 303)
    demo = desk.web.installation.settings.demo
    if not demo and not credentials.has_admin(desk.session):
        return RedirectResponse("/setup", 303)
    return login_page(request, desk.web, next, demo_users=people.staff(desk.session) if demo else ())


@router.post("/login")
def login(request: Request, web: WebState, address: Text = "", password: Text = "", next: Text = "/admin") -> Response:
    """Sign in by password; a wrong one gets one neutral sentence."""
    try:
        person = signing_in.by_password(request, web, address, password)
    except TooMany as error:
        page = login_page(request, web, next, address=address, error=TOO_OFTEN, status=429)
        page.headers["Retry-After"] = str(error.seconds)
        return page
    if person is None:
        return login_page(request, web, next, address=address, error=signing_in.WRONG, status=401)
    with db.transaction(web.installation.engine) as session:
        return signing_in.go_on(request, web, session, person, "password", next)


@router.post("/login/demo")
@router.post("/demo/sign-in")
def demo_login(request: Request, desk: Anyone, address: Text = "", next: Text = "/admin") -> Response:
    """Demo mode only: sign in as an agent by one click."""
    if not desk.web.installation.settings.demo:
        raise NotFound("This is no demo.")
    return signing_in.finish(request, desk.web, desk.session, signing_in.by_one_click(desk.session, address), "demo", next)


@router.post("/logout")
def logout(request: Request, desk: Anyone) -> Response:
    """Sign this browser out; whoever came by the main site's cookie leaves there."""
    secret = request.cookies.get(desk.web.cookie)
    if secret:
        credentials.end_session(desk.session, secret)
    elif desk.person is not None:
        return rendering.see_other(
            request, "/my-tickets", "Your account on our main site signs you in: sign out there.", kind="info"
        )
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
        person = signing_in.set_up(web, token=token, name=name, address=address, password=password)
    except NotFound:
        raise
    except Refused as error:
        form = {"token": token, "name": name, "address": address}
        return rendering.render(request, "portal/setup.html", 422, form=form, errors={error.field or "token": str(error)})
    with db.transaction(web.installation.engine) as session:
        return signing_in.go_on(request, web, session, person, "setup", "/admin")


def login_page(
    request: Request,
    web: Web,
    next: str = "/admin",
    *,
    address: str = "",
    error: str = "",
    status: int = 200,
    demo_users: Sequence[Person] = (),
) -> Response:
    """The sign-in form, with a sentence about what went wrong."""
    return rendering.render(
        request,
        "portal/login.html",
        status,
        form={"address": address},
        errors={"form": error} if error else {},
        next=rendering.local_path(next),
        provider=web.provider.name if web.provider is not None else None,
        demo_users=demo_users,
    )
