"""API for staff: mail that is held, with its numbered reason; administrators release, attach, try again and drop it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from helpdesk import db, held_mail, raw_mail, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.models import InboundMail
from mail_ingest import held as decided
from mail_ingest.mail import Reading
from web import deps, downloads
from web.api import shapes
from web.deps import Admin, Desk, Staff, Web, WebState

router = APIRouter(prefix="/api/v1/admin/held", tags=["admin: held mail"])
Number = Annotated[int, Path(ge=0, le=10**15, description="The mail's number, as the list gives it.", examples=[12])]
_IN_LIST: dict[str, Any] = {
    "id": 12, "number": 6, "code": "H6", "reason": "the sender's domain disowns this mail", "detail": "",
    "advice": "It is forged, or its sender's mail is set up wrong: release it only if you know it is genuine.",
    "sender": "alice@example.com", "to": ["support@example.org"], "subject": "Printer on fire", "size": 2048,
    "received_at": "2026-03-03T10:00:00+00:00", "kind": "person", "rule": "no_mark_of_a_machine",
    "matched_by": "failed_sender", "verdict": "fail", "ticket": None, "url": "https://help.example.org/admin/held/12",
}  # fmt: skip
_DONE = {"id": 12, "state": "ticket", "ticket": "ELM-007", "url": "https://help.example.org/ticket/ELM-007"}
_GONE = {"id": 12, "state": "dropped", "ticket": None, "url": None}


class AttachBody(shapes.Shape):
    """The ticket that the mail goes to, by its tag, number or uuid."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ticket": "ELM-7"}]})
    ticket: shapes.Line = Field(min_length=1)


class DropBody(shapes.Shape):
    """Why nothing is made of it: the audit trail keeps it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Advertisement"}]})
    reason: shapes.Line = Field(min_length=1)


def _answers(example: dict[str, Any], status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"content": {"application/json": {"example": example}}}}


@router.get("", responses=_answers({"items": [_IN_LIST], "next": "12"}))
def list_held(
    desk: Staff,
    reason: Annotated[int | None, Query(ge=1, le=999, description="Only of this reason's number.")] = None,
    cursor: Annotated[str, Query(pattern=r"^\d{0,15}$", description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=held_mail.MOST)] = 50,
) -> dict[str, Any]:
    """Held mails, the longest waiting first."""
    after = int(cursor) if cursor else None
    rows = held_mail.listed(desk.session, desk.viewer, reason=reason, after=after, most=limit + 1)
    shown = rows[:limit]
    return shapes.listed([_json(desk, one) for one in shown], str(shown[-1].id) if len(rows) > limit else None)


@router.get("/{number}", responses=_answers(_IN_LIST | {"text": "It burns.", "defects": [], "trace": {}, "attachments": []}))
def read_held(request: Request, web: WebState, number: Number) -> dict[str, Any]:
    """One held mail with its text, its defects and the trace of what was decided. It is read anew each time."""
    with deps.staff_desk(request) as desk:
        row = held_mail.one(desk.session, desk.viewer, number)
        shown = _json(desk, row) | {"trace": row.trace, "error": row.error}
    return shown | _said(decided.look(web.installation, web.reader, number))


@router.get("/{number}/raw", responses={200: {"content": {"message/rfc822": {}}}}, response_class=Response)
def download(request: Request, web: WebState, number: Number) -> Response:
    """The mail as it came, as a download."""
    with deps.staff_desk(request) as desk:
        held_mail.one(desk.session, desk.viewer, number)
    return downloads.eml(raw_mail.content(web.installation.engine, web.installation.storage, number), f"held-{number}.eml")


@router.post("/{number}/release", responses=_answers(_DONE))
def release(request: Request, web: WebState, number: Number) -> dict[str, Any]:
    """The mail becomes a new ticket of its sender; 422 where nobody could be answered, or an agent wrote it."""
    return _settled(request, web, number, None)


@router.post("/{number}/attach", responses=_answers(_DONE | {"state": "comment"}))
def attach(request: Request, web: WebState, number: Number, body: AttachBody) -> dict[str, Any]:
    """The mail becomes a message on a ticket."""
    return _settled(request, web, number, body.ticket)


@router.post("/{number}/again", status_code=202, responses=_answers(_GONE | {"state": "received"}, 202))
def again(desk: Admin, number: Number) -> dict[str, Any]:
    """The mail is processed again from the start, in a moment: the rules decide anew, as they are today."""
    held_mail.one(desk.session, desk.viewer, number)
    held_mail.again(desk.session, desk.viewer, number)
    return {"id": number, "state": "received", "ticket": None, "url": None}


@router.post("/{number}/drop", responses=_answers(_GONE))
def drop(desk: Admin, number: Number, body: DropBody) -> dict[str, Any]:
    """Nothing is made of the mail; its bytes are kept, and the audit trail says who dropped it and why."""
    held_mail.one(desk.session, desk.viewer, number)
    held_mail.drop(desk.session, desk.viewer, [number], body.reason)
    return {"id": number, "state": "dropped", "ticket": None, "url": None}


def _settled(request: Request, web: Web, number: int, onto: str | None) -> dict[str, Any]:
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
        wanted = tickets.number_of(desk.session, onto, desk.web.installation.settings.ticket_prefix)
        return tickets.find(desk.session, desk.viewer, wanted).number
    except NotFound:
        raise Refused("There is no such ticket.", "ticket") from None


def _json(desk: Desk, row: InboundMail) -> dict[str, Any]:
    ticket = desk.tag(row.ticket_number) if row.ticket_number is not None else None
    url = f"{desk.web.installation.settings.base_url}/admin/held/{row.id}"
    return held_mail.told(row) | {"ticket": ticket, "url": url}


def _said(reading: Reading | None) -> dict[str, Any]:
    """What the mail says; `text` is null where its bytes are gone or nobody can read them."""
    if reading is None:
        return {"text": None, "defects": [], "attachments": []}
    files = [{"filename": one.filename, "content_type": one.content_type, "size": one.size} for one in reading.mail.attachments]
    return {"text": reading.mail.text, "defects": list(reading.mail.defects), "attachments": files}
