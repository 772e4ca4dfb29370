"""With some thousand tickets every list and search is answered from an index, and no table is read through."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.embedded import Servers
from helpdesk.lists import ticket_queue
from helpdesk.lists.ticket_queue import Filters
from helpdesk.models import Ticket
from helpdesk.permissions import Via, Viewer
from tests.bench import filling

TICKETS = 5_000
BOB = Viewer(3, "agent", Via.WEB)
LARGE = ("tickets", "comments", "outbox", "search_documents", "people", "person_addresses")


@pytest.fixture(scope="module")
def large(servers: Servers) -> Iterator[Engine]:
    """A filled database, its statistics set; for all tests of this file."""
    engine = db.connect(servers.database_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("create database plans"))
    filled = engine.url.set(database="plans").render_as_string(hide_password=False)
    db.migrate(filled)
    filling.fill(filled.replace("+psycopg", ""), TICKETS)
    filled_engine = db.connect(filled)
    yield filled_engine
    filled_engine.dispose()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("drop database plans with (force)"))
    engine.dispose()


def plans(engine: Engine, ask: Callable[[Session], object]) -> list[str]:
    """The plans of the statements that `ask` sends, line by line."""
    said: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        said.append((statement, parameters))

    with Session(engine) as session:
        event.listen(engine, "before_cursor_execute", note)
        ask(session)
        event.remove(engine, "before_cursor_execute", note)
        connection = session.connection()
        lines: list[str] = []
        for statement, parameters in said:
            if statement.lower().startswith("select") and "set_config" not in statement:
                lines += connection.exec_driver_sql(f"explain {statement}", parameters).scalars().all()  # type: ignore[arg-type]
    return lines


@pytest.mark.parametrize(
    "filters",
    [
        Filters("open"), Filters("unassigned"), Filters("mine"), Filters("us"), Filters("snoozed"), Filters("resolved"), Filters("all"),
        Filters("open", priority="critical"), Filters("all", status="closed"), Filters("all", tag="billing"),
        Filters("all", assignee="agent7@help.test"), Filters("all", created="7d"), Filters(q="nosuchword"), Filters(q="invoice"),
        Filters(q='"payment order"'), Filters(q="refund timeout"), Filters(q="invoice -refund"), Filters(q="company7.example"),
        Filters(q="person50@company50.example"), Filters(q="from:company7.example is:open"), Filters(q="has:attachment"),
        Filters(q="77"),
    ],
    ids=lambda one: " ".join(value for value in (one.view, one.status, one.priority, one.assignee, one.tag, one.created, one.q) if value),
)  # fmt: skip
def test_every_list_is_answered_from_an_index(large: Engine, filters: Filters) -> None:
    found = plans(large, lambda session: ticket_queue.listing(session, BOB, filters, "ELM", most=30, counted=True))
    read_through = [line for line in found if any(f"Seq Scan on {table}" in line for table in LARGE)]
    assert not read_through, "\n".join(found)


def test_the_neighbours_of_a_ticket_are_found_by_index(large: Engine) -> None:
    with Session(large) as session:
        ticket = session.get_one(Ticket, 77)
    found = plans(large, lambda session: ticket_queue.neighbours(session, BOB, Filters("open"), "ELM", ticket))
    assert not [line for line in found if "Seq Scan on tickets" in line], "\n".join(found)
