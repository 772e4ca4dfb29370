"""API for staff: the queue, a ticket with its notes, changes, replies and notes, merging and splitting."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from helpdesk import people, tickets
from helpdesk.attachments import StoredFile
from helpdesk.errors import NotFound, Refused
from helpdesk.lists import ticket_queue
from helpdesk.lists.ticket_queue import Filters
from helpdesk.models import Priority, Status, Ticket, TicketType
from helpdesk.reshaping import merge, split
from web.api import answers, bodies, shapes, told
from web.api.bodies import Body
from web.api.idempotency import Key, once_with_files
from web.api.parameters import Limit, TicketId, Words
from web.api.tickets import add_message, whole
from web.deps import Desk, Staff, staff_desk

router = APIRouter(prefix="/api/v1/admin/tickets", tags=["admin: tickets"])
Reply = Annotated[Body[shapes.ReplyBody], Depends(bodies.with_files(shapes.ReplyBody))]
Note = Annotated[Body[shapes.MessageBody], Depends(bodies.with_files(shapes.MessageBody))]
Changes = Annotated[Body[shapes.ChangesBody], Depends(bodies.json_of(shapes.ChangesBody))]
Merge = Annotated[Body[shapes.MergeBody], Depends(bodies.json_of(shapes.MergeBody))]
Split = Annotated[Body[shapes.SplitBody], Depends(bodies.json_of(shapes.SplitBody))]
VIEWS = "^(" + "|".join(ticket_queue.VIEWS) + ")?$"
LATEST_SNOOZE = 2200  # year; what no calendar holds cannot be read back


def _one_of(words: Any, what: str) -> Any:
    return Query(pattern=f"^({'|'.join(words)})?$", description=f"Only of this {what}.")


@router.get("")
def list_tickets(
    desk: Staff,
    q: Words,
    view: Annotated[str, Query(pattern=VIEWS, description="One of the queue's views.", examples=["unassigned"])] = "all",
    status: Annotated[str, _one_of(Status, "status")] = "",
    type: Annotated[str, _one_of(TicketType, "type")] = "",
    priority: Annotated[str, _one_of(Priority, "priority")] = "",
    assignee: Annotated[shapes.Word, Query(description="An agent's address, `me` or `none`.")] = "",
    tag: Annotated[shapes.Word, Query(description="Only with this tag.")] = "",
    cursor: Annotated[str, Query(pattern="^([A-Za-z0-9_-]{40,300})?$", description="`next` of the page before.")] = "",
    limit: Limit = 50,
) -> shapes.Listed[answers.Ticket]:
    """The queue, longest waiting first in views of open tickets, else last updated first."""
    filters = Filters(view, status, type, priority, assignee, tag, q)
    prefix = desk.web.installation.settings.ticket_prefix
    page = ticket_queue.page(desk.session, desk.viewer, filters, prefix, cursor=cursor, most=limit)
    return shapes.listed([told.ticket_json(desk, row) for row in page.rows], page.next)


@router.get("/{number}")
def read_whole_ticket(desk: Staff, number: TicketId) -> answers.WholeTicket:
    """A ticket with its whole conversation, notes included."""
    return whole(desk, _find(desk, number))


@router.patch("/{number}")
def change_ticket(body: Changes, desk: Staff, number: TicketId) -> answers.WholeTicket:
    """Change fields; what is left out stays. `assignee` is an agent's address, or null for nobody."""
    ticket = _find(desk, number, lock=True)
    changes = {name: getattr(body.value, name) for name in body.value.model_fields_set}
    until: datetime | None = changes.get("snoozed_until")
    if until is not None and not 1970 < until.year < LATEST_SNOOZE:
        raise Refused("No ticket sleeps until then.", "snoozed_until")
    status, assigns, assignee = changes.pop("status", None), "assignee" in changes, changes.pop("assignee", None)
    tickets.edit(desk.session, ticket, desk.viewer, **changes)
    if assigns:
        agent = people.agent_named(desk.session, assignee) if assignee else None
        tickets.assign(desk.session, ticket, agent, desk.viewer)
    if status is not None:
        tickets.change_status(desk.session, ticket, status, desk.viewer)
    return _anew(desk, ticket)


@router.post("/{number}/reply", status_code=201, response_model=answers.Message)
def reply(request: Request, body: Reply, number: TicketId, key: Key = None) -> JSONResponse:
    """Answer in public; `status` is set with it, in one mail. Where the ticket was merged into another, the answer goes there."""
    return add_message(partial(staff_desk, request), number, body, key, "reply", status=body.value.status)


@router.post("/{number}/internal-note", status_code=201, response_model=answers.Message)
def internal_note(request: Request, body: Note, number: TicketId, key: Key = None) -> JSONResponse:
    """Leave a note that the requester never sees."""
    return add_message(partial(staff_desk, request), number, body, key, "internal-note", internal=True)


@router.post("/{number}/merge")
def merge_ticket(body: Merge, desk: Staff, number: TicketId) -> answers.WholeTicket:
    """Merge this ticket into another one: it is closed, and its people take part there. Answers the ticket that stays. No undo."""
    numbers = (_find(desk, number).number, _other(desk, body.value.into).number)
    locked = {one: tickets.find(desk.session, desk.viewer, one, lock=True) for one in sorted(numbers)}
    ticket, into = (locked[one] for one in numbers)
    merge.merge(desk.session, ticket, into, desk.viewer, tag=desk.tag(into.number))
    return _anew(desk, into)


@router.post("/{number}/split", status_code=201, response_model=answers.WholeTicket)
def split_ticket(request: Request, body: Split, number: TicketId, key: Key = None) -> JSONResponse:
    """Make messages about another matter a ticket of their own; they stay readable here. Answers the new ticket."""
    new = body.value

    def look(desk: Desk) -> AbstractContextManager[dict[int, list[StoredFile]]]:
        files = split.files_of(desk.session, _find(desk, number), new.comments)
        return split.copied(desk.web.installation.storage, files)

    def act(desk: Desk, files: dict[int, list[StoredFile]]) -> dict[str, Any]:
        ticket = _find(desk, number, lock=True)
        made = split.split(desk.session, ticket, new.comments, desk.viewer, title=new.title, tell=new.tell, files=files)
        return {**_anew(desk, made)}

    what = f"POST /tickets/{number.lower()}/split"
    return once_with_files(partial(staff_desk, request), key, what, new, (), look, act)


def _find(desk: Desk, identifier: str, *, lock: bool = False) -> Ticket:
    return tickets.find(desk.session, desk.viewer, desk.number_of(identifier), lock=lock)


def _other(desk: Desk, identifier: str) -> Ticket:
    try:
        return _find(desk, identifier)
    except NotFound:
        raise Refused("There is no such ticket.", "into") from None


def _anew(desk: Desk, ticket: Ticket) -> answers.WholeTicket:
    desk.session.flush()
    desk.session.refresh(ticket)
    return whole(desk, ticket)
