"""API for administrators: frequently asked questions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from helpdesk.knowledge import faq
from web.api import answers, bodies, shapes, told
from web.api.bodies import Body
from web.api.idempotency import Key, once
from web.api.parameters import Cursor, Limit, Number, Words
from web.deps import Admin

router = APIRouter(prefix="/api/v1/admin/faq", tags=["admin: FAQ"])
NewEntry = Annotated[Body[shapes.FaqBody], Depends(bodies.json_of(shapes.FaqBody))]
Changes = Annotated[Body[shapes.FaqChanges], Depends(bodies.json_of(shapes.FaqChanges))]


@router.get("")
def list_entries(desk: Admin, q: Words, cursor: Cursor = "", limit: Limit = 50) -> shapes.Listed[answers.FaqDraft]:
    """All entries, drafts too, by category and position."""
    found, after = shapes.part(faq.listed(desk.session, desk.viewer, q), cursor, limit)
    return shapes.listed([told.faq_draft_json(one) for one in found], after)


@router.post("", status_code=201, response_model=answers.FaqDraft)
def make_entry(body: NewEntry, desk: Admin, key: Key = None) -> JSONResponse:
    """Write an entry, at the end of its category."""

    def work() -> dict[str, Any]:
        return {**told.faq_draft_json(faq.create(desk.session, desk.viewer, **body.value.model_dump()))}

    return once(desk, key, "POST /faq", body.value, (), work)


@router.get("/{number}")
def read_entry(desk: Admin, number: Number) -> answers.FaqDraft:
    """One entry."""
    return told.faq_draft_json(faq.one(desk.session, desk.viewer, number))


@router.patch("/{number}")
def change_entry(body: Changes, desk: Admin, number: Number) -> answers.FaqDraft:
    """Change what is given."""
    entry = faq.one(desk.session, desk.viewer, number)
    faq.change(desk.session, entry, desk.viewer, **body.value.model_dump(exclude_unset=True))
    return told.faq_draft_json(entry)


@router.delete("/{number}", status_code=204)
def remove_entry(desk: Admin, number: Number) -> Response:
    """Remove it."""
    faq.remove(desk.session, faq.one(desk.session, desk.viewer, number), desk.viewer)
    return Response(status_code=204)
