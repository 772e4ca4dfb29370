"""Scopes of tokens: what each leaves out, as a table, and that every route of the API obeys."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.errors import NotAllowed
from helpdesk.models import Ticket
from helpdesk.sign_in import credentials
from tests.web.conftest import Cast
from web import scopes

V1 = "/api/v1"


@pytest.mark.parametrize(
    ("given", "method", "path", "allowed"),
    [
        ([], "DELETE", "/people/1", True),
        (["read"], "GET", "/people", True),
        (["read"], "HEAD", "/people", True),
        (["read"], "POST", "/tickets", False),
        (["read"], "PATCH", "/admin/tickets/1", False),
        (["read"], "DELETE", "/tickets/1/upvote", False),
        (["tickets"], "POST", "/tickets", True),
        (["tickets"], "POST", "/tickets/1/comments", True),
        (["tickets"], "GET", "/known-issues", True),
        (["tickets"], "GET", "/faq", True),
        (["tickets"], "GET", "/my-tickets", True),
        (["tickets"], "GET", "/attachments/x", True),
        (["tickets"], "PATCH", "/admin/tickets/1", True),
        (["tickets"], "GET", "/admin/people", False),
        (["tickets"], "GET", "/admin/webhooks", False),
        (["tickets"], "GET", "/admin/held", False),
        (["tickets"], "GET", "/admin/metrics", False),
        (["tickets"], "GET", "/admin/canned-responses", False),
        (["tickets"], "GET", "/admin/tickets-of-others", False),
        (["tickets"], "GET", "/admin", False),
        (["read", "tickets"], "GET", "/admin/tickets", True),
        (["read", "tickets"], "POST", "/tickets", False),
        (["read", "tickets"], "GET", "/admin/audit", False),
    ],
)
def test_each_scope_takes_away_what_it_leaves_out(given: list[str], method: str, path: str, allowed: bool) -> None:
    try:
        scopes.check(given, method, V1 + path)
    except NotAllowed:
        assert not allowed
    else:
        assert allowed


def test_a_token_for_tickets_is_no_more_than_that(client: TestClient, cast: Cast, engine: Engine, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        token = credentials.create_token(session, session.merge(cast.people["dora"]), "robot", ["tickets"])
    headers = {"Authorization": f"Bearer {token}"}
    answers = {
        path: client.get(f"{V1}{path}", headers=headers).status_code
        for path in ("/admin/tickets/1", "/my-tickets", "/known-issues", "/admin/held", "/admin/metrics", "/admin/canned-responses")
    }
    assert list(answers.values()) == [200, 200, 200, 403, 403, 403], answers
    assert client.patch(f"{V1}/admin/tickets/1", headers=headers, json={"priority": "low"}).status_code == 200
