"""What tests of pages share: pages as trees, forms sent as a browser would, and the number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from tests.web.conftest import csrf

SESSION = "__Host-helpdesk"
Counted = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def queries(engine: Engine) -> Counted:
    """`with queries() as said:` collects the statements that reach the database meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        said: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            said.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield said
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


def tree(client: TestClient, path: str, status: int = 200) -> LexborHTMLParser:
    """The page at this address."""
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return LexborHTMLParser(answer.text)


def send(client: TestClient, path: str, *, expected: int = 200, **fields: Any) -> LexborHTMLParser:
    """Send a form and read the page that it leads to."""
    files = fields.pop("files", None)
    headers = csrf(client) if SESSION in client.cookies else {}
    answer = client.post(path, data=fields, files=files, headers=headers, follow_redirects=True)
    assert answer.status_code == expected, answer.text[:2000]
    return LexborHTMLParser(answer.text)


def words(page: LexborHTMLParser, selector: str) -> list[str]:
    """The text of every element that fits, white space made one space."""
    return [" ".join(one.text().split()) for one in page.css(selector)]


def flash(page: LexborHTMLParser) -> str:
    """The line on top of the page."""
    return " ".join(words(page, ".flash p"))


def undo(client: TestClient, page: LexborHTMLParser) -> LexborHTMLParser:
    """Press the Undo button of that line."""
    form = page.css_first(".flash form")
    assert form is not None, "there is nothing to undo"
    return send(client, form.attributes["action"] or "")
