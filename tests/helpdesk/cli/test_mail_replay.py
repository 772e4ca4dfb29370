"""A stored mail processed again: the difference first, then for real, and never twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk import db
from helpdesk.cli.mail_replay import replay
from helpdesk.errors import Refused
from helpdesk.installation import Installation, opened
from helpdesk.models import Comment, DeliveryProblem, Event, InboundMail, OutboxMessage, Ticket
from helpdesk.settings import Settings
from mail_ingest import intake, process
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.letters import letter

ALICE, US = "Alice <alice@example.com>", "support@help.test"
Replay = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def house(settings: Settings) -> Iterator[Installation]:
    house = opened(settings)
    yield house
    house.engine.dispose()


@pytest.fixture
def again(house: Installation, capsys: pytest.CaptureFixture[str]) -> Replay:
    """`again(5, for_real=True)`: the JSON lines."""

    def lines(*mail_ids: int, for_real: bool = False) -> list[dict[str, Any]]:
        capsys.readouterr()
        replay(house, list(mail_ids), for_real=for_real, as_json=True)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return lines


def taken_in(house: Installation, raw: bytes | None = None, *, as_it_comes: bool = False, **ended: Any) -> int:
    """A mail that ended so; `as_it_comes`: as the rules have it."""
    raw = raw or letter(ALICE, US, "Printer", "It burns.")
    number = intake.accept(house.engine, Arrival(raw, Envelope("alice@example.com", (US,)), "test")).mail_id
    if as_it_comes:
        with process.opened(house, children=1) as tools:
            process.process(tools, number)
    with db.transaction(house.engine) as session:
        row = session.get_one(InboundMail, number)
        for name, value in ended.items():
            setattr(row, name, value)
    return number


def everything(house: Installation) -> dict[str, int]:
    """How many rows there are of what a mail can make."""
    with db.transaction(house.engine) as session:
        models = (Ticket, Comment, OutboxMessage, Event)
        return {model.__name__: len(session.scalars(select(model)).all()) for model in models}


def test_a_dry_run_names_what_would_differ_and_changes_nothing(house: Installation, again: Replay) -> None:
    number = taken_in(house, state="held", held_number=6, held_reason="x", matched_by="failed_sender", sender_verdict="fail")
    (line,) = again(number)
    assert line["mail"] == number
    assert (line["was"]["state"], line["was"]["held"], line["was"]["rung"]) == ("held", 6, "failed_sender")
    assert (line["would_be"]["state"], line["would_be"]["rung"], line["would_be"]["ticket"]) == ("ticket", "new", "new")
    assert line["changed"] == ["held", "kind", "rule", "rung", "sender_verdict", "state", "ticket"]
    assert everything(house) == {"Ticket": 0, "Comment": 0, "OutboxMessage": 0, "Event": 0}
    assert again(number) == [line]


def test_people_read_the_difference_line_by_line(house: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    held = taken_in(house, state="held", held_number=6, matched_by="failed_sender", kind="person", sender_verdict="none")
    same = taken_in(house, letter(ALICE, US, "Other", "It smokes."), as_it_comes=True)
    replay(house, [held, same], for_real=False, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        f"mail {held}: held H6 -> ticket new",
        "  rule            - -> no_mark_of_a_machine",
        "  rung            failed_sender -> new",
        f"mail {same}: ticket ELM-001 -> ticket ELM-001",
        "  nothing would change",
    ]
    replay(house, [held], for_real=True, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1].startswith("  done: ticket ELM-")


@pytest.mark.parametrize("state", ["held", "dropped", "ignored", "loop", "bounce", "received"])
def test_for_real_a_mail_that_made_nothing_becomes_what_it_should_have_been(state: str, house: Installation, again: Replay) -> None:
    number = taken_in(house, state=state)
    (line,) = again(number, for_real=True)
    assert (line["now"]["state"], line["now"]["rung"], line["now"]["held"]) == ("ticket", "new", None)
    assert everything(house)["Ticket"] == 1


@pytest.mark.parametrize("state", ["ticket", "comment", "command"])
def test_for_real_a_mail_that_made_something_is_refused_and_made_no_second_time(
    state: str, house: Installation, again: Replay
) -> None:
    number = taken_in(house, as_it_comes=True)
    with db.transaction(house.engine) as session:
        session.get_one(InboundMail, number).state = state
    before = everything(house)
    assert again(number)[0]["was"]["state"] == state
    with pytest.raises(Refused, match=f"Mail {number} became a {state} .ticket 1. already"):
        again(number, for_real=True)
    assert everything(house) == before


def test_a_reply_on_a_ticket_is_refused_too(house: Installation, again: Replay) -> None:
    taken_in(house, letter(ALICE, US, "Printer", "It burns.", message_id="first@client.example"), as_it_comes=True)
    reply = taken_in(house, letter(ALICE, US, "Re: [ELM-001] Printer", "Still."), as_it_comes=True)
    assert again(reply)[0]["was"]["state"] == "comment"
    before = everything(house)
    with pytest.raises(Refused, match="became a comment"):
        again(reply, for_real=True)
    assert everything(house) == before


def test_a_report_that_was_counted_is_not_counted_again(house: Installation, again: Replay) -> None:
    number = taken_in(house, state="bounce")
    with db.transaction(house.engine) as session:
        session.add(DeliveryProblem(address="alice@example.com", action="failed", inbound_mail_id=number))
    with pytest.raises(Refused, match="became a bounce"):
        again(number, for_real=True)


def test_what_would_become_the_same_again_is_left_alone(house: Installation, again: Replay) -> None:
    number = taken_in(
        house, letter("mailer-daemon@example.com", US, "Undelivered Mail Returned to Sender", "unknown"), as_it_comes=True
    )
    assert again(number)[0]["was"]["state"] == "bounce"
    with pytest.raises(Refused, match="would become a bounce again: nothing to do"):
        again(number, for_real=True)


def test_what_is_refused_keeps_nothing_else_from_being_done(house: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    done = taken_in(house, as_it_comes=True)
    held = taken_in(house, letter(ALICE, US, "Other", "It smokes."), state="held", held_number=7)
    with pytest.raises(Refused) as refused:
        replay(house, [done, 999, held], for_real=True, as_json=True)
    assert "There is no mail 999." in str(refused.value)
    assert f"Mail {done} became a ticket" in str(refused.value)
    assert json.loads(capsys.readouterr().out)["now"]["state"] == "ticket"


def test_tried_again_it_is_audited(house: Installation, again: Replay) -> None:
    number = taken_in(house, state="dropped")
    again(number, for_real=True)
    with db.transaction(house.engine) as session:
        event = session.scalars(select(Event).where(Event.kind == "held_retried")).one()
        assert (event.inbound_mail_id, event.via, event.data["was"]) == (number, "system", "dropped")
