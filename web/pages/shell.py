"""Around every staff page: the navigation with its figures, the texts of forms, a desk for handlers that hold no transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Form, Request, UploadFile
from pydantic import AfterValidator

from helpdesk.attachments import File
from helpdesk.lists import overview, ticket_queue
from helpdesk.text.file_names import shown_name
from helpdesk.tickets import LONGEST_TEXT
from web import rendering
from web.deps import Desk

# what stands on the left; "held" leads to its own page
SHOWN_VIEWS = ("unassigned", "mine", "open", "us", "held", "problems", "snoozed", "resolved")
_HELD = "Pending and held"


def _plain(text: str) -> str:
    """As it is stored: browsers send CRLF, and a NUL is nothing that PostgreSQL takes."""
    return text.replace("\0", "").replace("\r\n", "\n")


Line = Annotated[str, Form(max_length=1000), AfterValidator(_plain)]
Text = Annotated[str, Form(max_length=LONGEST_TEXT), AfterValidator(_plain)]


def frame(desk: Desk, *, view: str = "", section: str = "", q: str = "", here: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The shell's part of a page's context: `nav`, `q`, the tags in use and when was counted; `here` are the queue's filters."""
    seen = overview.read(desk.session, desk.viewer)
    views = []
    for key in SHOWN_VIEWS:
        held = key == "held"
        count = seen.views[key] + (seen.held if held else 0)
        views.append(
            {
                "key": key,
                "label": _HELD if held else ticket_queue.VIEWS[key].label,
                "count": count,
                "url": "/admin/held" if held else f"/admin?view={key}",
                "current": section == "held" if held else key == view,
                "tone": "warn" if count and key in ("unassigned", "held", "problems") else "",
            }
        )
    kept = urlencode(here) if here else None
    saved = [
        {"id": one.id, "label": one.name, "count": one.count, "url": f"/admin?{one.query}", "current": one.query == kept,
         "shared": one.shared}
        for one in seen.saved
    ]  # fmt: skip
    for one in views if any(one["current"] for one in saved) else ():
        one["current"] = False
    nav = {"views": views, "saved": saved, "section": section, "outbox_count": seen.outbox}
    return {"nav": nav, "q": q, "tags": seen.tags, "counted_at": None if seen.live else seen.at}


def files_of(uploads: list[UploadFile]) -> list[File]:
    """The files of a form; a field that was left empty is none."""
    return [
        File(shown_name(one.filename), one.content_type or "application/octet-stream", one.file.read())
        for one in uploads
        if one.filename
    ]


def came_from(request: Request, path: str) -> str:
    """The query of the page that this form was sent from, when it is the one at `path`: its view is kept."""
    referer = urlsplit(request.headers.get("referer", ""))
    return referer.query if referer.path == path else ""


def address(path: str, **query: str | int | None) -> str:
    """A path of ours with those parameters that are set."""
    given = {name: value for name, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(given)}" if given else path


def back_to(path: str) -> str:
    """Where a form asked to go afterwards: a staff page, or the queue."""
    local = rendering.local_path(path)
    return local if local == "/admin" or local.startswith(("/admin?", "/admin/")) else "/admin"
