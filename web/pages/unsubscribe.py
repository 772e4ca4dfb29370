"""Page: no more mail about a known issue, by the link in that mail. GET shows a button; POST acts, alone (RFC 8058).

Mail programs post to it by themselves when their reader presses "unsubscribe": without a cookie, a session, a token of a form or a
page of ours, and they follow no redirect (`sign_in.ONE_CLICK` lets them). The key in the address is the reader's alone.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select

from helpdesk import participants
from helpdesk.errors import NotFound
from helpdesk.models import Person, Ticket
from helpdesk.permissions import Via, public_tickets, viewer_of
from helpdesk.sign_in import links
from web import rendering
from web.deps import Anyone, Desk

router = APIRouter(prefix="/unsubscribe/{key}", include_in_schema=False)


@router.get("")
def show(request: Request, desk: Anyone, key: str) -> Response:
    """What would end; changes nothing, whoever looks at the link."""
    ticket, person = _named(desk, key)
    return _page(request, desk, key, ticket, done=participants.is_muted(desk.session, ticket.number, person))


@router.post("")
def unsubscribe(request: Request, desk: Anyone, key: str) -> Response:
    """No more mail about this issue to whom the link was mailed; a second time changes nothing. Their "me too" stays counted."""
    ticket, person = _named(desk, key)
    participants.mute(desk.session, ticket, person, viewer_of(person, Via.WEB))
    return _page(request, desk, key, ticket, done=True)


def _named(desk: Desk, key: str) -> tuple[Ticket, Person]:
    numbers = links.read_unsubscribe_key(desk.web.installation.keys, key)
    ticket = desk.session.get(Ticket, numbers[0]) if numbers is not None else None
    person = desk.session.get(Person, numbers[1]) if numbers is not None else None
    if ticket is None or person is None:
        raise NotFound("This link ends nothing.")
    return ticket, person


def _page(request: Request, desk: Desk, key: str, ticket: Ticket, *, done: bool) -> Response:
    public = desk.session.scalar(select(Ticket.title).where(Ticket.number == ticket.number, public_tickets()))
    context: dict[str, Any] = {"key": key, "done": done, "tag": desk.tag(ticket.number), "title": public}
    return rendering.render(request, "portal/unsubscribe.html", **context)
