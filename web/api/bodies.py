"""Bodies of requests that may bring files: JSON, or a form whose fields have the same names and whose files are `files`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from helpdesk.attachments import File
from helpdesk.text.file_names import shown_name
from web.sign_in import CSRF_FIELD, FORM_LIMITS

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Body(Generic[Model]):
    """A body that was read and checked; the files are in memory, the whole of it under the cap of all requests."""

    value: Model
    files: tuple[File, ...] = ()


def reader(model: type[Model]) -> Callable[[Request], Awaitable[Body[Model]]]:
    """A dependency that reads this model with its files; 415 for any other kind of body."""

    async def read(request: Request) -> Body[Model]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            return Body(_checked(model, await _json(request)))
        if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            return await _form(model, request)
        raise HTTPException(415)

    return read


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The body for OpenAPI, which cannot see it through the dependency."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    form = schema | {"properties": {**schema["properties"], "files": files}}
    content = {"application/json": {"schema": schema}, "multipart/form-data": {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is not JSON.") from None


async def _form(model: type[Model], request: Request) -> Body[Model]:
    form = await request.form(**FORM_LIMITS)
    fields: dict[str, Any] = {}
    files = []
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields[name] = value
        elif value.filename:
            content = await value.read()
            files.append(File(shown_name(value.filename), value.content_type or "application/octet-stream", content))
    fields.pop(CSRF_FIELD, None)
    if isinstance(fields.get("environment"), str):
        try:
            fields["environment"] = json.loads(fields["environment"])
        except (ValueError, RecursionError):
            fields.pop("environment")
    return Body(_checked(model, fields), tuple(files))


def _checked(model: type[Model], value: Any) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]) from None
