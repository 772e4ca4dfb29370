"""What a script asks for while somebody types: pieces of HTML that are safe to put into the page."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.testclient import TestClient

from helpdesk.models import Ticket
from tests.web.conftest import Api, Browser, csrf


def test_known_answers_come_as_a_list_or_not_at_all(client: TestClient, api: Api, ticket: Ticket) -> None:
    api("bob", "PATCH", "/admin/tickets/1", json={"is_public": True, "title": "Printers <b>burn</b>"})
    answer = client.post("/typing/suggestions", data={"text": "my printer burns"})
    assert answer.status_code == 200 and "Printers &lt;b&gt;burn&lt;/b&gt;" in answer.text
    assert 'href="/known-issues/ELM-001" target="_blank" rel="noopener"' in answer.text
    for text in ("", "zebra", "'; --", "\0"):
        assert client.post("/typing/suggestions", data={"text": text}).text.strip() == ""


def test_a_preview_is_sanitised(client: TestClient) -> None:
    answer = client.post("/typing/preview", data={"text": "**x** <script>1</script> [a](javascript:1)"}).text
    assert "<strong>x</strong>" in answer and "<script" not in answer and "href" not in answer
    assert client.post("/typing/preview", data={"text": "[" * 30_000}).text.startswith("[[")


def test_a_session_asks_with_its_token(browser: Browser) -> None:
    alice = browser("alice")
    assert alice.post("/typing/preview", data={"text": "x"}).status_code == 403
    assert alice.post("/typing/preview", data={"text": "x"}, headers=csrf(alice)).status_code == 200


def test_a_network_asks_so_often_a_minute(app: FastAPI) -> None:
    client = TestClient(app, base_url="https://help.test", client=("203.0.113.9", 1))
    statuses = {client.post("/typing/preview", data={"text": "x"}).status_code for _ in range(250)}
    assert statuses == {200, 429}
