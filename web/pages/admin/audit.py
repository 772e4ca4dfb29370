"""Page: the audit trail in sentences, day by day, for administrators; and the same as CSV."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk import addressing, people
from helpdesk.errors import Refused
from helpdesk.lists import audit_trail
from helpdesk.models import Event, PersonAddress
from web import csv_file, rendering
from web.deps import Admin, Desk
from web.pages import shell
from web.pages.admin import audit_words
from web.pages.event_words import Names

router = APIRouter(include_in_schema=False)
PAGE = 60
MOST_IN_CSV = 10_000
VIAS = {"web": "", "email": "by mail", "api": "by API", "system": ""}


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they were typed; a day is YYYY-MM-DD."""

    kind: str = ""
    actor: str = ""
    ticket: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_any(self) -> bool:
        """Whether anything is narrowed at all."""
        return any(asdict(self).values())


def _asked(
    kind: Annotated[str, Query(max_length=60)] = "",
    actor: Annotated[str, Query(max_length=320)] = "",
    ticket: Annotated[str, Query(max_length=40)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
) -> Asked:
    return Asked(kind, actor.strip(), ticket.strip(), since, until)


Filters = Annotated[Asked, Depends(_asked)]


@router.get("/admin/audit")
def show_trail(request: Request, desk: Admin, asked: Filters, cursor: Annotated[str, Query(max_length=20)] = "") -> Response:
    """What happened, newest first; a filter that cannot be is said, and then nothing is listed."""
    wrong = ""
    try:
        page = audit_trail.page(desk.session, desk.viewer, **_wanted(desk, asked), cursor=cursor, most=PAGE)
    except Refused as error:
        page, wrong = audit_trail.Page([], None), str(error)
    names = _names(desk, page.rows)
    return rendering.render(
        request,
        "portal/admin/audit.html",
        422 if wrong else 200,
        **shell.frame(desk, section="audit"),
        asked=asked,
        wrong=wrong,
        kinds=[(kind, audit_words.label(kind)) for kind in audit_trail.kinds(desk.session, desk.viewer)],
        actors=[(one.address, one.name or one.address) for one in people.staff(desk.session)],
        days=[
            {"day": day, "lines": [_line(desk, event, names) for event in events]}
            for day, events in groupby(page.rows, key=lambda event: event.created_at.date())
        ],
        first_url=shell.address("/admin/audit", **asdict(asked)) if cursor else None,
        next_url=shell.address("/admin/audit", **asdict(asked), cursor=page.next) if page.next else None,
        csv_url=shell.address("/admin/audit.csv", **asdict(asked)),
    )


@router.get("/admin/audit.csv")
def as_csv(desk: Admin, asked: Filters) -> Response:
    """The newest events that these filters leave, MOST_IN_CSV at most."""
    wanted = _wanted(desk, asked)
    rows: list[tuple[csv_file.Cell, ...]] = [("number", "at", "kind", "actor", "via", "ticket", "said", "data")]
    cursor: str | None = ""
    while cursor is not None and len(rows) <= MOST_IN_CSV:
        page = audit_trail.page(desk.session, desk.viewer, **wanted, cursor=cursor, most=audit_trail.MOST_ROWS)
        names = _names(desk, page.rows)
        rows += [_row(desk, event, names) for event in page.rows]
        cursor = page.next
    return csv_file.response(rows[: MOST_IN_CSV + 1], "audit.csv")


def _wanted(desk: Desk, asked: Asked) -> dict[str, Any]:
    number = addressing.read_tag(desk.web.installation.settings.ticket_prefix, asked.ticket) if asked.ticket else None
    if number is None and asked.ticket.isascii() and asked.ticket.isdigit() and len(asked.ticket) <= 12:
        number = int(asked.ticket)
    if asked.ticket and number is None:
        raise Refused(f"“{asked.ticket}” is no ticket: write {desk.tag(123)}.", "ticket")
    days = {name: _day(value) for name, value in (("since", asked.since), ("until", asked.until))}
    return {"kind": asked.kind, "actor": asked.actor, "ticket": number, **days}


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Refused(f"“{typed}” is no day: write it as 2026-03-01.", "since") from None


def _names(desk: Desk, events: list[Event]) -> Names:
    """Names of those whose addresses the events hold, in one query."""
    held = {str(value) for event in events for key, value in event.data.items() if key in ("address", "new", "old") and value}
    found = select(PersonAddress).where(PersonAddress.address.in_(held)).options(joinedload(PersonAddress.person))
    known = {one.address: one.person.name for one in desk.session.scalars(found)} if held else {}
    return Names(known, lambda number: Markup('<a href="/admin/ticket/{0}">{0}</a>').format(desk.tag(number)))


def _line(desk: Desk, event: Event, names: Names) -> dict[str, Any]:
    text, icon = audit_words.told(event, names)
    tag = desk.tag(event.ticket_number) if event.ticket_number else None
    return {
        "at": event.created_at,
        "text": text,
        "icon": icon,
        "ticket": tag,
        "ticket_url": f"/admin/ticket/{tag}" if tag else None,
        "via": "" if text.endswith(" by mail") else VIAS.get(event.via, event.via),
    }


def _row(desk: Desk, event: Event, names: Names) -> tuple[csv_file.Cell, ...]:
    text, _ = audit_words.told(event, names)
    return (
        event.id,
        event.created_at.isoformat(timespec="seconds"),
        event.kind,
        event.actor.address if event.actor is not None else "",
        event.via,
        desk.tag(event.ticket_number) if event.ticket_number else "",
        text.striptags() if isinstance(text, Markup) else text,
        json.dumps(event.data, ensure_ascii=False, sort_keys=True),
    )
