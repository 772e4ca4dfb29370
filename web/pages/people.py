"""Pages: the team and everyone who ever wrote, for agents to look up.

Administrators also see how each account is used, invite agents, change what they may, and let mail out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from helpdesk.delivery import suppression
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.lists import directory
from helpdesk.lists.directory import Entry
from helpdesk.models import Person, Role
from helpdesk.staff import team
from web import rendering
from web.deps import Admin, Desk, Staff
from web.pages import shell
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
TEAM = "/admin/people?role=staff"
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
            person = team.add(desk.session, desk.viewer, **form)
    except Refused as error:
        field = {"email": "address"}.get(error.field or "", error.field or "form")
        return _page(request, desk, role="staff", form=form, errors={field: str(error)}, status=422)
    if person.password_hash is not None:
        text = f"{person.name} is on the team again, with the password of before."
    else:
        text = f"{person.name} is on the team: a mail to {person.address} says how to get in."
    return rendering.see_other(request, TEAM, text)


@router.post("/admin/people/active")
def set_active(request: Request, desk: Admin, address: Line = "", on: Line = "") -> Response:
    """Disable an agent, or enable them again."""

    def done() -> str:
        person = team.set_active(desk.session, desk.viewer, address, active=on == "1")
        return f"{_called(person)} " + ("works here again." if person.active else "is disabled and signed out everywhere.")

    return _told(request, done)


@router.post("/admin/people/role")
def set_role(request: Request, desk: Admin, address: Line = "", role: Line = "") -> Response:
    """Make an agent an administrator, or the other way round."""

    def done() -> str:
        person = team.set_role(desk.session, desk.viewer, address, role)
        return f"{_called(person)} is {'an administrator' if person.role == Role.ADMIN else 'an agent'} now."

    return _told(request, done)


@router.post("/admin/people/invite")
def invite_again(request: Request, desk: Admin, address: Line = "") -> Response:
    """Mail the invitation once more."""
    return _told(
        request, lambda: f"The invitation is mailed to {team.invite_again(desk.session, desk.viewer, address).address} again."
    )


@router.post("/admin/people/second-factor")
def reset_second_factor(request: Request, desk: Admin, address: Line = "") -> Response:
    """Take a lost app off a colleague's account."""

    def done() -> str:
        person = team.reset_second_factor(desk.session, desk.viewer, address)
        return f"{_called(person)} signs in by password alone until an app is set up again, and is signed out everywhere."

    return _told(request, done)


@router.post("/admin/people/provider")
def unlink_provider(request: Request, desk: Admin, address: Line = "") -> Response:
    """Unlink a colleague's account at the provider."""

    def done() -> str:
        person = team.unlink_provider(desk.session, desk.viewer, address)
        return f"{_called(person)} is unlinked and signed out everywhere. The next sign-in there links an account again."

    return _told(request, done)


@router.post("/admin/people/sessions")
def end_sessions(request: Request, desk: Admin, address: Line = "") -> Response:
    """Sign a colleague out everywhere."""

    def done() -> str:
        ended = team.end_sessions(desk.session, desk.viewer, address)
        return f"{address.strip()} is signed out of {ended} {'browser' if ended == 1 else 'browsers'}."

    return _told(request, done)


@router.post("/admin/people/mail")
def mail_again(request: Request, desk: Admin, address: Line = "") -> Response:
    """Mail to an address that was stopped goes out again."""
    try:
        suppression.lift(desk.session, desk.viewer, address)
    except NotFound as error:
        return rendering.see_other(request, "/admin/people", str(error), kind="error")
    found = shell.address("/admin/people", q=address.strip())
    return rendering.see_other(request, found, f"{address.strip()} gets mail again. What was stopped meanwhile is not sent.")


def _called(person: Person) -> str:
    return person.name or person.address


def _told(request: Request, done: Callable[[], str]) -> Response:
    """Back to the team, with a line on what was done, or on why it was not."""
    try:
        return rendering.see_other(request, TEAM, done())
    except Refused as error:
        if isinstance(error, NotAllowed):
            raise
        return rendering.see_other(request, TEAM, str(error), kind="error")


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
        people=[_shown(one, desk.me) | (_account(one) if desk.viewer.is_admin else {}) for one in found],
        person_q=q,
        role=role,
        form=form,
        errors=errors or {},
        may_edit=desk.viewer.is_admin,
        next_url=shell.address("/admin/people", q=q, role=role, after=following) if following is not None else None,
    )


def _shown(entry: Entry, me: Person) -> dict[str, Any]:
    person = entry.person
    return {
        "name": person.name,
        "address": person.address,
        "role": person.role,
        "active": person.active,
        "url": shell.address("/admin", view="all", q=person.address),
        "more_addresses": [one.address for one in person.addresses[1:]],
        "me": person.id == me.id,
    }


def _account(entry: Entry) -> dict[str, Any]:
    person = entry.person
    without_password = person.is_staff and person.password_hash is None
    return {
        "tickets": entry.tickets,
        "last_seen_at": entry.last_seen_at,
        "problem": entry.problem,
        "stopped": entry.stopped,
        "invited": without_password and person.oidc_subject is None and entry.last_seen_at is None,
        "without_password": without_password,
        "two_step": person.is_staff and person.totp_secret is not None,
        "linked": person.oidc_subject is not None,
        "sessions": entry.sessions,
    }
