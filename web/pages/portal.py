"""Pages: the front door, and the choice of colours."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select

from helpdesk.errors import NotFound
from helpdesk.knowledge import popular
from helpdesk.models import ACTIVE, Ticket, WaitingOn
from helpdesk.permissions import as_customer, public_tickets, visible_tickets
from web import rendering
from web.deps import Anyone, Desk, WebState

router = APIRouter(include_in_schema=False)
MOST_ON_THE_DOOR = 3
MOST_ANSWERS = 6
FOREVER = "public, max-age=31536000, immutable"
A_YEAR = 365 * 86400


@router.get("/")
def index(request: Request, desk: Anyone) -> Response:
    """The first field of the form, what is broken right now, and how many tickets wait for the reader."""
    return rendering.render(
        request,
        "portal/index.html",
        known_issues=_current_issues(desk),
        answers=[{"url": f"/faq#answer-{one.id}", "question": one.question} for one in popular.first(desk.session, MOST_ANSWERS)],
        waiting=_waiting_for_you(desk),
        came_from=came_from(request),
    )


@router.post("/theme")
def choose_theme(request: Request, web: WebState, theme: Annotated[str, Form(max_length=20)] = "") -> Response:
    """Keep the choice of colours in this browser, and go back to where it was made."""
    came_from = urlsplit(request.headers.get("referer", ""))
    back = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    response = RedirectResponse(rendering.local_path(back), 303)
    if theme in rendering.THEMES:
        # not httponly: the page's script writes the same cookie, to spare a reload
        response.set_cookie("theme", theme, max_age=A_YEAR, path="/", secure=web.secure, samesite="lax")
    return response


@router.get("/brand/style.css")
def brand_style(web: WebState) -> Response:
    """The installation's colour and stylesheet."""
    if not web.brand.style:
        raise NotFound("There is no such file.")
    return Response(web.brand.style, media_type="text/css; charset=utf-8", headers={"Cache-Control": FOREVER})


@router.get("/brand/logo")
def brand_logo(web: WebState) -> Response:
    """The installation's logo."""
    if web.brand.logo is None:
        raise NotFound("There is no such file.")
    return Response(web.brand.logo, media_type=web.brand.logo_type, headers={"Cache-Control": FOREVER})


def came_from(request: Request) -> str:
    """The page of another site that sent the reader here: what they write about may have happened there. "" for our own."""
    referer = request.headers.get("referer", "")[:500]
    parts = urlsplit(referer)
    ours = urlsplit(request.app.state.web.installation.settings.base_url).netloc, request.headers.get("host")
    return referer if parts.scheme in ("http", "https") and parts.netloc not in ours else ""


def _current_issues(desk: Desk) -> list[dict[str, Any]]:
    wanted = select(Ticket).where(public_tickets(), Ticket.status.in_(ACTIVE))
    wanted = wanted.order_by(Ticket.upvotes.desc(), Ticket.updated_at.desc(), Ticket.number).limit(MOST_ON_THE_DOOR)
    return [
        {
            "tag": desk.tag(one.number),
            "title": one.title,
            "status": one.status,
            "affected": one.upvotes,
            "updated_at": one.updated_at,
            "url": f"/known-issues/{desk.tag(one.number)}",
        }
        for one in desk.session.scalars(wanted)
    ]


def _waiting_for_you(desk: Desk) -> int:
    if desk.person is None:
        return 0
    mine = (visible_tickets(as_customer(desk.viewer)), Ticket.waiting_on == WaitingOn.CUSTOMER, Ticket.status.in_(ACTIVE))
    return desk.session.scalar(select(func.count()).select_from(Ticket).where(*mine, Ticket.merged_into.is_(None))) or 0
