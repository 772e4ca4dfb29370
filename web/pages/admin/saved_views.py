"""Pages: the queue under filters of one's own, kept under a name, renamed, put in order, deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response

from helpdesk import people
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.lists import query_language
from helpdesk.lists.views import VIEWS
from helpdesk.models import SavedView
from helpdesk.staff import saved_views
from web import rendering
from web.deps import Staff
from web.pages import shell
from web.pages.admin import queue_chips
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
LIST = "/admin/views"


@router.get("/admin/views")
def list_views(request: Request, desk: Staff) -> Response:
    """One's own views and everybody's, to rename, to put in order, to delete."""
    agents = people.staff(desk.session)
    prefix = desk.web.installation.settings.ticket_prefix

    def shown(view: SavedView) -> dict[str, Any]:
        filters = saved_views.filters_of(view.query)
        asked = query_language.parse(filters.q, now=datetime.now(UTC), prefix=prefix)
        said = [f"{'not ' if one.negated else ''}{one.label} {one.value}" for one in queue_chips.chips(filters, asked, agents)]
        label = VIEWS[filters.view].label if filters.view in VIEWS else filters.view
        return {"id": view.id, "name": view.name, "url": f"/admin?{view.query}", "what": " · ".join([label, *said])}

    found = saved_views.listed(desk.session, desk.viewer)
    return rendering.render(
        request,
        "portal/admin/saved_views.html",
        **shell.frame(desk, section="views"),
        own=[shown(view) for view in found if view.person_id is not None],
        shared=[shown(view) for view in found if view.person_id is None],
    )


@router.post("/admin/views")
def keep(request: Request, desk: Staff, name: Line = "", query: Line = "", shared: Line = "") -> Response:
    """Keep the filters of a list under a name; `query` is its address."""
    asked = urlsplit(query).query if query.startswith("/") else query
    try:
        made = saved_views.keep(desk.session, desk.viewer, name, asked, shared=bool(shared))
    except (NotAllowed, NotFound):
        raise
    except Refused as refused:
        return rendering.see_other(request, shell.back_to(f"/admin?{asked}"), str(refused), kind="error")
    return rendering.see_other(request, f"/admin?{made.query}", f"“{made.name}” is kept, on the left.")


@router.post("/admin/views/{number}")
def rename(request: Request, desk: Staff, number: int, name: Line = "") -> Response:
    """Give it another name."""
    try:
        view = saved_views.rename(desk.session, desk.viewer, number, name)
    except (NotAllowed, NotFound):
        raise
    except Refused as refused:
        return rendering.see_other(request, LIST, str(refused), kind="error")
    return rendering.see_other(request, LIST, f"It is “{view.name}” now.")


@router.post("/admin/views/{number}/move")
def move(request: Request, desk: Staff, number: int, to: Line = "") -> Response:
    """Change places with the one above (`to`: up) or below (down)."""
    saved_views.move(desk.session, desk.viewer, number, up=to == "up")
    return rendering.see_other(request, LIST)


@router.post("/admin/views/{number}/delete")
def delete(request: Request, desk: Staff, number: int) -> Response:
    """Delete it; no ticket changes."""
    name = saved_views.delete(desk.session, desk.viewer, number)
    return rendering.see_other(request, LIST, f"“{name}” is deleted. Its tickets stay as they are.")
