"""Page: an agent's own tokens for programs: made with a name and scopes, shown once, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from helpdesk.errors import Refused
from helpdesk.sign_in import credentials, own_access
from web import rendering
from web.deps import Desk, Staff
from web.pages import shell
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
HERE = "/admin/tokens"
LABELS = {"tickets": "Tickets only", "read": "Reading only"}
ALL = "all"
CHOICES = (
    ("read tickets", "Read tickets", "with their comments and files, known issues and FAQ; it changes nothing"),
    ("tickets", "Work on tickets", "read, answer and change them; no people, webhooks, held mail or figures"),
    ("read", "Read everything", "whatever you may read; it changes nothing"),
    (ALL, "All your rights", "for programs that need more than the above"),
)


@router.get(HERE)
def show(request: Request, desk: Staff) -> Response:
    """The tokens that still open something."""
    return _page(request, desk)


@router.post(HERE)
def create(request: Request, desk: Staff, name: Line = "", scope: Annotated[list[str] | None, Form()] = None) -> Response:
    """Make one; its page is the only time that it is seen."""
    chosen = " ".join(scope or ()).split()
    form = {"name": name, "scope": " ".join(chosen)}
    try:
        if not name.strip():
            raise Refused("Say what it is for: you will want to know when you look at the list.", "name")
        if not chosen:
            raise Refused("Choose what it may do.", "scopes")
        token = credentials.create_token(desk.session, desk.me, name.strip(), () if chosen == [ALL] else chosen, desk.viewer)
    except Refused as error:
        return _page(request, desk, form, {error.field or "name": str(error)}, status=422)
    desk.session.flush()
    return _page(request, desk, made=(name.strip(), token), status=201)


@router.post(HERE + "/{number}/revoke")
def revoke(request: Request, desk: Staff, number: int) -> Response:
    """It opens nothing from the next request on."""
    name = own_access.revoke_token(desk.session, desk.viewer, number)
    return rendering.see_other(request, HERE, f"The token “{name or 'without a name'}” is revoked.")


def _page(
    request: Request,
    desk: Desk,
    form: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    tokens = [
        {
            "number": one.id,
            "name": one.name,
            "scopes": [LABELS.get(scope, scope) for scope in one.scopes],
            "created_at": one.created_at,
            "used_at": one.used_at,
        }
        for one in own_access.tokens_of(desk.session, desk.me)
    ]
    return rendering.render(
        request,
        "portal/admin/api_tokens.html",
        status,
        **shell.frame(desk, section="security"),
        tokens=tokens,
        made=made,
        form=form or {"name": "", "scope": CHOICES[0][0]},
        errors=errors or {},
        scope_choices=CHOICES,
        example=f"{desk.web.installation.settings.base_url}/api/v1/admin/tickets",
    )
