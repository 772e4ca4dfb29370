"""The pages that say what the API can do, made from its own description: no script, nothing from elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from helpdesk.errors import NotFound
from helpdesk.text import markdown
from web import rendering
from web.api import bodies
from web.api.description import ERRORS, REF, TAGS
from web.deps import Anyone

router = APIRouter(include_in_schema=False)
PLACES = {"number": "ELM-007", "identifier": "5f0d0c4e-3a54-4c60-9d2e-0a4f4d8f6f11"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer: its name, its type in words, whether it must be given."""

    name: str
    type: str
    required: bool
    about: Markup


@router.get("/api/docs")
def docs(request: Request, desk: Anyone) -> Response:
    """What all requests share, and every endpoint in one line."""
    description: dict[str, Any] = request.app.openapi()
    errors = [{"status": status, "about": _said(about)} for status, about in ERRORS.items()]
    url = desk.web.installation.settings.base_url
    return rendering.render(request, "portal/api_docs.html", groups=_groups(description), group=None, errors=errors, base_url=url)


@router.get("/api/docs/{group}")
def docs_of(request: Request, desk: Anyone, group: str) -> Response:
    """The endpoints of one group, with their parameters, bodies, answers and a line to try them."""
    description: dict[str, Any] = request.app.openapi()
    groups = _groups(description)
    chosen = next((one for one in groups if one["key"] == group), None)
    if chosen is None:
        raise NotFound("There is no such group.")
    endpoints = [_whole(description, one) for one in chosen["endpoints"]]
    shown: dict[str, str] = {}
    for one in endpoints:
        if one["answer"] and (first := shown.setdefault(one["answer"], one["id"])) != one["id"]:
            one["same_as"] = first
    return rendering.render(
        request, "portal/api_docs.html", groups=groups, group=chosen | {"endpoints": endpoints}, errors=[],
        base_url=desk.web.installation.settings.base_url,
    )  # fmt: skip


def key_of(tag: str) -> str:
    """A group's name in addresses."""
    return tag.lower().replace(": ", "-").replace(" ", "-")


def _capitalised(words: str) -> str:
    """Canned responses."""
    return words[:1].upper() + words[1:]


def _groups(description: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {tag: [] for tag in TAGS}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            line = {"id": operation["operationId"], "method": method.upper(), "path": path, "operation": operation}
            found[operation["tags"][0]].append(line | {"summary": _said(operation["summary"])})
    return [
        {
            "key": key_of(tag),
            "name": _capitalised(tag.removeprefix("admin: ")),
            "staff": tag.startswith("admin: "),
            "about": TAGS[tag],
            "endpoints": endpoints,
        }
        for tag, endpoints in found.items()
        if endpoints
    ]


def _whole(description: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    operation, schemas = line["operation"], description["components"]["schemas"]
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get(bodies.JSON, {})
    status, answer = next((status, one) for status, one in operation["responses"].items() if status.startswith("2"))
    given = answer.get("content", {}).get(bodies.JSON, {})
    parameters = [
        Field(
            one["name"],
            f"{_type(one['schema'])}, in the {one['in']}",
            one.get("required", False),
            _said(one.get("description", "")),
        )
        for one in operation.get("parameters", ())
    ]
    return {
        **line,
        "about": Markup(markdown.to_html(operation.get("description", "")) or ""),  # noqa: S704  (our own words, sanitised)
        "open": {} in operation["security"],
        "parameters": parameters,
        "body": _fields(body.get("schema", {}), schemas),
        "files": bodies.FORM in content,
        "curl": _curl(description["servers"][0]["url"], line, body.get("example"), signed={} not in operation["security"]),
        "status": status,
        "answer": json.dumps(given["example"], indent=2, ensure_ascii=False) if "example" in given else None,
        "same_as": None,
        "errors": [code for code in operation["responses"] if not code.startswith("2")],
    }


def _said(text: str) -> Markup:
    """Words of the description; what stands between backticks is code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(one) if number % 2 else escape(one) for number, one in enumerate(parts))


def _curl(base_url: str, line: Mapping[str, Any], body: Any, *, signed: bool) -> str:
    number = "ELM-007" if "/tickets/" in line["path"] else "12"
    path = line["path"].replace("{number}", number).replace("{identifier}", PLACES["identifier"]).replace("{delivery}", "88")
    usual = "POST" if body is not None else "GET"
    parts = [f"curl {base_url}{path}"] + ([f"-X {line['method']}"] if line["method"] != usual else [])
    parts += ['-H "Authorization: Bearer $TOKEN"'] if signed else []
    parts += [f"--json {shlex.quote(json.dumps(body, ensure_ascii=False))}"] if body is not None else []
    return " \\\n  ".join(parts)


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Field]:
    whole = schemas.get(schema.get("$ref", "").removeprefix(REF), schema)
    return [
        Field(name, _type(one, schemas), name in whole.get("required", ()), _said(one.get("description", "")))
        for name, one in whole.get("properties", {}).items()
    ]


def _type(schema: Mapping[str, Any], schemas: Mapping[str, Any] | None = None) -> str:
    """A schema in a few words: "low | medium | high", "text, at most 500", "list of text"."""
    found = (schemas or {}).get(schema.get("$ref", "").removeprefix(REF), schema)
    if "enum" in found:
        return " | ".join(f"“{one}”" if one == "" else str(one) for one in found["enum"])
    if "anyOf" in found:
        words = dict.fromkeys(_type(one, schemas) for one in found["anyOf"] if one.get("const") != "")
        return " or ".join(word for word in words if word != "null" or schemas is not None)
    if "const" in found:
        return f"“{found['const']}”"
    if found.get("type") == "array":
        return f"list of {_type(found.get('items', {}), schemas)}"
    known = {
        "string": "text",
        "integer": "number",
        "boolean": "true or false",
        "null": "null",
        "object": "object",
        "number": "number",
    }
    word = {"date-time": "time", "date": "day", "uuid": "uuid"}.get(
        found.get("format", ""), known.get(str(found.get("type")), "any")
    )
    most = found.get("maxLength", found.get("maximum"))
    return f"{word}, at most {most}" if most and most < 10**9 else word
