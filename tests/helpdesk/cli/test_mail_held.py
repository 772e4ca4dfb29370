"""`helpdesk mail held`: what waits for a decision, listed and decided from a terminal."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, select

from helpdesk import db
from helpdesk.models import Event, InboundMail, Ticket
from mail_ingest import intake
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.helpdesk.cli.conftest import Run
from tests.letters import letter


@pytest.fixture
def held(engine: Engine) -> list[int]:
    """Three held mails of alice's: H6, H6 with a subject that would clear a terminal, H9."""
    numbers = []
    for subject, why in (("Printer", 6), ("Bell\x1b[2J\u202e", 6), ("Away", 9)):
        raw = letter("Alice <alice@example.com>", "support@help.test", "x", subject)
        numbers.append(intake.accept(engine, Arrival(raw, Envelope("alice@example.com", ("support@help.test",)), "test")).mail_id)
        with db.transaction(engine) as session:
            row = session.get_one(InboundMail, numbers[-1])
            row.state, row.held_number, row.sender, row.subject = "held", why, "alice@example.com", subject
    return numbers


def states(engine: Engine) -> list[str]:
    with db.transaction(engine) as session:
        return list(session.scalars(select(InboundMail.state).order_by(InboundMail.id)))


def test_the_list_is_for_people_and_with_json_for_programs(run: Run, held: list[int]) -> None:
    lines = run("mail", "held").stdout.decode().splitlines()
    assert [line.split()[0] for line in lines] == [str(number) for number in held]
    assert lines[0].endswith("H6   alice@example.com  Printer  [the sender's domain disowns this mail]")
    assert "Bell\ufffd[2J\ufffd  [" in lines[1]  # nothing a stranger wrote moves the cursor
    found = [json.loads(line) for line in run("mail", "held", "--json", "--reason", "9").stdout.splitlines()]
    assert [(one["id"], one["number"], one["code"], one["subject"]) for one in found] == [(held[2], 9, "H9", "Away")]


def test_nothing_held_is_said_to_people_and_is_no_line_to_programs(run: Run, engine: Engine) -> None:
    assert run("mail", "held").stdout == b"Nothing is held.\n"
    assert run("mail", "held", "--json").stdout == b""


def test_each_decision_is_taken_once(run: Run, engine: Engine, held: list[int]) -> None:
    released, attached, dropped = (str(number) for number in held)
    assert run("mail", "held", "release", released).stdout.decode() == f"mail {released}: ELM-001\n"
    done = run("mail", "held", "attach", attached, "--to", "elm-1")
    assert done.stdout.decode() == f"mail {attached}: ELM-001\n", done.stderr
    assert run("mail", "held", "drop", dropped, "--reason", "spam").stdout.decode() == f"mail {dropped}: dropped\n"
    assert states(engine) == ["ticket", "comment", "dropped"]
    with db.transaction(engine) as session:
        assert session.scalars(select(Ticket.number)).all() == [1]
        told = session.execute(select(Event.kind, Event.via).where(Event.kind.like("held_%")).order_by(Event.id))
        assert [(kind, via) for kind, via in told] == [
            ("held_released", "system"), ("held_released", "system"), ("held_dropped", "system"),
        ]  # fmt: skip
    twice = run("mail", "held", "release", released)
    assert (twice.returncode, twice.stderr.decode()) == (1, f"helpdesk: Mail {released}: This mail is not held (any more).\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("release", "99"), "Mail 99: This mail is not held (any more)."),
        (("attach", "1", "--to", "nonsense"), "“nonsense” names no ticket."),
        (("attach", "1", "--to", "ELM-77"), "Mail 1: There is no such ticket."),
        (("drop", "1", "--reason", " "), "Say in a word why it is dropped."),
        (("drop", "99", "--reason", "spam"), "Not held (any more): 99."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    arguments: tuple[str, ...], sentence: str, run: Run, engine: Engine, held: list[int]
) -> None:
    done = run("mail", "held", *arguments)
    assert (done.returncode, done.stderr.decode()) == (1, f"helpdesk: {sentence}\n")
    assert states(engine) == ["held"] * 3
