"""What holds for every answer: headers, errors that tell nothing, trouble of ours as 503, probes and figures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import Engine, event, text
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import Ticket
from tests.web.conftest import LOCAL, Api, Browser, Cast
from web import deps
from web.api.bodies import Reader
from web.app import ROUTERS, create_app
from web.deps import Anyone
from web.pages import form

PATHS = [
    "/login",
    "/nothing",
    "/api/v1/known-issues",
    "/api/v1/nothing",
    "/healthz",
    "/static/app.css",
    "/static/%2e%2e/app.py",
    "/crash",
]


@pytest.fixture
def crashing(installation: Installation) -> Iterator[TestClient]:
    """An application with a handler that breaks, and one whose commit does."""
    app = create_app(installation)

    @app.get("/crash")
    @app.get("/api/crash")
    def crash() -> None:
        raise RuntimeError("secret detail at /srv/x postgresql://u:p@h/d")

    @app.post("/api/late")
    def late(desk: Anyone) -> dict[str, bool]:
        event.listen(desk.session, "before_commit", _broken)
        return {"done": True}

    with TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False) as client:
        yield client


def _broken(_session: object) -> None:
    raise RuntimeError("the commit failed")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers_of_the_floor(crashing: TestClient, path: str) -> None:
    headers = crashing.get(path).headers
    policy = headers["content-security-policy"]
    assert all(part in policy for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"))
    assert "unsafe" not in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert headers["cache-control"] == ("public, max-age=300" if path == "/static/app.css" else "no-store")


def test_a_static_file_under_its_version_is_kept_for_a_year(client: TestClient, app: FastAPI) -> None:
    address = f"/static/app.css?v={app.state.web.site.version}"
    assert address in client.get("/api/docs").text
    assert client.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/crash", "/api/crash"])
def test_a_crash_tells_a_reference_and_nothing_else(crashing: TestClient, caplog: pytest.LogCaptureFixture, path: str) -> None:
    answer = crashing.get(path)
    assert answer.status_code == 500
    assert not any(word in answer.text for word in ("secret", "srv", "postgresql", "Traceback", "RuntimeError"))
    reference = next(one.reference for one in caplog.records if hasattr(one, "reference"))
    assert reference in answer.text


def test_a_client_that_goes_away_while_it_uploads_is_no_crash(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    headers = [(b"host", b"help.test"), (b"content-type", b"multipart/form-data; boundary=b"), (b"origin", b"https://help.test")]
    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/submit", "raw_path": b"/submit", "query_string": b"",
        "scheme": "https", "root_path": "", "server": ("help.test", 443), "client": LOCAL, "headers": headers,
    }  # fmt: skip
    begun = b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nPrin'
    said: list[Message] = [{"type": "http.request", "body": begun, "more_body": True}, {"type": "http.disconnect"}]
    answered: list[Message] = []

    async def receive() -> Message:
        return said.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    with caplog.at_level(logging.DEBUG, "helpdesk.web"):
        asyncio.run(app(scope, receive, send))
    assert (said, answered) == ([], [])
    assert [one.levelname for one in caplog.records if one.name == "helpdesk.web"] == ["DEBUG"]


def test_a_failed_commit_is_never_answered_as_done(crashing: TestClient, cast: Cast) -> None:
    assert crashing.post("/api/late").status_code == 500


def test_a_database_that_is_away_is_503_and_not_ready_but_alive(installation: Installation, tmp_path: Path) -> None:
    away = db.connect(f"postgresql+psycopg://x@/x?host={tmp_path}")
    app = create_app(replace(installation, engine=away))
    with TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False) as client:
        for answer in (client.get("/api/v1/known-issues"), client.get("/login"), client.post("/login", data={"address": "a@b.c"})):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert str(tmp_path) not in answer.text
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
    away.dispose()


def test_an_older_schema_is_not_ready(client: TestClient, engine: Engine) -> None:
    assert client.get("/readyz").text == "ready\n"
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0000'"))
    assert (client.get("/readyz").status_code, "0000" in client.get("/readyz").text) == (503, True)


def test_a_broker_that_is_away_is_a_warning(installation: Installation, tmp_path: Path) -> None:
    settings = installation.settings.model_copy(update={"broker_url": f"unix://{tmp_path}/none.sock"})
    with TestClient(create_app(replace(installation, settings=settings)), client=LOCAL) as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.text) == (200, "ready\nwarning: the broker does not answer\n")


def test_figures_for_prometheus_are_for_private_networks(app: FastAPI, api: Api, client: TestClient, ticket: Ticket) -> None:
    api("bob", "GET", "/admin/tickets/1")
    figures = client.get("/metrics").text
    assert 'helpdesk_http_requests_total{method="GET",route="/api/v1/admin/tickets/{number}",status="200"} 1.0' in figures
    for line in (
        'helpdesk_inbound_mails{state="held"} 0.0',
        'helpdesk_outbox_mails{state="queued"}',
        "helpdesk_outbox_oldest_due_seconds",
    ):
        assert line in figures
    assert TestClient(app, client=("9.9.9.9", 1)).get("/metrics").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/admin/tickets?q=%00", 400), ("/api/v1/tickets/%00", 400), ("/api/v1/admin/canned-responses/" + "9" * 30, 422),
     ("/api/v1/admin/tickets?q=" + "x+" * 20_000, 422), ("/api/v1/attachments/no-uuid", 422)],
)  # fmt: skip
def test_nonsense_in_an_address_is_an_error_of_the_asker(api: Api, path: str, status: int) -> None:
    assert api("bob", "GET", path.removeprefix("/api/v1")).status_code == status


def test_a_body_over_the_cap_is_413_with_or_without_a_length(client: TestClient, cast: Cast, installation: Installation) -> None:
    size = installation.settings.max_mail_bytes + 3 * 1024 * 1024

    def chunks() -> Iterator[bytes]:
        for _ in range(size // 1_000_000 + 1):
            yield b"x" * 1_000_000

    headers = cast.headers("bob") | {"Content-Type": "application/json"}
    for content in (b"x" * size, chunks()):
        answer = client.post("/api/v1/tickets", content=content, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_an_error_page_knows_who_is_signed_in_and_escapes_what_was_asked(browser: Browser) -> None:
    page = browser("bob").get("/<script>alert(1)</script>")
    assert page.status_code == 404
    assert "<script>alert" not in page.text


def test_links_are_made_from_the_base_url_whatever_the_host_header_says(client: TestClient) -> None:
    body = {"title": "x", "email": "a@example.com"}
    made = client.post("/api/v1/tickets", json=body, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert made.json()["ticket_url"].startswith("https://help.test/")


def test_a_stranger_has_five_forms_an_hour(app: FastAPI) -> None:
    with TestClient(app, base_url="https://help.test", client=("203.0.113.9", 1)) as client:
        answers = [client.post("/api/v1/tickets", json={"title": "x", "email": f"a{n}@example.com"}) for n in range(6)]
    assert [one.status_code for one in answers] == [201] * 5 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600


def test_no_route_holds_a_transaction_while_a_slow_sender_sends() -> None:
    readers = 0
    for route in (one for router in ROUTERS for one in router.routes if isinstance(one, APIRoute)):
        calls = list(_calls(route.dependant))
        reading = [place for place, call in enumerate(calls) if call is form.read or isinstance(call, Reader)]
        readers += len(reading)
        assert not reading or deps.desk not in calls[: reading[-1]], route.path
    assert readers > 10


def _calls(dependant: Dependant) -> Iterator[object]:
    """What a route depends on, in the order in which it is called."""
    for one in dependant.dependencies:
        yield from _calls(one)
        yield one.call
