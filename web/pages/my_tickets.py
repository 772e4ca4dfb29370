"""Pages: a person's tickets, and the way to them by mail: a link and a code, with one answer for every address."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import people
from helpdesk.errors import Refused
from helpdesk.lists import own_tickets
from helpdesk.models import ACTIVE, Person, Ticket, WaitingOn
from helpdesk.sign_in import magic_links
from web import limits, rendering, sign_in, signing_in
from web.deps import Anyone, Desk
from web.pages import requester_words

router = APIRouter(include_in_schema=False)
FILTERS = {"": "All", "you": "Waiting for you", "us": "With us", "done": "Done"}
TOKEN_COOKIE, NEXT_COOKIE = "sign_in_link", "sign_in_next"
WRONG_CODE = "That code is not right, or too old."
WRONG_LINK = "That link was used already, or is too old. We gladly send you a new one."
Line = Annotated[str, Form(max_length=1024)]


@router.get("/my-tickets")
def my_tickets(
    request: Request,
    desk: Anyone,
    next: Annotated[str, Query(max_length=300)] = "",
    q: Annotated[str, Query(max_length=300)] = "",
    show: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The tickets one takes part in, those that wait for the reader first; to a stranger, the way to them."""
    if desk.person is not None:
        return _listed(request, desk, q.strip(), show if show in FILTERS else "")
    page = _ask(request)
    if _one_of_theirs(next):
        _keep(page, desk, NEXT_COOKIE, next)
    return page


@router.post("/my-tickets")
def send_link(request: Request, desk: Anyone, email: Line = "") -> Response:
    """Mail a link and a code, if the address is a customer's; the answer is the same if not."""
    try:
        address = people.normal_address(email)
    except Refused as error:
        return _ask(request, email, str(error), 422)
    limits.spend(desk.session, "link", address)
    limits.spend(desk.session, "link from network", limits.network(request))
    house = desk.web.installation
    magic_links.request(desk.session, house.keys[0], address, house.settings.base_url)
    return _sent(request, address)


@router.get("/my-tickets/link")
def show_link(request: Request, desk: Anyone, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """A button that signs in: whatever opens links unasked spends nothing. The token leaves the address bar at once."""
    if re.fullmatch(r"[\w-]{1,100}", token, re.ASCII):
        away = RedirectResponse(magic_links.LINK_PATH, 303)
        _keep(away, desk, TOKEN_COOKIE, token)
        return away
    kept = request.cookies.get(TOKEN_COOKIE, "")
    return _sent(request, "", token=kept) if kept else RedirectResponse("/my-tickets", 303)


@router.post("/my-tickets/link")
def spend_link(request: Request, desk: Anyone, token: Line = "") -> Response:
    """Sign in with the link's token; it works once."""
    person = magic_links.spend_link(desk.session, token)
    if person is None:
        page = _ask(request, "", WRONG_LINK, 404)
        _forget(page, desk, TOKEN_COOKIE)
        return page
    return _signed_in(request, desk, person)


@router.post("/my-tickets/code")
def spend_code(request: Request, desk: Anyone, address: Line = "", code: Line = "") -> Response:
    """Sign in with the six digits; five tries."""
    try:
        plain = people.normal_address(address)
    except Refused:
        return _sent(request, address, error=WRONG_CODE, status=404)
    attempt = limits.spend(desk.session, "code", plain)
    person = magic_links.spend_code(desk.session, desk.web.installation.keys[0], plain, code)
    if person is None:
        return _sent(request, plain, error=WRONG_CODE, status=404)
    limits.forgive(desk.session, attempt)
    return _signed_in(request, desk, person)


def _listed(request: Request, desk: Desk, q: str, show: str) -> Response:
    limits.search(request, desk, q)
    number = desk.number_of(q) if q else None
    found = own_tickets.listed(desk.session, desk.viewer, q, number)
    groups: dict[str, list[dict[str, object]]] = {key: [] for key in FILTERS if key}
    for ticket in found:
        groups[_group(ticket)].append(_row(desk, ticket))
    chips = [
        {"label": label, "key": key, "count": len(groups[key]) if key else len(found), "url": _url(q, key), "current": key == show}
        for key, label in FILTERS.items()
    ]
    shown = [{"label": FILTERS[key], "tickets": rows} for key, rows in groups.items() if rows and show in ("", key)]
    return rendering.render(
        request, "portal/my_tickets.html", q=q, show=show, chips=chips, groups=shown, any=bool(found), form={"email": ""}, errors={}
    )


def _group(ticket: Ticket) -> str:
    if ticket.status not in ACTIVE or ticket.merged_into is not None:
        return "done"
    return "you" if ticket.waiting_on == WaitingOn.CUSTOMER else "us"


def _row(desk: Desk, ticket: Ticket) -> dict[str, object]:
    return {
        "tag": desk.tag(ticket.number),
        "title": ticket.title,
        "status": ticket.status,
        "updated_at": ticket.updated_at,
        "url": f"/ticket/{desk.tag(ticket.number)}",
        "state": requester_words.state(ticket),
    }


def _url(q: str, show: str) -> str:
    query = urlencode({name: value for name, value in (("q", q), ("show", show)) if value})
    return f"/my-tickets?{query}" if query else "/my-tickets"


def _ask(request: Request, email: str = "", error: str = "", status: int = 200) -> Response:
    errors = {"email": error} if error else {}
    return rendering.render(request, "portal/my_tickets.html", status, groups=None, form={"email": email}, errors=errors)


def _sent(request: Request, address: str, *, token: str = "", error: str | None = None, status: int = 200) -> Response:
    minutes = int(magic_links.LIFE.total_seconds()) // 60
    return rendering.render(
        request, "portal/sign_in_sent.html", status, address=address, minutes=minutes, error=error, token=token or None
    )


def _signed_in(request: Request, desk: Desk, person: Person) -> Response:
    secret = signing_in.start(request, desk.session, person, "link")
    goal = request.cookies.get(NEXT_COOKIE, "")
    response = RedirectResponse(goal if _one_of_theirs(goal) else "/my-tickets", 303)
    sign_in.give_cookie(response, desk.web, secret)
    _forget(response, desk, TOKEN_COOKIE)
    _forget(response, desk, NEXT_COOKIE)
    return response


def _one_of_theirs(path: str) -> bool:
    """Whether somebody may be sent there after signing in: a page of requesters."""
    return re.fullmatch(r"/(ticket|known-issues)/[\w-]{1,60}", path, re.ASCII) is not None


def _keep(response: Response, desk: Desk, name: str, value: str) -> None:
    age = int(magic_links.LIFE.total_seconds())
    response.set_cookie(name, value, max_age=age, path="/my-tickets", secure=desk.web.secure, httponly=True, samesite="lax")


def _forget(response: Response, desk: Desk, name: str) -> None:
    response.delete_cookie(name, path="/my-tickets", secure=desk.web.secure, httponly=True, samesite="lax")
