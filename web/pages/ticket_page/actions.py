"""Pages: what an agent does to a ticket besides answering it. Each form is one verb, and leads back to the page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from helpdesk import comments, people, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.issues import workaround as workarounds
from helpdesk.lists import ticket_queue
from helpdesk.models import Comment, CommentState, Person, Ticket
from web import rendering
from web.deps import Desk, Staff
from web.pages import ticket_view
from web.pages.queue import became, undo_url
from web.pages.shell import Line, Text
from web.pages.ticket_page import panel

router = APIRouter(include_in_schema=False, prefix="/admin/ticket/{tag}")
MOST_DAYS = 366


@router.post("/fields")
def change_fields(
    request: Request,
    desk: Staff,
    tag: str,
    status: Line = "",
    assignee: Line = "",
    priority: Line = "",
    type: Line = "",
    shown: Line = "",
    then: Line = "",
) -> Response:
    """Change what differs from what the form showed (`shown`), so that a colleague's change of another field stays."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    before = dict(zip(("status", "assignee", "priority", "type"), shown.split("|"), strict=False))
    given = {"status": status, "assignee": assignee, "priority": priority, "type": type}
    wanted = {name: value for name, value in given.items() if value != before.get(name)}
    following = _following(request, desk, ticket, back) if then == "next" else back
    try:
        with desk.session.begin_nested():
            changed = _change(desk, ticket, wanted)
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    if not changed:
        return rendering.see_other(request, following)
    return rendering.see_other(
        request,
        following,
        f"{desk.tag(ticket.number)} is {', '.join(became(ticket, changed, desk.me))}.",
        undo_url=undo_url(desk, back),
    )


@router.post("/take")
def take(request: Request, desk: Staff, tag: str) -> Response:
    """The ticket is mine from now on."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    if tickets.assign(desk.session, ticket, desk.me, desk.viewer):
        return rendering.see_other(request, back, "It is yours.", undo_url=undo_url(desk, back))
    return rendering.see_other(request, back)


@router.post("/title")
def rename(request: Request, desk: Staff, tag: str, title: Line = "") -> Response:
    """Another title; mails keep their subject."""
    ticket = ticket_view.find(desk, tag, lock=True)
    tickets.edit(desk.session, ticket, desk.viewer, title=title)
    return rendering.see_other(request, ticket_view.came_with(request, desk, ticket), "Renamed. Mails keep their subject.")


@router.post("/accept/{number}")
def accept(request: Request, desk: Staff, tag: str, number: int) -> Response:
    """A pending message becomes one like any other."""
    ticket = ticket_view.find(desk, tag, lock=True)
    pending = _pending(desk, ticket, number)
    comments.accept(desk.session, ticket, pending, desk.viewer)
    if pending.state != CommentState.POSTED:
        back = ticket_view.came_with(request, desk, ticket)
        return rendering.see_other(request, back, "The mail is read as its agent's now, with its commands.")
    return rendering.see_other(
        request, f"{ticket_view.came_with(request, desk, ticket)}#m-{number}", "The message is on the ticket."
    )


@router.post("/drop/{number}")
def drop(request: Request, desk: Staff, tag: str, number: int) -> Response:
    """A pending message is not for this ticket."""
    ticket = ticket_view.find(desk, tag, lock=True)
    comments.drop(desk.session, ticket, _pending(desk, ticket, number), desk.viewer)
    return rendering.see_other(request, ticket_view.came_with(request, desk, ticket), "Dropped. Its mail is kept.")


@router.post("/known-issue")
def known_issue(request: Request, desk: Staff, tag: str, on: Line = "") -> Response:
    """List the ticket among the known issues, or no longer."""
    ticket = ticket_view.find(desk, tag, lock=True)
    tickets.edit(desk.session, ticket, desk.viewer, is_public=on == "1")
    text = "Its title and description are public now." if on == "1" else "It is no longer public."
    return rendering.see_other(request, ticket_view.came_with(request, desk, ticket), text)


@router.post("/workaround")
def say_what_helps(request: Request, desk: Staff, tag: str, workaround: Text = "") -> Response:
    """What helps until the known issue is solved, for everybody to read."""
    ticket = ticket_view.find(desk, tag)
    back = ticket_view.came_with(request, desk, ticket)
    try:
        with desk.session.begin_nested():
            changed = workarounds.write(desk.session, ticket.number, workaround, desk.viewer)
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    text = "The workaround is public now." if workaround.strip() else "The workaround is gone."
    return rendering.see_other(request, back, text if changed else "")


@router.post("/snooze")
def snooze(request: Request, desk: Staff, tag: str, until: Line = "", day: Line = "", wake: Line = "") -> Response:
    """Out of the queue until the morning of a day; `until` is one of those offered, `day` any other, `wake` ends it."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    wanted = "" if wake else day or until
    try:
        at = panel.morning(date.fromisoformat(wanted), panel.zone(desk)) if wanted else None
    except (ValueError, OverflowError):
        return rendering.see_other(request, back, "This is not a day.", kind="error")
    now = datetime.now(UTC)
    if at is not None and not now < at < now + timedelta(days=MOST_DAYS):
        return rendering.see_other(request, back, "Choose a day of the coming year.", kind="error")
    changed = tickets.edit(desk.session, ticket, desk.viewer, snoozed_until=at)
    text = f"It sleeps until {panel.hour(at, panel.zone(desk))}, or until somebody writes." if at else "It is awake again."
    return rendering.see_other(request, back, text, undo_url=undo_url(desk, back) if changed else None)


