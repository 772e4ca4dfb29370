"""Pages: what an agent does to a ticket besides answering it. Each form is one verb, and leads back to the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import func, select

from helpdesk import comments, merge, participants, people, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.lists import ticket_queue
from helpdesk.models import Comment, CommentState, Person, Ticket
from web import rendering
from web.deps import Desk, Staff
from web.pages import ticket_view
from web.pages.queue import undo_url
from web.pages.shell import Line

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
    tags: Line = "",
    shown: Line = "",
    then: Line = "",
) -> Response:
    """Change what differs from what the form showed (`shown`), so that a colleague's change of another field stays."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    before = dict(zip(("status", "assignee", "priority", "type", "tags"), shown.split("|"), strict=False))
    given = {"status": status, "assignee": assignee, "priority": priority, "type": type, "tags": tags}
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
        request, following, f"{desk.tag(ticket.number)}: {', '.join(changed)} changed.", undo_url=undo_url(desk, back)
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


@router.post("/cc")
def change_copy(request: Request, desk: Staff, tag: str, address: Line = "", remove: Line = "") -> Response:
    """Put somebody in copy, or take them out."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    if remove:
        person = people.person_at(desk.session, remove.strip())
        if person is None:
            raise NotFound("There is nobody with this address.")
        participants.remove_cc(desk.session, ticket, person, desk.viewer)
        return rendering.see_other(request, back, f"{person.address} gets no more mail about this ticket.")
    try:
        with desk.session.begin_nested():
            person = people.find_or_make(desk.session, address)
            added = participants.add_cc(desk.session, ticket, [person], desk.viewer)
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    if not added:
        text = "Agents are told as agents, not in copy." if person.is_staff else "They take part already."
        return rendering.see_other(request, back, text, kind="info")
    return rendering.see_other(request, back, f"{person.address} gets what is said from now on.")


@router.post("/merge")
def merge_into(request: Request, desk: Staff, tag: str, into: Line = "") -> Response:
    """This ticket is one with another: go there."""
    number, other = ticket_view.find(desk, tag).number, ticket_view.read_tag(desk, into)
    back = ticket_view.came_with(request, desk, ticket_view.find(desk, tag))
    try:
        with desk.session.begin_nested():
            # the lower number first, as everywhere: two merges at once never wait for each other
            locked = {one: tickets.find(desk.session, desk.viewer, one, lock=True) for one in sorted({number, other})}
            merge.merge(desk.session, locked[number], locked[other], desk.viewer, tag=desk.tag(other))
    except NotFound:
        return rendering.see_other(request, back, f"There is no ticket “{into.strip()[:40]}”.", kind="error")
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    return rendering.see_other(request, f"/admin/ticket/{desk.tag(other)}", f"{desk.tag(number)} goes on here.")


@router.post("/known-issue")
def known_issue(request: Request, desk: Staff, tag: str, on: Line = "") -> Response:
    """List the ticket among the known issues, or no longer."""
    ticket = ticket_view.find(desk, tag, lock=True)
    tickets.edit(desk.session, ticket, desk.viewer, is_public=on == "1")
    text = "Its title and description are public now." if on == "1" else "It is no longer public."
    return rendering.see_other(request, ticket_view.came_with(request, desk, ticket), text)


@router.post("/snooze")
def snooze(request: Request, desk: Staff, tag: str, days: Annotated[int, Form(ge=0, le=MOST_DAYS)] = 1) -> Response:
    """Out of the queue for some days; 0 wakes it up."""
    ticket = ticket_view.find(desk, tag, lock=True)
    until = desk.session.execute(select(func.now() + timedelta(days=days))).scalar_one() if days else None
    tickets.edit(desk.session, ticket, desk.viewer, snoozed_until=until)
    text = f"It sleeps until {until:%-d %B}." if until else "It is awake again."
    return rendering.see_other(request, ticket_view.came_with(request, desk, ticket), text)


def _change(desk: Desk, ticket: Ticket, wanted: dict[str, str]) -> list[str]:
    fields: dict[str, Any] = {name: wanted[name] for name in ("priority", "type") if wanted.get(name)}
    if "tags" in wanted:
        fields["tags"] = tickets.tags_from(wanted["tags"].split(","))
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
