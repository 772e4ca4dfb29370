"""`python -m tests.fuzz.api [--examples 200] [--seed N] [--as NAME]`: what `make fuzz-api` runs.

Everything that the API's own description allows, and everything that it forbids, asked of the application as each of the cast and as
nobody, with all checks of schemathesis. Prints the seed first; ends with 1 where a check failed.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from fastapi import FastAPI
from pydantic import SecretStr
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events
from sqlalchemy.orm import Session

from helpdesk import attachments, canned, db, embedded, outbox, participants, people, tickets
from helpdesk.attachments import File
from helpdesk.installation import Installation, mint_of
from helpdesk.knowledge import faq
from helpdesk.models import Person, Source
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.settings import Settings, secret_keys
from helpdesk.sign_in import credentials
from helpdesk.storage import Storage
from helpdesk.tickets import NewTicket
from web import limits
from web.app import create_app

CAST = ("dora", "bob", "alice", "nobody")
ROLES = {"alice": "customer", "bob": "agent", "dora": "admin"}
PHASES = ("examples", "coverage", "fuzzing", "stateful")
NO_LIMIT = dict.fromkeys(limits.RATES, 10**9)


@dataclass(frozen=True)
class Finding:
    """One failed check: of which operation, what it says, and how to ask the same again."""

    operation: str
    check: str
    says: str
    again: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.check}\n    {self.says}\n    {self.again}"


@dataclass(frozen=True)
class Run:
    """What came of one run: how many requests were checked, and what failed."""

    checked: int
    findings: list[Finding]


def ask_everything(app: FastAPI, token: str | None, *, seed: int, examples: int, phases: Sequence[str] = PHASES) -> Run:
    """Run the phases as whoever holds the token; each failure is given once for its operation and check."""
    settings = {
        "seed": seed,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
        "output": {"sanitization": {"enabled": False}, "truncation": {"enabled": True}},
        "phases": {name: {"enabled": name in phases} for name in PHASES},
        "continue-on-failure": True,
    }
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, config=SchemathesisConfig.from_dict(settings))
    findings: dict[tuple[str, str, str], Finding] = {}
    checked = 0
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            checked += len(event.recorder.checks)
            for one in _failed(event):
                findings.setdefault((one.operation, one.check, one.says.partition("\n")[0]), one)
        elif isinstance(event, events.NonFatalError):
            findings[event.label, "error", str(event.value)] = Finding(event.label, "error", str(event.value), "")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return Run(checked, list(findings.values()))


def _failed(event: events.ScenarioFinished) -> Iterator[Finding]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                says = f"{failure.title}: {failure.message}".replace("\n", "\n    ")
                yield Finding(failure.operation or "", check.name, says, check.failure_info.code_sample)


def fill(session: Session, installation: Installation) -> dict[str, str]:
    """A little of everything, so that most addresses lead somewhere; gives the tokens of the cast."""
    cast: dict[str, Person] = {}
    tokens = {}
    for name, role in ROLES.items():
        cast[name] = people.add_user(session, f"{name}@example.com", name.capitalize(), role)
        session.refresh(cast[name])
        tokens[name] = credentials.create_token(session, cast[name])
    alice, dora = viewer_of(cast["alice"], Via.WEB), viewer_of(cast["dora"], Via.WEB)
    for title in ("Printer on fire", "No paper", "Ink is empty"):
        new = NewTicket(title=title, description="It smokes.", requester=cast["alice"], source=Source.WEB)
        ticket = tickets.open_ticket(session, new, alice)
        stored = attachments.store(installation.storage, [File("log.txt", "text/plain", b"smoke")])
        attachments.attach(session, ticket.number, None, stored)
    tickets.edit(session, ticket, SYSTEM, is_public=True)
    participants.add_cc(session, ticket, [cast["bob"]], SYSTEM)
    canned.create(session, dora, title="Refund", content="Dear {user_name|customer}")
    faq.create(session, dora, question="How?", answer="Like this.")
    outbox.enqueue(session, "reply", "alice@example.com", ticket_number=ticket.number)
    return tokens


@contextmanager
def a_helpdesk() -> Iterator[Installation]:
    """An installation on servers of its own, gone afterwards."""
    with TemporaryDirectory() as place, embedded.running(Path(place) / "servers", fsync=False, pg_major=18) as started:
        db.migrate(started.database_url)
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            database_url=started.database_url,
            broker_url=started.broker_url,
            data_dir=Path(place) / "data",
            base_url="https://help.test",
            support_address="support@help.test",
            secret_key=SecretStr("a key for this run only, long enough"),
        )
        keys = secret_keys(settings)
        engine = db.connect(started.database_url)
        made = Installation(settings, engine, mint_of(settings, keys), keys, Storage(settings.data_dir / "files"))
        yield replace(made)
        engine.dispose()


def main(arguments: Sequence[str]) -> int:
    """Run as everybody and print what was found; 0 when that is nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.api")
    parser.add_argument("--examples", type=int, default=200, help="how many random requests an operation")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--as", dest="name", choices=CAST, help="only as this one")
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=PHASES)
    asked = parser.parse_args(arguments)
    print(f"seed {asked.seed}", flush=True)
    limits.RATES = NO_LIMIT
    found = 0
    with a_helpdesk() as installation:
        app = create_app(installation)
        with db.transaction(installation.engine) as session:
            tokens: Mapping[str, Any] = fill(session, installation)
        for name in [asked.name] if asked.name else CAST:
            started = time.monotonic()
            run = ask_everything(app, tokens.get(name), seed=asked.seed, examples=asked.examples, phases=asked.phases)
            found += len(run.findings)
            print(
                f"as {name}: {run.checked} requests, {time.monotonic() - started:.0f} s, {len(run.findings)} findings", flush=True
            )
            for one in run.findings:
                print(one, flush=True)
        app.state.web.reader.close()
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
