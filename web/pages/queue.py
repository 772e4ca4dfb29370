"""Pages: the queue, changes of many tickets at once, and their undo."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select

from helpdesk import addressing, people, tickets, undo
from helpdesk.errors import NotFound, Refused
from helpdesk.lists import metrics, ticket_queue
from helpdesk.lists.ticket_queue import Filters, Marks, Page, Row
from helpdesk.models import Person, Ticket
from web import rendering
from web.deps import Desk, Staff
from web.pages import shell
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
PAGE = 30  # with its styles and scripts a full page stays below 120 kB
LONGEST_EXCERPT = 100
MOST_AT_ONCE = 100
Word = Annotated[str, Query(max_length=500)]


@router.get("/admin")
def show_queue(
    request: Request,
    desk: Staff,
    view: Word = "open",
    status: Word = "",
    type: Word = "",
    priority: Word = "",
    assignee: Word = "",
    tag: Word = "",
    q: Word = "",
    cursor: Word = "",
) -> Response:
    """One saved view, filtered; a search for one ticket's number opens it."""
    filters = Filters(view, status, type, priority, assignee, tag, q.strip())
    prefix = desk.web.installation.settings.ticket_prefix
    if filters.q:
        if (found := _named(desk, filters)) is not None:
            return RedirectResponse(found, 303)
        desk.web.rates.spend("search", f"person {desk.me.id}")
    frame = shell.frame(desk, view=view, section="queue", q=filters.q)
    page = ticket_queue.page(desk.session, desk.viewer, filters, prefix, cursor=cursor, most=PAGE)
    counted = next((one["count"] for one in frame["nav"]["views"] if one["key"] == view and view != "held"), None)
    total = ticket_queue.count(desk.session, desk.viewer, filters, prefix) if counted is None or filters.active else counted
    marks = ticket_queue.marks(desk.session, [row.ticket.number for row in page.rows])
    here = {name: value for name, value in asdict(filters).items() if value}
    return rendering.render(
        request,
        "portal/admin/queue.html",
        **frame,
        view=ticket_queue.VIEWS[view],
        metrics=_figures(desk, frame),
        filters=filters,
        agents=people.staff(desk.session),
        tickets=[_row(desk, row, marks.get(row.ticket.number, Marks()), here) for row in page.rows],
        page=_pages(page, here, total),
        here=shell.address("/admin", **here, cursor=cursor),
    )


@router.post("/admin/bulk")
def change_many(
    request: Request,
    desk: Staff,
    ticket: Annotated[list[str], Form()] = [],  # noqa: B006  (FastAPI copies defaults)
    do_status: Line = "",
    do_assignee: Line = "",
    do_priority: Line = "",
    do_tag: Line = "",
    back: Line = "/admin",
) -> Response:
    """Change the chosen tickets, all or none; undone by one click as long as no mail about it has left."""
    back = shell.back_to(back)
    if not ticket or not any((do_status, do_assignee, do_priority, do_tag)):
        return rendering.see_other(request, back, "Choose tickets, and what to change about them.", kind="info")
    prefix = desk.web.installation.settings.ticket_prefix
    numbers = sorted({addressing.read_tag(prefix, one) or 0 for one in ticket[:MOST_AT_ONCE]})
    assignee = _assignee(desk, do_assignee)
    delay = timedelta(seconds=desk.web.installation.settings.undo_seconds)
    changed = 0
    for number in numbers:  # in one order everywhere, so that two agents never wait for each other
        one = tickets.find(desk.session, desk.viewer, number, lock=True)
        fields: dict[str, Any] = {"priority": do_priority} if do_priority else {}
        if do_tag:
            fields["tags"] = tickets.tags_from([*one.tags, *do_tag.split(",")])
        done = bool(tickets.edit(desk.session, one, desk.viewer, **fields))
        if do_assignee:
            done |= tickets.assign(desk.session, one, assignee, desk.viewer)
        if do_status:
            done |= tickets.change_status(desk.session, one, do_status, desk.viewer, delay=delay)
        changed += done
    if not changed:
        return rendering.see_other(request, back, "Nothing to change: they are like that already.", kind="info")
    text = f"{changed} ticket{'s' if changed > 1 else ''} changed."
    return rendering.see_other(request, back, text, undo_url=undo_url(desk, back))


@router.post("/admin/bulk/undo")
def undo_changes(
    request: Request, desk: Staff, at: Annotated[str, Query(max_length=40)], back: Annotated[str, Query(max_length=1000)] = "/admin"
) -> Response:
    """Take back one's own changes of the transaction of the moment `at`."""
    back = shell.back_to(back)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused("This is nothing that could be taken back.")
    restored = undo.take_back(desk.session, desk.viewer, moment)
    if not restored:
        return rendering.see_other(request, back, "There is nothing to take back.", kind="info")
    return rendering.see_other(request, back, f"Taken back on {', '.join(desk.tag(number) for number in restored[:5])}.")


def undo_url(desk: Desk, back: str) -> str:
    """What takes back the changes of this transaction: its time is on each of their events."""
    at = desk.session.execute(select(func.now())).scalar_one()
    return shell.address("/admin/bulk/undo", at=at.isoformat(), back=back)


def _figures(desk: Desk, frame: dict[str, Any]) -> metrics.Figures:
    """The kept figures, with what can be counted now as it stands beside them in the views."""
    now = {one["key"]: one["count"] for one in frame["nav"]["views"]}
    kept = metrics.latest(desk.session)
    return replace(kept, open=now["open"], unassigned=now["unassigned"], delivery_problems=now["problems"])


def _named(desk: Desk, filters: Filters) -> str | None:
    """The page of the ticket whose tag was searched for, or None."""
    number = addressing.read_tag(desk.web.installation.settings.ticket_prefix, filters.q)
    if number is None:
        return None
    try:
        found = tickets.find(desk.session, desk.viewer, number)
    except NotFound:
        return None
    return f"/admin/ticket/{desk.tag(found.number)}"


def _assignee(desk: Desk, wanted: str) -> Person | None:
    if wanted in ("", "none"):
        return None
    return desk.me if wanted == "me" else people.agent_named(desk.session, wanted)


def _row(desk: Desk, row: Row, marks: Marks, here: dict[str, str]) -> dict[str, Any]:
    ticket: Ticket = row.ticket
    tag = desk.tag(ticket.number)
    lost = marks.undelivered
    return {
        "tag": tag,
        "title": ticket.title,
        "excerpt": row.excerpt[:LONGEST_EXCERPT],
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "tags": ticket.tags,
        "requester": ticket.requester,
        "assignee": ticket.assignee,
        "waiting_on": ticket.waiting_on if ticket.status in ("open", "in_progress") else None,
        "waiting_since": ticket.waiting_since,
        "updated_at": ticket.updated_at,
        "url": shell.address(f"/admin/ticket/{tag}", **here),
        "is_public": ticket.is_public,
        "problem": f"{lost} mail{'s' if lost > 1 else ''} not delivered" if lost else None,
        "pending": marks.pending,
    }


def _pages(page: Page, here: dict[str, str], total: int) -> dict[str, Any]:
    return {
        "next_url": shell.address("/admin", **here, cursor=page.next) if page.next else None,
        "previous_url": shell.address("/admin", **here, cursor=page.previous) if page.previous else None,
        "first": page.first,
        "more": page.next is not None,
        "total": total,
    }
