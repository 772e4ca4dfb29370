"""The page that lists what the API can do, made from its own description: no script, nothing from elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from web import rendering
from web.deps import Anyone

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
def docs(request: Request, desk: Anyone) -> Response:
    """Every endpoint with its parameters and body."""
    description: dict[str, Any] = request.app.openapi()
    endpoints = [
        {
            "method": method.upper(),
            "path": path,
            "about": operation.get("description", ""),
            "parameters": [one["name"] for one in operation.get("parameters", [])],
            "body": _fields(operation, description),
        }
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]
    return rendering.render(request, "portal/api_docs.html", endpoints=endpoints)


def _fields(operation: dict[str, Any], description: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", {}))
