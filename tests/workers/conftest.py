"""An installation on real servers, with a ticket of alice's and an agent bob, for tests of what leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, select

from helpdesk import comments, db, people, tickets
from helpdesk.comments import NewComment
from helpdesk.installation import Installation, mint_of
from helpdesk.models import OutboxMessage, Person, Source
from helpdesk.permissions import Via, viewer_of
from helpdesk.settings import Settings, secret_keys
from helpdesk.storage import Storage
from helpdesk.tickets import NewTicket
from tests import smtp_sink
from tests.smtp_sink import Sink


def installation_of(settings: Settings, engine: Engine) -> Installation:
    """What `installation.opened` makes, on the test's own engine and without a broker."""
    keys = secret_keys(settings)
    return Installation(settings, engine, mint_of(settings, keys), keys, Storage(settings.data_dir / "files"))


@pytest.fixture
def house(settings: Settings, engine: Engine) -> Installation:
    """Mail is captured: no relay is set."""
    return installation_of(settings, engine)


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A relay that takes everything."""
    with smtp_sink.running() as sink:
        yield sink


@pytest.fixture
def relayed(settings: Settings, engine: Engine, sink: Sink) -> Installation:
    """Mail goes to `sink`."""
    return installation_of(settings.model_copy(update={"outbound": sink.url}), engine)


@dataclass
class Scene:
    """What people do, each step in a transaction of its own."""

    engine: Engine
    ticket: int = 0

    def person(self, address: str, name: str = "", role: str = "customer") -> Person:
        """Somebody with a role."""
        with db.transaction(self.engine) as session:
            return people.add_user(session, address, name, role)

    def opens(self, address: str = "alice@example.com", name: str = "Alice", **more: Any) -> int:
        """A customer opens a ticket; gives its number."""
        with db.transaction(self.engine) as session:
            person = people.find_or_make(session, address, name)
            new = NewTicket("Printer on fire", "It burns.", person, more.pop("source", Source.WEB), **more)
            self.ticket = tickets.open_ticket(session, new, viewer_of(person, Via.WEB)).number
            return self.ticket

    def writes(self, person: Person, text: str, **more: Any) -> int:
        """Somebody adds a message to the ticket; gives its number."""
        with db.transaction(self.engine) as session:
            ticket = tickets.locked(session, self.ticket)
            assert ticket is not None
            author = session.get_one(Person, person.id)
            options = {key: more.pop(key) for key in ("delay", "status") if key in more}
            new = NewComment(text, Source.WEB, author, author.address, **more)
            return comments.add_comment(session, ticket, new, viewer_of(author, Via.WEB), **options).id

    def outbox(self, kind: str | None = None) -> list[OutboxMessage]:
        """The messages (of a kind), oldest first, as they are now."""
        with db.transaction(self.engine) as session:
            wanted = select(OutboxMessage).order_by(OutboxMessage.id)
            return list(session.scalars(wanted if kind is None else wanted.where(OutboxMessage.kind == kind)))

    def message(self, kind: str) -> OutboxMessage:
        """The only message of a kind."""
        (found,) = self.outbox(kind)
        return found


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """Nobody has done anything yet."""
    return Scene(engine)
