"""Page: an agent confirms what a mail in their name asks for and nothing can take back. GET shows it, POST acts, once.

The link was mailed to the agent (`links.confirm_link`) and needs no sign-in: who reads their mail is who is asked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import tickets
from helpdesk.errors import NotFound
from helpdesk.models import InboundMail, InboundState, Person
from helpdesk.permissions import Via, viewer_of
from helpdesk.sign_in import links
from helpdesk.staff import own_held
from helpdesk.words import HeldReason
from web import rendering
from web.deps import Anyone, Desk

router = APIRouter(prefix="/confirm-mail/{key}", include_in_schema=False)


@router.get("")
def show(request: Request, desk: Anyone, key: str) -> Response:
    """What the mail asks for and on which ticket; changes nothing, whoever looks at the link."""
    mail, person = _asked(desk, key)
    return rendering.render(request, "portal/confirm_mail.html", **_context(desk, key, mail, person))


@router.post("")
def confirm(request: Request, desk: Anyone, key: str) -> Response:
    """It was this agent: the mail is processed again, as proved. A second press changes nothing."""
    mail, person = _asked(desk, key)
    locked = own_held.one(desk.session, person, mail.id)
    if locked is not None and _waits(locked):
        own_held.process_again(desk.session, locked, viewer_of(person, Via.WEB), confirmed=True)
    return RedirectResponse(request.url.path, 303)


def _asked(desk: Desk, key: str) -> tuple[InboundMail, Person]:
    """The mail and the agent that the key names; NotFound when it is not ours, too old, or somebody else is signed in here."""
    numbers = links.read_confirm_key(desk.web.installation.keys, key, datetime.now(UTC))
    mail = desk.session.get(InboundMail, numbers[0]) if numbers is not None else None
    person = desk.session.get(Person, numbers[1]) if numbers is not None else None
    theirs = mail is not None and person is not None and mail.sender in {one.address for one in person.addresses}
    if mail is None or person is None or not theirs or not person.is_staff or desk.viewer.person_id not in (None, person.id):
        raise NotFound("This link opens nothing.")
    return mail, person


def _waits(mail: InboundMail) -> bool:
    held = mail.state == InboundState.HELD and mail.held_number == HeldReason.COMMAND_PROBLEM
    return held and not mail.amended.get("bad") and not mail.amended.get("confirmed")


def _context(desk: Desk, key: str, mail: InboundMail, person: Person) -> dict[str, Any]:
    ended = {InboundState.RECEIVED: "in work", InboundState.HELD: "held", InboundState.DROPPED: "dropped"}
    try:
        found = tickets.find(desk.session, viewer_of(person, Via.WEB), mail.ticket_number)
    except NotFound:
        found = None
    return {
        "key": key,
        "state": "waits" if _waits(mail) else ended.get(InboundState(mail.state), "done"),
        "commands": list(mail.amended.get("commands", ())),
        "text": str(mail.amended.get("text", "")),
        "agent": person.name or person.address,
        "received_at": mail.received_at,
        "ticket": {"tag": desk.tag(found.number), "title": found.title} if found is not None else None,
    }
