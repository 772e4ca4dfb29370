"""Page: the FAQ as administrators write it: by category, in order, with drafts; one entry in a form, with a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.knowledge import faq
from helpdesk.models import FaqEntry
from helpdesk.text import markdown
from helpdesk.text.plain_line import plain_line
from web import rendering
from web.deps import Admin, Desk
from web.pages import shell
from web.pages.shell import Line, Text
from web.pages.ticket_thread import shown_html

router = APIRouter(include_in_schema=False)
LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Form:
    """An entry as it stands in the form; `id` None is a new one."""

    id: int | None = None
    question: str = ""
    answer: str = ""
    category: str = ""
    published: bool = True


def _typed(question: Line = "", answer: Text = "", category: Line = "", published: Line = "") -> Form:
    return Form(None, question, answer, category, bool(published))


Typed = Annotated[Form, Depends(_typed)]
Words = Annotated[str, Query(max_length=200)]


@router.get("/admin/faq")
def list_entries(request: Request, desk: Admin, q: Words = "") -> Response:
    """All entries by category; `q` keeps those that hold its words."""
    return _page(request, desk, None, q=q)


@router.get("/admin/faq/new")
def write_new(request: Request, desk: Admin, category: Words = "") -> Response:
    """An empty form, in a category."""
    return _page(request, desk, Form(category=category))


@router.get("/admin/faq/{number}")
def edit(request: Request, desk: Admin, number: int, q: Words = "") -> Response:
    """One entry in the form."""
    one = faq.one(desk.session, desk.viewer, number)
    return _page(request, desk, Form(one.id, one.question, one.answer, one.category, one.published), q=q)


@router.post("/admin/faq")
def make(request: Request, desk: Admin, typed: Typed, preview: Line = "") -> Response:
    """Save a new entry, or show what it would look like."""
    return _preview(request, desk, typed) if preview else _save(request, desk, typed)


@router.post("/admin/faq/{number}")
def change(request: Request, desk: Admin, number: int, typed: Typed, preview: Line = "") -> Response:
    """Save the entry, or show what it would look like."""
    form = replace(typed, id=faq.one(desk.session, desk.viewer, number).id)
    return _preview(request, desk, form) if preview else _save(request, desk, form)


@router.post("/admin/faq/{number}/move")
def move(request: Request, desk: Admin, number: int, to: Line = "") -> Response:
    """One place up or down within its category."""
    faq.reorder(desk.session, faq.one(desk.session, desk.viewer, number), desk.viewer, up=to == "up")
    return rendering.see_other(request, f"/admin/faq/{number}")


@router.post("/admin/faq/{number}/delete")
def remove(request: Request, desk: Admin, number: int) -> Response:
    """Remove it; it can be brought back from the line on top."""
    one = faq.one(desk.session, desk.viewer, number)
    question = one.question
    event = faq.remove(desk.session, one, desk.viewer)
    return rendering.see_other(request, "/admin/faq", f"“{question}” is gone.", undo_url=f"/admin/faq/restore/{event.id}")


@router.post("/admin/faq/restore/{event}")
def restore(request: Request, desk: Admin, event: int) -> Response:
    """Bring back what was removed."""
    try:
        one = faq.restore(desk.session, desk.viewer, event)
    except NotFound as error:
        return rendering.see_other(request, "/admin/faq", str(error), kind="info")
    return rendering.see_other(request, f"/admin/faq/{one.id}", f"“{one.question}” is back.")


def _save(request: Request, desk: Desk, form: Form) -> Response:
    fields: dict[str, Any] = {
        "question": form.question,
        "answer": form.answer,
        "category": form.category,
        "published": form.published,
    }
    try:
        if form.id is None:
            one = faq.create(desk.session, desk.viewer, **fields)
        else:
            one = faq.one(desk.session, desk.viewer, form.id)
            faq.change(desk.session, one, desk.viewer, **fields)
    except NotAllowed:
        raise
    except Refused as error:
        return _page(request, desk, form, errors={error.field or "question": str(error)}, status=422)
    said = f"“{one.question}” is saved" + (" and published." if one.published else " as a draft.")
    return rendering.see_other(request, f"/admin/faq/{one.id}", said)


def _preview(request: Request, desk: Desk, form: Form) -> Response:
    html = markdown.to_html(form.answer)
    return _page(
        request, desk, form, preview=shown_html(html) if html is not None else Markup("<p>{}</p>").format(escape(form.answer))
    )


def _page(
    request: Request,
    desk: Desk,
    form: Form | None,
    *,
    q: str = "",
    errors: Mapping[str, str] | None = None,
    preview: Markup | None = None,
    status: int = 200,
) -> Response:
    entries = faq.listed(desk.session, desk.viewer, q)
    categories = [
        {
            "name": name,
            "new_url": shell.address("/admin/faq/new", category=name),
            "entries": [
                {
                    "id": one.id,
                    "question": one.question,
                    "line": plain_line(one.answer, LONGEST_LINE),
                    "published": one.published,
                    "url": shell.address(f"/admin/faq/{one.id}", q=q.strip()),
                }
                for one in found
            ],
        }
        for name, found in groupby(entries, key=lambda one: one.category)
    ]
    return rendering.render(
        request,
        "portal/admin/faq.html",
        status,
        **shell.frame(desk, section="faq"),
        faq_q=q.strip(),
        categories=categories,
        names=sorted({one.category for one in entries if one.category}),
        total=len(entries),
        drafts=sum(1 for one in entries if not one.published),
        form=form,
        may_move=_may_move(entries, form.id if form is not None else None),
        errors=errors or {},
        preview=preview,
        public_url=f"/faq#answer-{form.id}" if form is not None and form.id and form.published else None,
    )


def _may_move(entries: list[FaqEntry], number: int | None) -> dict[str, bool]:
    """Whether the chosen entry has one above it, and one below, in its category."""
    chosen = next((one for one in entries if one.id == number), None)
    siblings = [one.id for one in entries if chosen is not None and one.category == chosen.category]
    return {"up": bool(siblings) and siblings[0] != number, "down": bool(siblings) and siblings[-1] != number}
