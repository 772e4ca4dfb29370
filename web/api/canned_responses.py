"""API for staff: canned responses."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from helpdesk import canned
from helpdesk.errors import Refused
from web.api import shapes
from web.api.idempotency import Key, once
from web.deps import Staff

router = APIRouter(prefix="/api/v1/admin/canned-responses", tags=["admin: canned responses"])


@router.get("")
def list_canned_responses(desk: Staff) -> dict[str, Any]:
    """The shared ones and one's own, by title."""
    return shapes.listed([shapes.canned_json(one) for one in canned.listed(desk.session, desk.viewer)])


@router.post("", status_code=201)
def make_canned_response(desk: Staff, body: shapes.CannedBody, key: Key = None) -> JSONResponse:
    """Make one. Placeholders are from a fixed table; an unknown one is refused. Shared ones are an administrator's to make."""
    return once(
        desk,
        key,
        "POST /canned-responses",
        body,
        (),
        lambda: shapes.canned_json(canned.create(desk.session, desk.viewer, **body.model_dump())),
    )


@router.get("/{number}")
def read_canned_response(desk: Staff, number: int) -> dict[str, Any]:
    """One canned response."""
    return shapes.canned_json(canned.one(desk.session, desk.viewer, number))


@router.patch("/{number}")
def change_canned_response(desk: Staff, number: int, body: shapes.CannedChanges) -> dict[str, Any]:
    """Change what is given."""
    response = canned.one(desk.session, desk.viewer, number)
    changes = body.model_dump(exclude_unset=True)
    for name, value in changes.items():
        if value is None:
            raise Refused(f"`{name}` cannot be null.", name)
    canned.change(desk.session, response, desk.viewer, **changes)
    return shapes.canned_json(response)


@router.delete("/{number}", status_code=204)
def remove_canned_response(desk: Staff, number: int) -> Response:
    """Remove it."""
    canned.remove(desk.session, canned.one(desk.session, desk.viewer, number), desk.viewer)
    return Response(status_code=204)
