"""Pages: canned responses: the list, one to edit, a preview, and what a response does besides as lines of commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from helpdesk import canned
from helpdesk.canned import Values
from helpdesk.errors import NotAllowed, Refused
from helpdesk.models import CannedResponse
from helpdesk.text import markdown
from helpdesk.words import Status
from web import rendering
from web.deps import Desk, Staff
from web.pages import shell
from web.pages.shell import Line, Text
from web.pages.ticket_thread import shown_html

router = APIRouter(include_in_schema=False)
LINE = 140  # characters of the text that a list shows
EXAMPLE = Values(
    ticket_id="ELM-042",
    ticket_title="Coffee machine says “E7”",
    ticket_url="https://help.example.com/ticket/ELM-042",
    status="Open",
    user_name="Alice Weber",
    user_email="alice@example.com",
    agent_name="Bob Builder",
    support_address="support@example.com",
    helpdesk_name="Example Support",
)
MEANINGS = {
    "ticket_id": "the ticket's number",
    "ticket_title": "its title",
    "ticket_url": "its page for the requester",
    "status": "its status",
    "user_name": "the requester's name, else their address",
    "user_first_name": "the first word of it",
    "user_email": "the requester's address",
    "agent_name": "the name of whoever sends it",
    "agent_first_name": "the first word of it",
    "support_address": "the address that people mail",
    "helpdesk_name": "the name of this helpdesk",
}
_SHORT = {"solved": "resolved", "done": "resolved", "progress": "in_progress", "reopen": "open"}
_WITH_VALUE = {"status", "priority", "type", "assign", "tag", "tags"}


@dataclass(frozen=True, slots=True)
class Form:
    """A response as it stands in the form; `id` None is a new one, `actions` one command a line, `preview` is only to be shown."""

    id: int | None = None
    title: str = ""
    shortcut: str = ""
    content: str = ""
    actions: str = ""
    shared: bool = False
    preview: bool = False


def _typed(
    title: Line = "", shortcut: Line = "", content: Text = "", actions: Text = "", shared: Line = "", preview: Line = ""
) -> Form:
    return Form(None, title, shortcut, content, actions, bool(shared), bool(preview))


Typed = Annotated[Form, Depends(_typed)]
Words = Annotated[str, Query(max_length=200)]
Number = Annotated[int | None, Query(ge=0, le=10**15)]


@router.get("/admin/canned")
def list_canned(request: Request, desk: Staff, q: Words = "") -> Response:
    """All that this agent may use; `q` keeps those that hold its words."""
    return _page(request, desk, None, q=q)


@router.get("/admin/canned/new")
def write_new(request: Request, desk: Staff, copy: Number = None) -> Response:
    """An empty form, or a copy of another: one's own unless one may share."""
    form = Form(shared=desk.viewer.is_admin)
    if copy is not None:
        one = canned.one(desk.session, desk.viewer, copy)
        form = replace(_form_of(one), id=None, title=f"Copy of {one.title}"[:120], shortcut="", shared=desk.viewer.is_admin)
    return _page(request, desk, form)


@router.get("/admin/canned/{number}")
def edit(request: Request, desk: Staff, number: int, q: Words = "") -> Response:
    """One in the form, filled with example values below it."""
    one = canned.one(desk.session, desk.viewer, number)
    return _page(request, desk, _form_of(one), q=q, used=one.used)


@router.post("/admin/canned")
def make(request: Request, desk: Staff, typed: Typed) -> Response:
    """Save a new one, or show what it would look like."""
    return _take(request, desk, replace(typed, shared=typed.shared and desk.viewer.is_admin))


@router.post("/admin/canned/{number}")
def change(request: Request, desk: Staff, number: int, typed: Typed) -> Response:
    """Save it, or show what it would look like."""
    one = canned.one(desk.session, desk.viewer, number)
    return _take(request, desk, replace(typed, id=number, shared=typed.shared if desk.viewer.is_admin else one.shared))


@router.post("/admin/canned/{number}/delete")
def remove(request: Request, desk: Staff, number: int) -> Response:
    """Remove it; answers that were written with it stay."""
    one = canned.one(desk.session, desk.viewer, number)
    canned.remove(desk.session, one, desk.viewer)
    return rendering.see_other(request, "/admin/canned", f"“{one.title}” is gone. Answers written with it stay.")


