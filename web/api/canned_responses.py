"""API for staff: canned responses."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from helpdesk import canned
from web.api import answers, bodies, shapes, told
from web.api.bodies import Body
from web.api.idempotency import Key, once
from web.api.parameters import Cursor, Limit, Number
from web.deps import Staff

router = APIRouter(prefix="/api/v1/admin/canned-responses", tags=["admin: canned responses"])
NewCanned = Annotated[Body[shapes.CannedBody], Depends(bodies.json_of(shapes.CannedBody))]
Changes = Annotated[Body[shapes.CannedChanges], Depends(bodies.json_of(shapes.CannedChanges))]


@router.get("")
def list_canned_responses(desk: Staff, cursor: Cursor = "", limit: Limit = 50) -> shapes.Listed[answers.Canned]:
    """The shared ones and one's own, by title."""
    found, after = shapes.part(canned.listed(desk.session, desk.viewer), cursor, limit)
    return shapes.listed([told.canned_json(one) for one in found], after)


@router.post("", status_code=201, response_model=answers.Canned)
def make_canned_response(body: NewCanned, desk: Staff, key: Key = None) -> JSONResponse:
    """Make one. Placeholders are from a fixed table; an unknown one is refused. Shared ones are an administrator's to make."""

    def work() -> dict[str, Any]:
        return {**told.canned_json(canned.create(desk.session, desk.viewer, **_given(body.value)))}

    return once(desk, key, "POST /canned-responses", body.value, (), work)


@router.get("/{number}")
def read_canned_response(desk: Staff, number: Number) -> answers.Canned:
    """One canned response."""
    return told.canned_json(canned.one(desk.session, desk.viewer, number))


@router.patch("/{number}")
def change_canned_response(body: Changes, desk: Staff, number: Number) -> answers.Canned:
    """Change what is given."""
    response = canned.one(desk.session, desk.viewer, number)
    canned.change(desk.session, response, desk.viewer, **_given(body.value))
    return told.canned_json(response)


@router.delete("/{number}", status_code=204)
def remove_canned_response(desk: Staff, number: Number) -> Response:
    """Remove it."""
    canned.remove(desk.session, canned.one(desk.session, desk.viewer, number), desk.viewer)
    return Response(status_code=204)


def _given(body: shapes.Shape) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True)
