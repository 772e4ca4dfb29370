"""Page: what an agent wants to be told, and how their own mail is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import delete, select

from helpdesk import addressing
from helpdesk.errors import Refused
from helpdesk.models import MutedTicket, Ticket
from helpdesk.permissions import visible_tickets
from helpdesk.staff import preferences
from web import rendering
from web.deps import Desk, Staff
from web.pages import shell
from web.pages.shell import Line, Text

router = APIRouter(include_in_schema=False)
MOST_MUTED = 50
WHEN = (("at_once", "At once"), ("hourly", "One mail an hour"), ("daily", "One mail a day, at 7:00 UTC"))
RECEIPTS = (
    ("errors", "Only when something could not be done"),
    ("commands", "Also after each mail with commands"),
    ("always", "After each of my mails"),
)


@router.get("/admin/me")
def my_settings(request: Request, desk: Staff) -> Response:
    """The agent's own settings as they are."""
    return _page(request, desk, asdict(preferences.of(desk.me)))


@router.post("/admin/me")
def keep_settings(
    request: Request,
    desk: Staff,
    when: Line = "",
    receipts: Line = "",
    undo_minutes: Annotated[int, Form(ge=-1, le=1000)] = 0,
    signature: Text = "",
    unassigned: Line = "",
    everything: Line = "",
    mentions: Line = "",
    unmute: Annotated[list[int] | None, Form()] = None,
) -> Response:
    """Keep them, and end the silence of tickets that are ticked."""
    wanted = {
        "when": when,
        "receipts": receipts,
        "undo_minutes": undo_minutes,
        "signature": signature,
        "unassigned": bool(unassigned),
        "everything": bool(everything),
        "mentions": bool(mentions),
    }
    try:
        preferences.keep(desk.me, wanted)
    except Refused as error:
        return _page(request, desk, wanted, {error.field or "form": str(error)}, 422)
    if unmute:
        own = (MutedTicket.person_id == desk.me.id) & MutedTicket.ticket_number.in_(unmute)
        desk.session.execute(delete(MutedTicket).where(own))
    return rendering.see_other(request, "/admin/me", "Saved. It holds from the next mail on.")


def _page(
    request: Request, desk: Desk, form: Mapping[str, Any], errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    muted = select(Ticket).join(MutedTicket, MutedTicket.ticket_number == Ticket.number)
    muted = muted.where(MutedTicket.person_id == desk.me.id, visible_tickets(desk.viewer)).order_by(Ticket.number.desc())
    return rendering.render(
        request,
        "portal/admin/me.html",
        status,
        **shell.frame(desk, section="me"),
        form=form,
        errors=errors or {},
        when_choices=WHEN,
        receipt_choices=RECEIPTS,
        own_address=addressing.opening_address(desk.web.installation.mint, desk.me.id),
        muted=[
            {"number": one.number, "tag": desk.tag(one.number), "title": one.title}
            for one in desk.session.scalars(muted.limit(MOST_MUTED))
        ],
    )
