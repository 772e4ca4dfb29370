"""API for administrators: the audit trail."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from helpdesk.errors import NotFound
from helpdesk.lists import audit_trail
from web.api import answers, shapes, told
from web.api.parameters import Cursor, Limit
from web.deps import Admin

router = APIRouter(prefix="/api/v1/admin/audit", tags=["admin: audit"])


def _written_out(day: Any) -> Any:
    # a date that is only digits would be taken for seconds since 1970
    if isinstance(day, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise ValueError("A day is written like 2026-03-03.")
    return day


Day = Annotated[date | None, BeforeValidator(_written_out), Query(description="A day (UTC), included.", examples=["2026-03-03"])]


@router.get("")
def list_events(
    desk: Admin,
    kind: Annotated[shapes.Word, Query(description="Only of this kind.", examples=["status_changed"])] = "",
    actor: Annotated[shapes.Word, Query(description="Only by the person at this address; `helpdesk`: what nobody did.")] = "",
    ticket: Annotated[shapes.Word, Query(description="Only about this ticket: its tag, number or uuid.")] = "",
    since: Day = None,
    until: Day = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> shapes.Listed[answers.Event]:
    """What happened, the newest first."""
    about = desk.number_of(ticket) if ticket else None
    if ticket and about is None:
        raise NotFound("There is no such ticket.")
    found = audit_trail.page(
        desk.session, desk.viewer, kind=kind, actor=actor, ticket=about, since=since, until=until, cursor=cursor, most=limit
    )
    return shapes.listed([told.event_json(desk, one) for one in found.rows], found.next)
