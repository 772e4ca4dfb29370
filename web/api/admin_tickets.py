"""API for staff: the queue, a ticket with its notes, changes, replies and notes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from helpdesk import conversation, people, tickets
from helpdesk.errors import Refused
from helpdesk.lists import ticket_queue
from helpdesk.lists.ticket_queue import Filters
from helpdesk.models import Ticket
from web.api import bodies, shapes
from web.api.bodies import Body
from web.api.idempotency import Key
from web.api.tickets import add_message
from web.deps import Desk, Staff

router = APIRouter(prefix="/api/v1/admin/tickets", tags=["admin: tickets"])
Reply = Annotated[Body[shapes.ReplyBody], Depends(bodies.reader(shapes.ReplyBody))]
Note = Annotated[Body[shapes.MessageBody], Depends(bodies.reader(shapes.MessageBody))]
Word = Annotated[str, Query(max_length=ticket_queue.LONGEST_QUERY)]


@router.get("")
def list_tickets(
    desk: Staff,
    view: Word = "all",
    status: Word = "",
    type: Word = "",
    priority: Word = "",
    assignee: Word = "",
    tag: Word = "",
    q: Word = "",
    cursor: Word = "",
    limit: Annotated[int, Query(ge=1, le=ticket_queue.MOST_ROWS)] = 50,
) -> dict[str, Any]:
    """The queue, longest waiting first in views of open tickets, else last updated first.

    `view` is one of unassigned, mine, open, us, held, problems, snoozed, resolved, all; `assignee` is an address, me or none.
    """
    if q:
        desk.web.rates.spend("search", f"person {desk.me.id}")
    filters = Filters(view, status, type, priority, assignee, tag, q)
    prefix = desk.web.installation.settings.ticket_prefix
    page = ticket_queue.page(desk.session, desk.viewer, filters, prefix, cursor=cursor, most=limit, light=False)
    return shapes.listed([shapes.ticket_json(desk, row.ticket) for row in page.rows], page.next)


@router.get("/{number}")
def read_ticket(desk: Staff, number: str) -> dict[str, Any]:
    """A ticket with its whole conversation, notes included."""
    return _whole(desk, _find(desk, number))


@router.patch("/{number}")
def change_ticket(desk: Staff, number: str, body: shapes.ChangesBody) -> dict[str, Any]:
    """Change fields; what is left out stays. `assignee` is an agent's address, or null for nobody."""
    ticket = _find(desk, number, lock=True)
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    for name in ("status", "priority", "type", "title", "tags", "is_public"):
        if name in changes and changes[name] is None:
            raise Refused(f"`{name}` cannot be null.", name)
    if (until := changes.get("snoozed_until")) is not None and until.tzinfo is None:
        raise Refused("A time needs its offset from UTC.", "snoozed_until")
    status, assigns, assignee = changes.pop("status", None), "assignee" in changes, changes.pop("assignee", None)
    tickets.edit(desk.session, ticket, desk.viewer, **changes)
    if assigns:
        agent = people.agent_named(desk.session, assignee) if assignee else None
        tickets.assign(desk.session, ticket, agent, desk.viewer)
    if status is not None:
        tickets.change_status(desk.session, ticket, status, desk.viewer)
    desk.session.flush()
    desk.session.refresh(ticket)
    return _whole(desk, ticket)


@router.post("/{number}/reply", status_code=201, openapi_extra=bodies.described(shapes.ReplyBody))
def reply(desk: Staff, number: str, body: Reply, key: Key = None) -> JSONResponse:
    """Answer in public; `status` is set with it, in one mail."""
    return add_message(desk, number, body, key, "reply", status=body.value.status)


@router.post("/{number}/internal-note", status_code=201, openapi_extra=bodies.described(shapes.MessageBody))
def internal_note(desk: Staff, number: str, body: Note, key: Key = None) -> JSONResponse:
    """Leave a note that the requester never sees."""
    return add_message(desk, number, body, key, "internal-note", internal=True)


def _find(desk: Desk, identifier: str, *, lock: bool = False) -> Ticket:
    number = tickets.number_of(desk.session, identifier, desk.web.installation.settings.ticket_prefix)
    return tickets.find(desk.session, desk.viewer, number, lock=lock)


def _whole(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    return shapes.whole_ticket_json(desk, ticket, conversation.read(desk.session, desk.viewer, ticket))
