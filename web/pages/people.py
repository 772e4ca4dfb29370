"""Pages: the team and everyone who ever wrote; administrators add agents, disable and enable them, and let mail out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from helpdesk.delivery import suppression
from helpdesk.errors import NotFound, Refused
from helpdesk.lists import directory
from helpdesk.lists.directory import Entry
from web import rendering
from web.deps import Admin, Desk, Staff
from web.pages import shell
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
_EMPTY = {"name": "", "address": "", "role": "agent"}


@router.get("/admin/people")
def list_people(
    request: Request,
    desk: Staff,
    q: Annotated[str, Query(max_length=200)] = "",
    role: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[int | None, Query(ge=0, le=10**15)] = None,
) -> Response:
    """Staff or requesters or both, searched by name and address."""
    return _page(request, desk, q=q, role=role if role in directory.ROLES else "", after=after)


@router.post("/admin/people")
def add(request: Request, desk: Admin, name: Line = "", address: Line = "", role: Line = "agent") -> Response:
    """Somebody joins the team."""
    form = {"name": name, "address": address, "role": role}
    try:
        with desk.session.begin_nested():
            person = directory.add_to_team(desk.session, desk.viewer, **form)
    except Refused as error:
        field = {"email": "address"}.get(error.field or "", error.field or "form")
        return _page(request, desk, role="staff", form=form, errors={field: str(error)}, status=422)
    text = f"{person.name} is on the team: answers by mail at once; for these pages, set a password with `helpdesk user add`."
    return rendering.see_other(request, "/admin/people?role=staff", text)


@router.post("/admin/people/active")
def set_active(request: Request, desk: Admin, address: Line = "", on: Line = "") -> Response:
    """Disable an agent, or enable them again."""
    try:
        person = directory.set_active(desk.session, desk.viewer, address, active=on == "1")
    except Refused as error:
        return rendering.see_other(request, "/admin/people?role=staff", str(error), kind="error")
    text = f"{person.name or person.address} " + (
        "works here again." if person.active else "is disabled and signed out everywhere."
    )
    return rendering.see_other(request, "/admin/people?role=staff", text)


@router.post("/admin/people/mail")
def mail_again(request: Request, desk: Admin, address: Line = "") -> Response:
    """Mail to an address that was stopped goes out again."""
    try:
        suppression.lift(desk.session, desk.viewer, address)
    except NotFound as error:
        return rendering.see_other(request, "/admin/people", str(error), kind="error")
    found = shell.address("/admin/people", q=address.strip())
    return rendering.see_other(request, found, f"{address.strip()} gets mail again. What was stopped meanwhile is not sent.")


def _page(
    request: Request,
    desk: Desk,
    *,
    q: str = "",
    role: str = "",
    after: int | None = None,
    form: Mapping[str, str] = _EMPTY,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    found, following = directory.page(desk.session, desk.viewer, q=q, role=role, after=after)
    return rendering.render(
        request,
        "portal/admin/people.html",
        status,
        **shell.frame(desk, section="people"),
        people=[_shown(one) for one in found],
        person_q=q,
        role=role,
        form=form,
        errors=errors or {},
        may_edit=desk.viewer.is_admin,
        next_url=shell.address("/admin/people", q=q, role=role, after=following) if following is not None else None,
    )


def _shown(entry: Entry) -> dict[str, Any]:
    person = entry.person
    return {
        "name": person.name,
        "address": person.address,
        "role": person.role,
        "active": person.active,
        "tickets": entry.tickets,
        "last_seen_at": entry.last_seen_at,
        "url": shell.address("/admin", view="all", q=person.address),
        "more_addresses": [one.address for one in person.addresses[1:]],
        "problem": entry.problem,
        "stopped": entry.stopped,
    }
