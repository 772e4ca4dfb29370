"""Idempotency-Key: once, whatever the network does."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import Comment, IdempotencyKey, Ticket
from tests.web.conftest import Api

KEY = {"Idempotency-Key": "k-1"}


def count(engine: Engine, table: type[Any]) -> int:
    with db.transaction(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_key_gets_the_same_answer_and_is_done_once(api: Api, engine: Engine, ticket: Ticket) -> None:
    answers = [api("bob", "POST", "/admin/tickets/1/reply", json={"content": "x"}, headers=KEY) for _ in range(3)]
    assert [(one.status_code, one.json()) for one in answers] == [(201, answers[0].json())] * 3
    assert [one.headers.get("idempotent-replayed") for one in answers] == [None, "true", "true"]
    assert count(engine, Comment) == 1


def test_a_file_is_kept_once_and_a_second_request_counts_no_second_time(
    api: Api, app: FastAPI, installation: Installation, ticket: Ticket
) -> None:
    far = TestClient(app, base_url="https://help.test", client=("192.0.2.77", 1), headers=KEY)
    data, files = {"title": "x", "email": "a@example.com"}, {"files": ("a.txt", b"x")}
    assert [far.post("/api/v1/tickets", data=data, files=files).status_code for _ in range(8)] == [201] * 8
    threads = [
        threading.Thread(target=api, args=("bob", "POST", "/admin/tickets/1/reply"), kwargs={"data": {"content": "x"}, "files": files, "headers": KEY})
        for _ in range(4)
    ]  # fmt: skip
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(one.is_file() for one in installation.storage.directory.rglob("*")) == 2


def test_the_same_key_with_another_body_is_refused(api: Api, engine: Engine, ticket: Ticket) -> None:
    api("bob", "POST", "/admin/tickets/1/reply", json={"content": "x"}, headers=KEY)
    assert api("bob", "POST", "/admin/tickets/1/reply", json={"content": "y"}, headers=KEY).status_code == 409
    assert count(engine, Comment) == 1


@pytest.mark.parametrize("name", ["dora", "alice"])
def test_a_key_is_of_one_person_and_one_address(api: Api, engine: Engine, ticket: Ticket, name: str) -> None:
    api("bob", "POST", "/tickets/1/comments", json={"content": "x"}, headers=KEY)
    api(name, "POST", "/tickets/1/comments", json={"content": "x"}, headers=KEY)
    api("bob", "POST", "/admin/tickets/1/reply", json={"content": "x"}, headers=KEY)
    assert count(engine, Comment) == 3


def test_a_key_of_nobody_is_of_the_address_they_gave(api: Api, engine: Engine) -> None:
    for address in ("a@example.com", "a@example.com", "b@example.com"):
        assert api("nobody", "POST", "/tickets", json={"title": "x", "email": address}, headers=KEY).status_code == 201
    assert count(engine, Ticket) == 2


def test_a_refused_request_leaves_its_key_free(api: Api, engine: Engine, ticket: Ticket) -> None:
    assert api("bob", "POST", "/admin/tickets/1/reply", json={"content": " "}, headers=KEY).status_code == 422
    assert count(engine, IdempotencyKey) == 0
    assert api("bob", "POST", "/admin/tickets/1/reply", json={"content": "x"}, headers=KEY).status_code == 201


def test_two_at_the_same_time_are_one(api: Api, engine: Engine, ticket: Ticket) -> None:
    answers: list[tuple[int, int]] = []

    def ask() -> None:
        answer = api("bob", "POST", "/admin/tickets/1/reply", json={"content": "x"}, headers=KEY)
        answers.append((answer.status_code, answer.json()["id"]))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(answers), len(set(answers)), count(engine, Comment)) == (8, 1, 1)
