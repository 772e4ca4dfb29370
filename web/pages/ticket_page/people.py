"""Pages: who a ticket is for: its requester, those in copy, and the links to it that lie in their mailboxes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from helpdesk import participants, people
from helpdesk.errors import NotFound, Refused
from helpdesk.models import Person
from helpdesk.permissions import Action, require
from helpdesk.sign_in import links
from web import rendering
from web.deps import Desk, Staff
from web.pages import ticket_view
from web.pages.shell import Line

router = APIRouter(include_in_schema=False, prefix="/admin/ticket/{tag}")


@router.post("/cc")
def change_copy(request: Request, desk: Staff, tag: str, address: Line = "", remove: Line = "") -> Response:
    """Put somebody in copy, or take them out."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    if remove:
        person = _known(desk, remove)
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


@router.post("/requester")
def change_requester(request: Request, desk: Staff, tag: str, address: Line = "") -> Response:
    """Somebody else asked; whoever it was before stays in copy, if they ever wrote."""
    ticket = ticket_view.find(desk, tag, lock=True)
    back = ticket_view.came_with(request, desk, ticket)
    try:
        with desk.session.begin_nested():
            person = people.find_or_make(desk.session, address)
            changed = participants.set_requester(desk.session, ticket, person, desk.viewer)
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    text = f"{person.name or person.address} is the requester now." if changed else "They are the requester already."
    return rendering.see_other(request, back, text, kind="ok" if changed else "info")


@router.post("/revoke")
def revoke_links(request: Request, desk: Staff, tag: str, address: Line = "") -> Response:
    """The links to this ticket that somebody was mailed so far open nothing any more; those in later mails do."""
    ticket = ticket_view.find(desk, tag, lock=True)
    require(desk.viewer, Action.EDIT, None, ticket)
    person = _known(desk, address)
    if person.id not in {one.person_id for one in participants.of(desk.session, ticket.number)}:
        raise NotFound("They take no part in this ticket.")
    links.revoke(desk.session, ticket, person, desk.viewer)
    said = f"The links that {person.address} was mailed so far open nothing any more. The next mail brings a new one."
    return rendering.see_other(request, ticket_view.came_with(request, desk, ticket), said)


def _known(desk: Desk, address: str) -> Person:
    person = people.person_at(desk.session, address.strip())
    if person is None:
        raise NotFound("There is nobody with this address.")
    return person
