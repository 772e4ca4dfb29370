"""Pages: what the ticket's page says while somebody writes on it: the draft is kept, and who else is there is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from helpdesk import conversation
from helpdesk.staff import drafts, presence
from web import rendering
from web.deps import Staff
from web.pages import ticket_view
from web.pages.shell import Line, Text

router = APIRouter(include_in_schema=False, prefix="/admin/ticket/{tag}")
Number = Annotated[int, Form(ge=0, le=10**15)]


@router.post("/draft")
def keep_draft(
    request: Request, desk: Staff, tag: str, mode: Line = "reply", content: Text = "", seen: Number = 0, discard: Line = ""
) -> Response:
    """Keep what was typed, or throw it away (`discard`, or no text); a script is answered in JSON, a form goes back to the page."""
    ticket = ticket_view.find(desk, tag)
    kept = drafts.keep(desk.session, ticket, desk.viewer, "" if discard else content, internal=mode == "note", seen=seen or None)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"kept": kept, "at": datetime.now(UTC).isoformat(timespec="seconds")})
    text = "Kept as a draft: nothing was sent." if kept else "The draft is gone."
    return rendering.see_other(request, f"{ticket_view.came_with(request, desk, ticket)}#composer", text)


@router.post("/presence")
def be_present(desk: Staff, tag: str, writing: Line = "", seen: Number = 0, gone: Line = "") -> JSONResponse:
    """I look at this ticket, or leave it (`gone`): who else does, and how many messages came after event `seen`."""
    ticket = ticket_view.find(desk, tag)
    if gone:
        presence.gone(desk.session, ticket.number, desk.viewer)
        return JSONResponse({"looking": [], "newer": 0})
    presence.here(desk.session, ticket, desk.viewer, writing=writing == "1")
    looking = presence.others(desk.session, ticket.number, desk.viewer)
    newer = conversation.newer(desk.session, ticket, desk.viewer, seen)
    return JSONResponse(
        {
            "looking": [{"name": one.name, "address": one.address, "writing": one.writing} for one in looking],
            "newer": len(newer),
            "by": (newer[-1].author.name if newer[-1].author else newer[-1].author_address) if newer else "",
        }
    )
