"""What goes wrong, told to the other side: problem+json (RFC 9457) below /api/, a page everywhere else. One table of statuses.

To a program 422 says that a request does not fit the description, and 409 that it does, and a rule of the helpdesk refused it: the
one is a mistake of its author, the other depends on what there is. People are told 422 for both, beside the field.
"""

from __future__ import annotations

import http
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError, IntegrityError
from starlette.exceptions import HTTPException

from helpdesk.errors import Conflict, HelpdeskError, NotAllowed, NotFound, Refused, TryLater
from web import rendering

RETRY_AFTER = "5"


class SignInNeeded(HelpdeskError):
    """Nobody is signed in, and this is not for nobody: the sign-in page, or 401."""


class TooMany(HelpdeskError):
    """More than a limit allows; `seconds` until it is worth another try."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


# the first type that fits decides; absent and foreign things have one text, so that nobody learns which it was
STATUSES: tuple[tuple[type[HelpdeskError], int, str | None], ...] = (
    (SignInNeeded, 401, None),
    (TooMany, 429, None),
    (NotAllowed, 403, None),
    (NotFound, 404, "There is nothing here, or it is not for you."),
    (Conflict, 409, None),
    (Refused, 422, None),  # of a rule: 409 below /api/
    (TryLater, 503, "We cannot answer right now; please try again in a moment."),
    (HelpdeskError, 500, "Something went wrong on our side."),
)


def add_handlers(app: FastAPI) -> None:
    """Every error of ours, of the framework and of the database's constraints gets its answer."""
    app.add_exception_handler(HelpdeskError, _ours)
    app.add_exception_handler(HTTPException, _frameworks)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(IntegrityError, _collided)


def is_api(request: Request) -> bool:
    """Programs are answered below /api/, people elsewhere."""
    return request.url.path.startswith("/api/")


def answer(
    request: Request,
    status: int,
    detail: str | None,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
    reference: str | None = None,
) -> Response:
    """The answer to a request that failed; `errors` name the fields."""
    if not is_api(request):
        page = rendering.render(request, "portal/error.html", status, code=status, detail=detail, reference=reference)
        page.headers.update(headers or {})
        return page
    errors = [{name: _sayable(text) for name, text in one.items()} for one in errors or ()]
    body: dict[str, Any] = {"type": "about:blank", "title": http.HTTPStatus(status).phrase, "status": status}
    body |= {"detail": _sayable(detail)} if detail else {}
    body |= {"errors": errors} if errors else {}
    body |= {"reference": reference} if reference else {}
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


def crashed(request: Request, reference: str) -> Response:
    """An error nobody foresaw: no word of it leaves, its reference stands in our log."""
    return answer(request, 500, None, reference=reference)


def _ours(request: Request, error: Exception) -> Response:
    status, fixed = next((status, fixed) for kind, status, fixed in STATUSES if isinstance(error, kind))
    if status == 422 and is_api(request):
        status = 409
    headers: dict[str, str] = {}
    if isinstance(error, SignInNeeded):
        if not is_api(request):
            return RedirectResponse(rendering.login_url(request), 303)
        headers["WWW-Authenticate"] = 'Bearer realm="helpdesk"'
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.seconds)
    if isinstance(error, TryLater):
        headers["Retry-After"] = RETRY_AFTER
    detail = fixed or str(error)
    field = error.field if isinstance(error, Refused) else None
    return answer(request, status, detail, headers=headers, errors=[{"field": field, "detail": detail}] if field else None)


def _frameworks(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    details = {
        404: "There is nothing here, or it is not for you.",
        405: "This address does not take such requests.",
        413: "That is too big.",
        415: "Send JSON (application/json) or a form (multipart/form-data).",
    }
    if status == 405 and is_api(request) and (allowed := _allowed(request)):
        headers = {"Allow": ", ".join(allowed)}
    detail = details.get(status) or (str(error.detail) if isinstance(error, HTTPException) and status == 400 else None)
    return answer(request, status, detail, headers=headers)


def _allowed(request: Request) -> list[str]:
    """All methods of an address of the API: the router names those of its first route only."""
    return sorted(
        method.upper()
        for path, operations in request.app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)
        for method in operations
    )


def _invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [
        {
            "field": ".".join(str(part) for part in one["loc"] if part not in ("body", "query", "path", "header")),
            "detail": one["msg"],
        }
        for one in found[:20]
    ]
    first = errors[0] if errors else {"field": "", "detail": "The request cannot be read."}
    return answer(request, 422, f"{first['field']}: {first['detail']}".removeprefix(": "), errors=errors)


def _sayable(text: str) -> str:
    """What a program sent comes back in its errors: half a surrogate pair cannot."""
    return text.encode("utf-8", "replace").decode()


def _unstorable(request: Request, _error: Exception) -> Response:
    return answer(request, 422, "It has characters or numbers that cannot be stored.")


def _collided(request: Request, _error: Exception) -> Response:
    return answer(request, 409, "Somebody was faster: it changed meanwhile.")
