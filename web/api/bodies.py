"""Bodies of requests: JSON, or where files may come along a form whose fields have the same names and whose files are `files`.

A handler takes its body before its desk: nobody holds a transaction open while a slow sender sends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
JSON, FORM, FIELDS = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Body(Generic[Model]):
    """A body that was read and checked; the files are in memory, the whole of it under the cap of all requests."""

    value: Model
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader(Generic[Model]):
    """A dependency that reads this model; 415 for any other kind of body. `forms`: it may come as a form, with files."""

    model: type[Model]
    forms: bool = False

    async def __call__(self, request: Request) -> Body[Model]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == JSON:
            return Body(self._checked(await _json(request)))
        if self.forms and kind in (FORM, FIELDS):
            fields, files = await _form(request)
            return Body(self._checked(fields), files)
        raise HTTPException(415)

    def _checked(self, value: Any) -> Model:
        try:
            return self.model.model_validate(value)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


def json_of(model: type[Model]) -> Reader[Model]:
    """Reads a JSON body."""
    return Reader(model)


def with_files(model: type[Model]) -> Reader[Model]:
    """Reads a JSON body, or a form with files."""
    return Reader(model, forms=True)


def described(reader: Reader[Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The body for the description; `schema` is its model's, for the form needs one of its own."""
    content: dict[str, Any] = {JSON: {"schema": {"$ref": f"#/components/schemas/{reader.model.__name__}"}}}
    if reader.forms:
        files = {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": FORM_LIMITS["max_files"]}
        form = {key: value for key, value in schema.items() if key != "examples"}
        fields = {name: _never_null(field) for name, field in schema["properties"].items()}
        content[FORM] = {"schema": form | {"properties": {**fields, "files": files}}}
    return {"required": True, "content": content}


def _never_null(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field of a form is text: what would be null is left out."""
    choices = [one for one in field.get("anyOf", ()) if one != {"type": "null"}]
    return choices[0] if len(choices) == 1 and len(field["anyOf"]) == 2 else field


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is not JSON.") from None


async def _form(request: Request) -> tuple[dict[str, Any], tuple[File, ...]]:
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
    return fields, tuple(files)