@router.post("/tags")
def change_tags(request: Request, desk: Staff, tag: str, add: Line = "", remove: Line = "") -> Response:
    """Put tags on, separated by commas, or take one off."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    kept = [one for one in ticket.tags if one != remove]
    try:
        with desk.session.begin_nested():
            changed = tickets.edit(desk.session, ticket, desk.viewer, tags=tickets.tags_from([*kept, *add.split(",")]))
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    if not changed:
        return rendering.see_other(request, back)
    return rendering.see_other(request, back, "Tags changed.", undo_url=undo_url(desk, back))


@router.post("/spam")
def mark_spam(request: Request, desk: Staff, tag: str) -> Response:
    """Junk: closed and tagged, its sender is told nothing; on to the next ticket of the view."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    following = _following(request, desk, ticket, back)
    tickets.mark_spam(desk.session, ticket, desk.viewer)
    said = f"{desk.tag(ticket.number)} is spam: closed, and its sender is told nothing."
    return rendering.see_other(request, following, said, undo_url=undo_url(desk, back))


def _change(desk: Desk, ticket: Ticket, wanted: dict[str, str]) -> list[str]:
    fields: dict[str, Any] = {name: wanted[name] for name in ("priority", "type") if wanted.get(name)}
    changed = tickets.edit(desk.session, ticket, desk.viewer, **fields)
    if "assignee" in wanted and tickets.assign(desk.session, ticket, _agent(desk, wanted["assignee"]), desk.viewer):
        changed.append("assignee")
    delay = timedelta(seconds=desk.web.installation.settings.undo_seconds)
    if wanted.get("status") and tickets.change_status(desk.session, ticket, wanted["status"], desk.viewer, delay=delay):
        changed.append("status")
    return changed


def _agent(desk: Desk, address: str) -> Person | None:
    return people.agent_named(desk.session, address) if address else None


def _following(request: Request, desk: Desk, ticket: Ticket, back: str) -> str:
    """The next ticket of the view, as it stands before the change; at its end the list."""
    filters = ticket_view.filters_of(request, ticket, back.partition("?")[2])
    prefix = desk.web.installation.settings.ticket_prefix
    _, following = ticket_queue.neighbours(desk.session, desk.viewer, filters, prefix, ticket)
    return ticket_view.ticket_url(desk, following, filters) if following is not None else ticket_view.list_url(filters)


def _pending(desk: Desk, ticket: Ticket, number: int) -> Comment:
    found = desk.session.get(Comment, number)
    if found is None or found.ticket_number != ticket.number:
        raise NotFound("There is no such message.")
    return found
