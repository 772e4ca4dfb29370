"""Pages: the front door, and the choice of colours."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select

from helpdesk.models import ACTIVE, FaqEntry, Ticket, WaitingOn
from helpdesk.permissions import as_customer, public_tickets, visible_tickets
from web import rendering
from web.deps import Anyone, Desk, WebState

router = APIRouter(include_in_schema=False)
MOST_ON_THE_DOOR = 3
A_YEAR = 365 * 86400


@router.get("/")
def index(request: Request, desk: Anyone) -> Response:
    """The first field of the form, what is broken right now, and how many tickets wait for the reader."""
    return rendering.render(
        request,
        "portal/index.html",
        known_issues=_current_issues(desk),
        answers=desk.session.scalar(select(FaqEntry.id).where(FaqEntry.published).limit(1)) is not None,
        waiting=_waiting_for_you(desk),
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


def _current_issues(desk: Desk) -> list[dict[str, Any]]:
    wanted = select(Ticket).where(public_tickets(), Ticket.status.in_(ACTIVE))
    wanted = wanted.order_by(Ticket.upvotes.desc(), Ticket.updated_at.desc(), Ticket.number).limit(MOST_ON_THE_DOOR)
    return [
        {
            "tag": desk.tag(one.number),
            "title": one.title,
            "status": one.status,
            "affected": one.upvotes,
            "url": f"/known-issues/{desk.tag(one.number)}",
        }
        for one in desk.session.scalars(wanted)
    ]


def _waiting_for_you(desk: Desk) -> int:
    if desk.person is None:
        return 0
    mine = (visible_tickets(as_customer(desk.viewer)), Ticket.waiting_on == WaitingOn.CUSTOMER, Ticket.status.in_(ACTIVE))
    return desk.session.scalar(select(func.count()).select_from(Ticket).where(*mine, Ticket.merged_into.is_(None))) or 0
