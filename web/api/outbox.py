"""API for staff: every mail that left or waits to leave, and another try."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from helpdesk import outbox, tickets
from helpdesk.errors import Conflict
from helpdesk.lists import outgoing
from helpdesk.models import OutboxState
from helpdesk.sign_in import links
from web.api import answers, shapes, told
from web.api.parameters import Cursor, Limit, Number
from web.deps import Staff

router = APIRouter(prefix="/api/v1/admin/outbox", tags=["admin: outbox"])


@router.get("")
def list_outbox(
    desk: Staff,
    state: Annotated[OutboxState | None, Query(description="Only of this state.")] = None,
    ticket: Annotated[shapes.Word, Query(description="Only about this ticket: its tag, number or uuid.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> shapes.Listed[answers.Outgoing]:
    """Mails to one recipient each, the newest first."""
    about = tickets.find(desk.session, desk.viewer, desk.number_of(ticket)).number if ticket else None
    before = int(cursor) if cursor else None
    rows, after = outgoing.page(desk.session, desk.viewer, state=state or "", ticket=about, before=before, most=limit)
    return shapes.listed([told.outgoing_json(desk, row) for row in rows], str(after) if after is not None else None)


@router.get("/{number}")
def read_outbox(desk: Staff, number: Number) -> answers.WholeOutgoing:
    """One mail with its text and what came back about it. A sign-in link is nobody's to read but its recipient's, and links to
    tickets are without the keys that act as their reader."""
    row = outgoing.one(desk.session, desk.viewer, number)
    problems: list[answers.Problem] = [
        {"address": one.address, "action": one.action, "status": one.status, "diagnostic": one.diagnostic, "at": told.time(one.at)}
        for one in outgoing.problems(desk.session, row)
    ]
    text = row.body_text if outgoing.is_readable(row) else None
    if text is not None:
        text = links.without_keys(text, desk.web.installation.settings.base_url)
    return {**told.outgoing_json(desk, row), "text": text, "problems": problems}


@router.post("/{number}/retry")
def retry_outbox(desk: Staff, number: Number) -> answers.Retried:
    """Try a mail that failed, or waits for its next try, at once; 409 when it is being sent or was already."""
    row = outgoing.one(desk.session, desk.viewer, number)
    if not outbox.send_again(desk.session, row.id):
        raise Conflict("It is being sent, or was already.")
    return {"id": row.id, "state": "queued"}
