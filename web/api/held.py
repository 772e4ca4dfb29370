"""API for staff: mail that is held, with its numbered reason; administrators release, attach, try again and drop it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from helpdesk import db, held_mail, raw_mail, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.models import InboundMail
from mail_ingest import held as decided
from mail_ingest.mail import Reading
from web import deps, downloads
from web.api import answers, bodies, shapes
from web.api.bodies import Body
from web.api.parameters import Cursor, Number
from web.deps import Admin, Desk, Staff, Web, WebState

router = APIRouter(prefix="/api/v1/admin/held", tags=["admin: held mail"])


class AttachBody(shapes.Shape):
    """The ticket that the mail goes to, by its tag, number or uuid."""

    ticket: shapes.SomeLine


class DropBody(shapes.Shape):
    """Why nothing is made of it: the audit trail keeps it."""

    reason: shapes.SomeLine


Attach = Annotated[Body[AttachBody], Depends(bodies.json_of(AttachBody))]
Drop = Annotated[Body[DropBody], Depends(bodies.json_of(DropBody))]


@router.get("")
def list_held(
    desk: Staff,
    reason: Annotated[int | None, Query(ge=1, le=999, description="Only of this reason's number.")] = None,
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=held_mail.MOST)] = 50,
) -> shapes.Listed[answers.Held]:
    """Held mails, the longest waiting first."""
    after = int(cursor) if cursor else None
    rows = held_mail.listed(desk.session, desk.viewer, reason=reason, after=after, most=limit + 1)
    shown = rows[:limit]
    return shapes.listed([_json(desk, one) for one in shown], str(shown[-1].id) if len(rows) > limit else None)


@router.get("/{number}")
def read_held(request: Request, web: WebState, number: Number) -> answers.WholeHeld:
    """One held mail with its text, its defects and the trace of what was decided. It is read anew each time."""
    with deps.staff_desk(request) as desk:
        row = held_mail.one(desk.session, desk.viewer, number)
        shown = _json(desk, row) | {"trace": row.trace, "error": row.error}
    told: answers.WholeHeld = shown | _said(decided.look(web.installation, web.reader, number))
    return told


@router.get("/{number}/raw", responses={200: {"content": {"message/rfc822": {}}}}, response_class=Response)
def download_held(request: Request, web: WebState, number: Number) -> Response:
    """The mail as it came, as a download."""
    with deps.staff_desk(request) as desk:
        held_mail.one(desk.session, desk.viewer, number)
    return downloads.eml(raw_mail.content(web.installation.engine, web.installation.storage, number), f"held-{number}.eml")


@router.post("/{number}/release")
def release_held(request: Request, web: WebState, number: Number) -> answers.Settled:
    """The mail becomes a new ticket of its sender; 409 where nobody could be answered, or an agent wrote it."""
    return _settled(request, web, number, None)


@router.post("/{number}/attach")
def attach_held(body: Attach, request: Request, web: WebState, number: Number) -> answers.Settled:
    """The mail becomes a message on a ticket."""
    return _settled(request, web, number, body.value.ticket)


@router.post("/{number}/again", status_code=202)
def process_held_again(desk: Admin, number: Number) -> answers.Settled:
    """The mail is processed again from the start, in a moment: the rules decide anew, as they are today."""
    held_mail.one(desk.session, desk.viewer, number)
    held_mail.again(desk.session, desk.viewer, number)
    return {"id": number, "state": "received", "ticket": None, "url": None}


@router.post("/{number}/drop")
def drop_held(body: Drop, desk: Admin, number: Number) -> answers.Settled:
    """Nothing is made of the mail; its bytes are kept, and the audit trail says who dropped it and why."""
    held_mail.one(desk.session, desk.viewer, number)
    held_mail.drop(desk.session, desk.viewer, [number], body.value.reason)
    return {"id": number, "state": "dropped", "ticket": None, "url": None}


def _settled(request: Request, web: Web, number: int, onto: str | None) -> answers.Settled:
    with deps.staff_desk(request) as desk:
        if not desk.viewer.is_admin:
            raise NotFound("For administrators only.")
        held_mail.one(desk.session, desk.viewer, number)
        ticket = _ticket(desk, onto) if onto is not None else None
    made = decided.settle(web.installation, web.reader, number, desk.viewer, ticket)
    with db.transaction(web.installation.engine) as session:
        state = session.get_one(InboundMail, number).state
    return {"id": number, "state": state, "ticket": desk.tag(made), "url": desk.ticket_url(made)}


def _ticket(desk: Desk, onto: str) -> int:
    try:
        return tickets.find(desk.session, desk.viewer, desk.number_of(onto)).number
    except NotFound:
        raise Refused("There is no such ticket.", "ticket") from None


def _json(desk: Desk, row: InboundMail) -> Any:
    ticket = desk.tag(row.ticket_number) if row.ticket_number is not None else None
    url = f"{desk.web.installation.settings.base_url}/admin/held/{row.id}"
    return held_mail.told(row) | {"ticket": ticket, "url": url}


def _said(reading: Reading | None) -> Any:
    """What the mail says; `text` is null where its bytes are gone or nobody can read them."""
    if reading is None:
        return {"text": None, "defects": [], "attachments": []}
    files = [{"filename": one.filename, "content_type": one.content_type, "size": one.size} for one in reading.mail.attachments]
    return {"text": reading.mail.text, "defects": list(reading.mail.defects), "attachments": files}