def as_lines(actions: Mapping[str, Any]) -> str:
    """What a response does, one command a line, as an agent would write it in a mail."""
    lines = []
    for name, value in actions.items():
        if name == "status":
            lines.append(f"#{value}")
        elif name == "tags":
            lines.append(f"#tag {' '.join(value)}")
        else:
            lines.append(f"#{name} {value or 'none'}")
    return "\n".join(lines)


def from_lines(text: str) -> dict[str, Any]:
    """The actions that these lines mean; Refused with the line that means none."""
    actions: dict[str, Any] = {}
    for line in filter(None, (one.strip() for one in text.splitlines())):
        name, _, value = line.lstrip("#/").strip().partition(" ")
        name, value = name.lower(), value.strip()
        status = _SHORT.get(name, name)
        if status in list(Status) and not value:
            actions["status"] = status
        elif name in ("take", "mine") and not value:
            actions["assign"] = "me"
        elif name not in _WITH_VALUE or not value:
            raise Refused(
                f"“{line[:60]}” is no command: #resolved, #priority high, #type bug, #tag billing, #assign none.", "actions"
            )
        elif name == "status":
            actions["status"] = _SHORT.get(value.lower(), value.lower())
        elif name in ("tag", "tags"):
            actions["tags"] = [*actions.get("tags", ()), *value.replace(",", " ").split()]
        elif name == "assign":
            actions["assign"] = None if value.lower() in ("none", "nobody") else value
        else:
            actions[name] = value.lower()
    return actions


def _form_of(one: CannedResponse) -> Form:
    return Form(one.id, one.title, one.shortcut, one.content, as_lines(one.actions), one.shared)


def _take(request: Request, desk: Desk, form: Form) -> Response:
    return _preview(request, desk, form) if form.preview else _save(request, desk, form)


def _save(request: Request, desk: Desk, form: Form) -> Response:
    try:
        with desk.session.begin_nested():
            fields = {
                "title": form.title,
                "content": form.content,
                "shortcut": form.shortcut,
                "actions": from_lines(form.actions),
            }
            one = _saved(desk, form, fields)
    except NotAllowed:
        raise
    except Refused as error:
        return _page(request, desk, form, errors={error.field or "title": str(error)}, status=422)
    return rendering.see_other(request, f"/admin/canned/{one.id}", f"“{one.title}” is saved.")


def _saved(desk: Desk, form: Form, fields: dict[str, Any]) -> CannedResponse:
    if form.id is None:
        return canned.create(desk.session, desk.viewer, **fields, shared=form.shared)
    one = canned.one(desk.session, desk.viewer, form.id)
    if desk.viewer.is_admin:
        fields["shared"] = form.shared
    canned.change(desk.session, one, desk.viewer, **fields)
    return one


def _preview(request: Request, desk: Desk, form: Form) -> Response:
    try:
        canned.check(form.content)
        from_lines(form.actions)
    except Refused as error:
        return _page(request, desk, form, errors={error.field or "content": str(error)}, status=422)
    text = canned.fill(form.content, EXAMPLE)
    html = markdown.to_html(text)
    return _page(request, desk, form, preview=shown_html(html) if html is not None else escape(text))


def _page(
    request: Request,
    desk: Desk,
    form: Form | None,
    *,
    errors: Mapping[str, str] | None = None,
    preview: Markup | None = None,
    q: str = "",
    used: int | None = None,
    status: int = 200,
) -> Response:
    words = q.casefold().split()
    everything = canned.listed(desk.session, desk.viewer)
    found = [one for one in everything if all(word in f"{one.title} #{one.shortcut} {one.content}".casefold() for word in words)]
    return rendering.render(
        request,
        "portal/admin/canned.html",
        status,
        **shell.frame(desk, section="canned"),
        responses=[_in_list(desk, one, q) for one in found],
        canned_q=q.strip(),
        total=len(everything),
        used=used,
        form=form,
        errors=errors or {},
        preview=preview,
        placeholders=[
            {"name": name, "meaning": MEANINGS[name], "example": value(EXAMPLE)} for name, (value, _) in canned.PLACEHOLDERS.items()
        ],
        may_share=desk.viewer.is_admin,
        may_change=form is None or form.id is None or not form.shared or desk.viewer.is_admin,
    )


def _in_list(desk: Desk, one: CannedResponse, q: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "shortcut": one.shortcut,
        "shared": one.shared,
        "owner": "" if one.shared else desk.viewer.name,
        "line": " ".join(one.content.split())[:LINE],
        "url": shell.address(f"/admin/canned/{one.id}", q=q.strip()),
        "used": one.used,
    }
