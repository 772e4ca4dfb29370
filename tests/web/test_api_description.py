"""The OpenAPI document and the pages made from it: everything has a name, an example that fits, and its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from helpdesk.sign_in.credentials import SCOPES
from web.api import shapes
from web.api.docs import key_of

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, of_path in document["paths"].items():
        for method, operation in of_path.items():
            yield method, path, operation


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every kind of body and answer that is no file, with where it stands."""
    for method, path, operation in operations(document):
        parts = [operation["requestBody"]] if "requestBody" in operation else []
        parts += [one for status, one in operation["responses"].items() if status.startswith("2")]
        for part in parts:
            for kind, content in part.get("content", {}).items():
                if kind in ("application/json", "multipart/form-data"):
                    yield f"{method} {path} {kind}", content


def test_it_is_openapi_3_1_and_names_every_operation_once(document: dict[str, Any], client: TestClient) -> None:
    assert document["openapi"].startswith("3.1")
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) > 40
    assert client.get("/api/openapi.json").json() == document


def test_every_operation_has_a_summary_one_group_and_a_way_to_sign_in(document: dict[str, Any]) -> None:
    groups = {one["name"] for one in document["tags"]}
    for method, path, operation in operations(document):
        assert operation["summary"], path
        assert len(operation["tags"]) == 1, path
        assert set(operation["tags"]) <= groups, path
        assert ({} in operation["security"]) == (path in PUBLIC[method]), path
    assert set(document["components"]["securitySchemes"]) == {"token", "session", "main_site"}


PUBLIC: dict[str, set[str]] = {
    "get": {"/api/v1/tickets/{number}", "/api/v1/known-issues", "/api/v1/faq"},
    "post": {"/api/v1/tickets"},
    "patch": set(),
    "delete": set(),
}


def test_every_body_and_answer_has_an_example_that_fits_it(document: dict[str, Any]) -> None:
    where = []
    for place, content in contents(document):
        schema = content["schema"] | {"components": document["components"]}
        assert content.get("example") is not None, place
        assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(content["example"])] == [], place
        where.append(place)
    assert len(where) > 50


def test_every_error_is_a_problem_that_is_described_once(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        errors = {status: one for status, one in operation["responses"].items() if not status.startswith("2")}
        assert errors.keys() >= {"400", "401", "403", "429", "503"}, path
        assert all(one == {"$ref": f"#/components/responses/{status}"} for status, one in errors.items()), path
        assert ("404" in errors) or "{" not in path, path
        assert ("415" in errors) == ("requestBody" in operation), path
    for one in document["components"]["responses"].values():
        assert set(one["content"]) == {"application/problem+json"}


def test_every_list_is_items_and_next(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    lists = [name for name in schemas if name.startswith("Listed_")]
    assert len(lists) >= 11
    assert all(set(schemas[name]["required"]) == {"items", "next"} for name in lists)


def test_files_come_with_a_form(document: dict[str, Any]) -> None:
    form = document["paths"]["/api/v1/tickets"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["files"]["items"] == {"type": "string", "format": "binary"}


def test_the_scopes_of_a_body_are_those_that_there_are() -> None:
    schema = shapes.TokenBody.model_json_schema()["properties"]["scopes"]["items"]
    assert schema["enum"] == list(SCOPES)


def test_the_pages_say_every_operation_with_a_line_to_try_it(client: TestClient, document: dict[str, Any]) -> None:
    start = client.get("/api/docs").text
    for tag in {operation["tags"][0] for _, _, operation in operations(document)}:
        page = client.get(f"/api/docs/{key_of(tag)}")
        assert page.status_code == 200
        assert "<script>" not in page.text
        for _, _, operation in operations(document):
            if operation["tags"] == [tag]:
                assert f'id="{operation["operationId"]}"' in page.text
                assert f'/api/docs/{key_of(tag)}#{operation["operationId"]}"' in start
        assert page.text.count("curl https://help.test/api/v1/") >= 1
        assert set(re.findall(r'(?:src|href)="https?://([^"]*)"', page.text)) == set()
    assert client.get("/api/docs/nothing").status_code == 404
