"""API for staff: one's own tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from helpdesk.sign_in import credentials, own_access
from web.api import answers, bodies, shapes, told
from web.api.bodies import Body
from web.api.parameters import Number
from web.deps import Staff

router = APIRouter(prefix="/api/v1/admin/tokens", tags=["admin: tokens"])
NewToken = Annotated[Body[shapes.TokenBody], Depends(bodies.json_of(shapes.TokenBody))]


@router.get("")
def list_tokens(desk: Staff) -> shapes.Listed[answers.Token]:
    """One's own tokens that still open something, the newest first."""
    return shapes.listed([told.token_json(one) for one in own_access.tokens_of(desk.session, desk.me)])


@router.post("", status_code=201, response_model=answers.NewToken)
def make_token(body: NewToken, desk: Staff) -> JSONResponse:
    """Make a token; it is seen this once."""
    token = credentials.create_token(desk.session, desk.me, body.value.name, body.value.scopes, desk.viewer)
    desk.session.flush()
    (made, *_) = own_access.tokens_of(desk.session, desk.me)
    return JSONResponse({**told.token_json(made), "token": token}, 201)


@router.delete("/{number}", status_code=204)
def revoke_token(desk: Staff, number: Number) -> Response:
    """Revoke one of one's own tokens: it opens nothing any more."""
    own_access.revoke_token(desk.session, desk.viewer, number)
    return Response(status_code=204)
