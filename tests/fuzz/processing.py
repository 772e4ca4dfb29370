"""One mutant all the way: accepted, processed on a real database, and found in a state that every mail may be in."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from helpdesk import db, embedded, installation, people
from helpdesk.models import InboundMail, InboundState, Role
from helpdesk.settings import Settings
from mail_ingest import intake, process
from mail_ingest.authenticate import Judge
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from mail_ingest.process import Tools
from mail_ingest.reader import Reader
from mail_ingest.sender.resolver import SystemResolver
from tests.fuzz.mutation import mutant

AGENT = "bob@help.test"


@contextmanager
def tools() -> Iterator[Tools]:
    """A helpdesk on a database of its own, which is gone at the end."""
    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder) / "servers", fsync=False) as servers:
        db.migrate(servers.database_url)
        house = installation.opened(
            Settings(
                _env_file=None,  # type: ignore[call-arg]
                database_url=servers.database_url,
                broker_url=servers.broker_url,
                data_dir=Path(folder) / "data",
                base_url="https://help.test",
                support_address="support@help.test",
                secret_key=SecretStr("a key for this run only, long enough"),
            )
        )
        with Reader(children=1) as reader:
            made = Tools(house, reader, Judge("off"), SystemResolver())
            hire(made)
            yield made
        house.engine.dispose()


def hire(tools: Tools) -> None:
    """An agent, so that mutants of agents' mails meet what agents may do."""
    with db.transaction(tools.house.engine) as session:
        people.find_or_make(session, AGENT, "Bob Builder").role = Role.AGENT


def envelope(number: int) -> Envelope:
    """Every tenth mail comes without a sender, as a report does."""
    return Envelope("" if number % 10 == 0 else "alice@example.com", ("support@help.test",))


def broken(tools: Tools, seed: int, number: int, corpus: Sequence[bytes]) -> str | None:
    """What is wrong with where mutant `number` ended, as a sentence; None for an end state, or a failed try that was counted."""
    arrival = Arrival(mutant(number, seed, corpus), envelope(number), "fuzz")
    try:
        mail = intake.accept(tools.house.engine, arrival).mail_id
        process.process(tools, mail)
    except Exception:  # noqa: BLE001 (TryLater, too: no octets of a mail are trouble of ours)
        return f"it was raised: {traceback.format_exc()[-2_000:]}"
    with db.transaction(tools.house.engine) as session:
        row = session.get(InboundMail, mail)
        if row is None:
            return "the mail has no row"
        if row.state == InboundState.RECEIVED and not (row.attempts and row.error):
            return "it waits for ever: no end state and no counted try"
        if row.error:
            # an error of the reader's is told apart by its own fuzz; any other is a mistake of ours
            return f"a failed try: {row.error[-2_000:]}" if "Traceback" in row.error else None
    return None
