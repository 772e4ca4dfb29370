"""What a page costs: at most 15 queries, with so many tickets, messages, people and mails that a query for each of them would show."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from helpdesk import comments, db, demo, people
from helpdesk.comments import NewComment
from helpdesk.installation import Installation
from helpdesk.models import FaqEntry, Source, Ticket, Webhook
from helpdesk.permissions import Via, viewer_of
from helpdesk.reshaping.merge import merge
from helpdesk.sign_in import credentials
from tests.browser.every_page import ADMIN, VISITS, places
from tests.web.conftest import LOCAL
from workers import housekeeping

MOST, MANY = 15, 20


def test_no_page_costs_more_than_15_queries(demo_app: FastAPI, installation: Installation) -> None:
    demo.fill(installation)
    _more_of_all(installation.engine)
    housekeeping.count(installation.engine)  # as every 30 s
    with db.transaction(installation.engine) as session:
        where = places(session)
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(installation.engine, "before_cursor_execute", note)
    costs = {}
    for visit in (one for visits in VISITS.values() for one in visits):
        browser = TestClient(demo_app, base_url="https://help.test", client=LOCAL, follow_redirects=False)
        if visit.who:
            browser.cookies.set("__Host-helpdesk", _session(installation.engine, visit.who))
        path = visit.path.format(**where)
        said.clear()
        answer = browser.get(path)
        costs[path] = len(said)
        assert answer.status_code in (visit.status, 303), (path, answer.text[:1000])
    event.remove(installation.engine, "before_cursor_execute", note)
    assert {path: count for path, count in costs.items() if count > MOST} == {}


def _more_of_all(engine: Engine) -> None:
    """A long thread, and lists of what the demo has few of."""
    with db.transaction(engine) as session:
        ticket = session.get_one(Ticket, 1)
        writers = [people.find_or_make(session, f"writer{number}@example.org", f"Writer {number}") for number in range(MANY)]
        ada = people.person_at(session, ADMIN)
        assert ada is not None
        for number, writer in enumerate(writers):
            said = NewComment(f"Message {number}", Source.EMAIL, writer, writer.address, internal=False)
            comments.add_comment(session, ticket, said, viewer_of(ada, Via.WEB))
        other, stays = session.get_one(Ticket, 2, with_for_update=True), session.get_one(Ticket, 3, with_for_update=True)
        merge(session, other, stays, viewer_of(ada, Via.WEB), tag="ELM-003")
        session.add_all(
            FaqEntry(category=f"C{number % 4}", question=f"Q{number}?", answer="A.", position=number) for number in range(MANY)
        )
        session.add_all(
            Webhook(name=f"W{number}", url="https://chat.example.com/h", events=["ticket.created"]) for number in range(MANY)
        )
        for number in range(MANY):
            credentials.create_token(session, ada, f"program {number}")
            credentials.start_session(session, ada, f"browser {number}")


def _session(engine: Engine, who: str) -> str:
    with db.transaction(engine) as session:
        person = people.person_at(session, who)
        assert person is not None
        return credentials.start_session(session, person, "test")
