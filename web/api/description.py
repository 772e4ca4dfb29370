"""The OpenAPI document: what the framework finds in the handlers, completed by what all of them share.

Bodies come from their readers (web/api/bodies.py), answers from the handlers' types, examples from web/api/examples.py, errors from
the one table below; nothing of it is written at a handler.
"""

from __future__ import annotations

import http
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from helpdesk.settings import Settings
from web import deps
from web.api import bodies
from web.api.examples import EXAMPLES

PROBLEM = "application/problem+json"
REF = "#/components/schemas/"
# what can go wrong: its sentence, which requests it can happen to, and the headers of the answer
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to sign in."}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds until it is worth another try."}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds until it is worth another try."}},
}
ERRORS: Mapping[int, str] = {
    400: "The request cannot be read: a body that is no JSON, a NUL in the address.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "Not with this role, this token's scopes, or from this site.",
    404: "Absent, or not for you: both get the same answer.",
    409: "It fits the description, and cannot be done as things are; `errors` names the field where one is at fault.",
    413: "The request is too big.",
    415: "Neither JSON nor, where files may come along, a form.",
    422: "It does not fit the description; `errors` names the fields.",
    429: "Too often: wait `Retry-After` seconds.",
    503: "We cannot answer right now: try again in a moment.",
}
TAGS: Mapping[str, str] = {
    "tickets": "What requesters do: open a ticket, follow it, write on it. Agents may do the same.",
    "public": "What anybody may read.",
    "admin: tickets": "The queue and triage, for agents and administrators.",
    "admin: canned responses": "Answers that are ready, and what they do besides.",
    "admin: held mail": "Mail that waits for a decision, with its numbered reason.",
    "admin: outbox": "Every mail that left or waits to leave.",
    "admin: people": "Who wrote and who works here. Administrators add and change them.",
    "admin: FAQ": "Frequently asked questions, for administrators.",
    "admin: metrics": "The figures of the helpdesk.",
    "admin: webhooks": "Where events are posted to, for administrators.",
    "admin: audit": "What happened, by whom, through which door; for administrators.",
    "admin: tokens": "One's own tokens for programs.",
}
ABOUT = (
    "JSON over HTTP. A program signs in with `Authorization: Bearer TOKEN`. Lists are `items` and `next`, the cursor of the next "
    "page or null. Errors are problem+json (RFC 9457). A POST with an `Idempotency-Key` is done once, however often it is sent."
)


def complete(app: FastAPI, routers: Sequence[APIRouter], settings: Settings, cookie: str) -> None:
    """From now on `app.openapi()` gives the completed document; it is made once."""
    found = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        return _completed(deepcopy(found()), routers, settings, cookie)

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any], routers: Sequence[APIRouter], settings: Settings, cookie: str) -> dict[str, Any]:
    routes = [one for router in routers for one in router.routes if isinstance(one, APIRoute) and one.include_in_schema]
    readers = {reader.model: reader for route in routes for reader in _readers(route.dependant)}
    _, made = models_json_schema([(model, "validation") for model in readers], ref_template=REF + "{model}")
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.update(made.get("$defs", {}))
    schemas["Problem"] = _problem()
    for name, schema in schemas.items():
        if name in EXAMPLES and "examples" not in schema:
            schema["examples"] = [EXAMPLES[name]]
    document["info"]["description"] = ABOUT
    document["servers"] = [{"url": settings.base_url}]
    document["components"]["responses"] = {str(status): _error(status, about) for status, about in ERRORS.items()}
    document["components"]["securitySchemes"] = _security(cookie)
    used: set[str] = set()
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"][route.path][method.lower()]
            _complete(operation, route, method, schemas)
            used.update(operation.get("tags", ()))
    document["tags"] = [{"name": name, "description": about} for name, about in TAGS.items() if name in used]
    return document


def _complete(operation: dict[str, Any], route: APIRoute, method: str, schemas: Mapping[str, Any]) -> None:
    about = operation.get("description", "")
    operation["operationId"] = route.name
    operation["summary"] = about.partition("\n")[0].partition(". ")[0].partition("; ")[0].removesuffix(".")
    private = "/admin/" in route.path or any(_needs(route.dependant, one) for one in (deps.signed_in, deps.for_somebody))
    operation["security"] = ([] if private else [{}]) + [{"token": []}, {"session": []}, {"main_site": []}]
    for reader in _readers(route.dependant):
        operation["requestBody"] = bodies.described(reader, schemas[reader.model.__name__])
        _show(operation["requestBody"], schemas)
    answered = {code: one for code, one in operation["responses"].items() if code != "422"}
    for one in answered.values():
        _show(one, schemas)
    errors = {str(status): {"$ref": f"#/components/responses/{status}"} for status in _possible(operation, route.path, method)}
    operation["responses"] = answered | errors


def _possible(operation: Mapping[str, Any], path: str, method: str) -> Iterator[int]:
    parameters, body = operation.get("parameters", ()), "requestBody" in operation
    yield from (400, 401, 403)
    if "{" in path or "/admin/" in path:
        yield 404
    if method != "GET" or any(one["in"] == "query" for one in parameters):
        yield 409
    if body:
        yield from (413, 415)
    if body or parameters:
        yield 422
    yield from (429, 503)


def _show(part: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """Give each kind of content of a body or an answer its example."""
    for kind, content in part.get("content", {}).items():
        example = _example(content.get("schema", {}), schemas)
        if example is None and kind == bodies.FORM:
            example = _example(part["content"][bodies.JSON]["schema"], schemas)
        if example is not None and "example" not in content and "examples" not in content:
            content["example"] = example


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    name = str(schema.get("$ref") or schema.get("anyOf", [{}])[0].get("$ref") or "").removeprefix(REF)
    found = schemas.get(name, {})
    if found.get("examples"):
        return found["examples"][0]
    if set(found.get("properties", ())) == {"items", "next"}:
        item = _example(found["properties"]["items"]["items"], schemas)
        return {"items": [item], "next": None} if item is not None else None
    return None


def _readers(dependant: Dependant) -> Iterator[bodies.Reader[Any]]:
    for one in dependant.dependencies:
        if isinstance(one.call, bodies.Reader):
            yield one.call
        yield from _readers(one)


def _needs(dependant: Dependant, wanted: Any) -> bool:
    return any(one.call is wanted or _needs(one, wanted) for one in dependant.dependencies)


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "title": "Problem",
        "description": "What went wrong (RFC 9457); `errors` name the fields, `reference` stands in our log.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {
                "type": "array",
                "items": {"type": "object", "required": ["field", "detail"], "properties": {"field": text, "detail": text}},
            },
            "reference": text,
        },
    }


def _error(status: int, about: str) -> dict[str, Any]:
    example = {"type": "about:blank", "title": http.HTTPStatus(status).phrase, "status": status, "detail": about}
    content = {PROBLEM: {"schema": {"$ref": f"{REF}Problem"}, "example": EXAMPLES["Problem"] if status == 422 else example}}
    return {"description": about, "content": content} | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _security(cookie: str) -> dict[str, Any]:
    return {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `POST /api/v1/admin/tokens`, of the page Access, or of `helpdesk token create`: its "
            "person's rights or, with the scopes `read` and `tickets`, less.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "A browser that is signed in; whatever changes something sends `X-CSRF-Token` too.",
        },
        "main_site": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The main site's word for one of its customers (settings JWT_*); never staff.",
        },
    }
