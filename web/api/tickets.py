"""API for everybody: open a ticket, read one, write on it, list one's own, say "me too"."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk import attachments, conversation, people, submissions, tickets, upvotes
from helpdesk.attachments import StoredFile
from helpdesk.errors import NotFound
from helpdesk.lists import own_tickets
from helpdesk.models import Ticket
from helpdesk.permissions import public_tickets
from helpdesk.reshaping import merge
from helpdesk.submissions import Submission
from web import limits
from web.api import answers, bodies, shapes, told
from web.api.bodies import Body
from web.api.idempotency import Key, once_with_files
from web.api.parameters import Cursor, TicketId
from web.deps import Anyone, Desk, SignedIn, any_desk, for_somebody, signed_in_desk
from web.problems import SignInNeeded

router = APIRouter(prefix="/api/v1", tags=["tickets"])
NewTicket = Annotated[Body[shapes.NewTicketBody], Depends(bodies.with_files(shapes.NewTicketBody))]
Message = Annotated[Body[shapes.MessageBody], Depends(bodies.with_files(shapes.MessageBody))]


@router.post("/tickets", status_code=201, response_model=answers.OwnNewTicket | answers.NewTicket)
def open_ticket(request: Request, body: NewTicket, key: Key = None) -> JSONResponse:
    """Open a ticket. Whoever is not signed in gives `email` and is answered `tag` and `ticket_url` only."""
    new = body.value

    def look(desk: Desk) -> AbstractContextManager[list[StoredFile]]:
        if desk.person is None and not new.email:
            raise SignInNeeded("Sign in, or give `email`: we need an address to answer you.")
        if desk.person is None:
            limits.spend(desk.session, "form", limits.network(request))
        return attachments.stored(desk.web.installation.storage, body.files)

    def act(desk: Desk, files: list[StoredFile]) -> dict[str, Any]:
        ticket = submissions.submit(
            desk.session,
            Submission(
                title=new.title,
                description=new.description,
                type=new.type,
                priority=new.priority,
                email=new.email,
                name=new.name,
                environment=new.environment,
                files=files,
            ),
            desk.viewer,
            desk.person,
            acknowledgements_an_hour=desk.web.installation.settings.acknowledgements_an_hour,
        )
        made = {"tag": desk.tag(ticket.number), "ticket_url": desk.ticket_url(ticket.number)}
        return made if desk.person is None else {**made, **whole(desk, ticket)}

    by = people.normal_address(new.email) if new.email else ""
    return once_with_files(partial(any_desk, request), key, "POST /tickets", new, body.files, look, act, by=by)


@router.get("/tickets/{number}")
def read_ticket(desk: Anyone, number: TicketId) -> answers.WholeTicket:
    """A ticket of one's own, or a known issue; by number, tag or id."""
    try:
        found = tickets.find(desk.session, desk.viewer, desk.number_of(number))
    except NotFound:
        return _public(desk, number)
    return whole(desk, found)


@router.post(
    "/tickets/{number}/comments",
    status_code=201,
    response_model=answers.FollowUp | answers.Message,
    dependencies=[Depends(for_somebody)],
)
def comment(request: Request, body: Message, number: TicketId, key: Key = None) -> JSONResponse:
    """Write on a ticket of one's own; from an agent it is a public reply.

    Where it was merged into another, the message goes there. Where it was closed too long ago, a new ticket that follows it is
    opened and answered, with `follows`: the old one's tag.
    """
    return add_message(partial(signed_in_desk, request), number, body, key, "comments")


@router.get("/my-tickets")
def list_my_tickets(
    desk: SignedIn, cursor: Cursor = "", limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> shapes.Listed[answers.Ticket]:
    """The tickets one takes part in, the newest first."""
    found = own_tickets.newest(desk.session, desk.viewer, limit + 1, before=int(cursor) if cursor else None)
    after = str(found[limit - 1].number) if len(found) > limit else None
    return shapes.listed([told.ticket_json(desk, one) for one in found[:limit]], after)


@router.post("/tickets/{number}/upvote")
def upvote(desk: SignedIn, number: TicketId) -> answers.Vote:
    """Say "me too" on a known issue; once a person."""
    return {"upvotes": upvotes.add(desk.session, desk.number_of(number), desk.me, desk.viewer), "upvoted": True}


@router.delete("/tickets/{number}/upvote")
def take_back_upvote(desk: SignedIn, number: TicketId) -> answers.Vote:
    """Take "me too" back."""
    return {"upvotes": upvotes.remove(desk.session, desk.number_of(number), desk.me, desk.viewer), "upvoted": False}


def add_message(
    desks: Callable[[], AbstractContextManager[Desk]],
    number: str,
    body: Body[Any],
    key: str | None,
    what: str,
    *,
    internal: bool = False,
    status: str | None = None,
) -> JSONResponse:
    """Add a message to the ticket that `number` names, or for one to the outside to where it goes on; answer with it."""

    def look(desk: Desk) -> AbstractContextManager[list[StoredFile]]:
        tickets.find(desk.session, desk.viewer, desk.number_of(number))
        return attachments.stored(desk.web.installation.storage, body.files)

    def act(desk: Desk, files: list[StoredFile]) -> dict[str, Any]:
        named = desk.number_of(number)
        if internal:
            ticket = tickets.find(desk.session, desk.viewer, named, lock=True)
        else:
            ticket, _ = merge.where_it_goes_on(desk.session, desk.viewer, named)
        days = desk.web.installation.settings.reopen_days
        later = submissions.follow_up(desk.session, ticket, body.value.content, desk.viewer, desk.me, reopen_days=days, files=files)
        if later is not None:
            return {**whole(desk, later), "follows": desk.tag(ticket.number)}
        made = submissions.add_message(
            desk.session, ticket, body.value.content, desk.viewer, desk.me, internal=internal, status=status, files=files
        )
        desk.session.refresh(made, ["created_at"])
        shown = conversation.read(desk.session, desk.viewer, ticket)
        return {**told.message_json(desk, made, shown.files.get(made.id, ()))}

    return once_with_files(desks, key, f"POST /tickets/{number.lower()}/{what}", body.value, body.files, look, act)


def whole(desk: Desk, ticket: Ticket) -> answers.WholeTicket:
    """A ticket with what this viewer sees of its conversation."""
    return told.whole_ticket_json(desk, ticket, conversation.read(desk.session, desk.viewer, ticket))


def _public(desk: Desk, identifier: str) -> answers.WholeTicket:
    wanted = select(Ticket).where(Ticket.number == desk.number_of(identifier), public_tickets())
    ticket = desk.session.scalar(wanted.options(joinedload(Ticket.requester), joinedload(Ticket.assignee)))
    if ticket is None:
        if desk.person is None:
            raise SignInNeeded("Sign in first.")
        raise NotFound("There is no such ticket.")
    return {**told.public_ticket_json(desk, ticket), "attachments": [], "comments": []}
