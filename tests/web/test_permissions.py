"""The permission table holds at every route, and no route is missing from it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.testclient import TestClient

from helpdesk import attachments, canned, db
from helpdesk.attachments import File
from helpdesk.installation import Installation
from helpdesk.models import Ticket
from helpdesk.permissions import Via, viewer_of
from helpdesk.webhooks import hooks
from tests.web.conftest import Browser, Cast, csrf
from tests.web.held_mails import hold
from tests.web.permission_table import CAST, TABLE, Row
from web.app import ROUTERS

ROUTES = sorted(
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
)


def test_every_route_is_in_the_table_and_every_row_is_a_route() -> None:
    assert sorted(TABLE) == ROUTES


@pytest.mark.parametrize(("method", "path"), sorted(TABLE), ids=str)
def test_everybody_gets_what_the_table_says(
    method: str, path: str, installation: Installation, client: TestClient, browser: Browser, cast: Cast, ticket: Ticket
) -> None:
    row = TABLE[method, path]
    file = _file_of(installation, ticket)
    answers = []
    for name in CAST:
        names = {
            "ticket": f"ELM-{ticket.number:03d}",
            "file": file,
            "canned": _canned(installation.engine, cast),
            "held": str(hold(installation)),
            **_hook(installation.engine, cast),
        }
        filled = path.format(**{key: value.format(**names) for key, value in row.where.items()})
        answers.append(_ask(name, method, filled, row, client, browser, cast))
    assert dict(zip(CAST, answers, strict=True)) == dict(zip(CAST, row.statuses, strict=True))


def _ask(name: str, method: str, path: str, row: Row, client: TestClient, browser: Browser, cast: Cast) -> int:
    if row.page:
        asker = client if name == "nobody" else browser(name)
        headers = {} if name == "nobody" or method == "GET" else csrf(asker)
        return asker.request(method, path, data=row.body, headers=headers).status_code
    body: dict[str, Any] | None = row.body
    if name == "nobody" and path.endswith("/tickets") and body is not None:
        body = body | {"email": "new@example.com"}
    return client.request(method, path, json=body, headers=cast.headers(name)).status_code


def _file_of(installation: Installation, ticket: Ticket) -> str:
    stored = attachments.store(installation.storage, [File("log.txt", "text/plain", b"smoke")])
    with db.transaction(installation.engine) as session:
        return str(attachments.attach(session, ticket.number, None, stored)[0].id)


def _canned(engine: Engine, cast: Cast) -> str:
    with db.transaction(engine) as session:
        dora = viewer_of(session.merge(cast.people["dora"]), Via.WEB)
        return str(canned.create(session, dora, title="Hello", content="Hello {user_name}").id)


def _hook(engine: Engine, cast: Cast) -> dict[str, str]:
    with db.transaction(engine) as session:
        dora = viewer_of(session.merge(cast.people["dora"]), Via.WEB)
        made = hooks.create(session, dora, url="https://hooks.example.com/x")
        return {"hook": str(made.id), "delivery": str(hooks.test(session, made, dora).id)}
