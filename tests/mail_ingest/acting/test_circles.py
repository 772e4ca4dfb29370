"""Two helpdesks that answer each other fall silent after two mails, whatever the other one marks or strips; nothing is lost."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from helpdesk.installation import opened
from helpdesk.models import Comment, InboundMail, OutboxMessage, Ticket
from helpdesk.settings import Settings
from mail_ingest import intake, process
from mail_ingest.authenticate import Judge
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from mail_ingest.process import Tools
from mail_ingest.reader import Reader
from mail_ingest.sender.resolver import SystemResolver
from tests.letters import letter
from tests.mail_ingest.inbox import Inbox
from workers import deliver

ROUNDS = 12
MARKS = ("auto-submitted", "precedence", "x-auto-response-suppress", "x-helpdesk-", "list-")
THREAD = ("in-reply-to", "references", "message-id", "reply-to")
Way = Callable[[bytes], bytes]
_numbers = itertools.count(1)


def without(*fields: str) -> Way:
    """The way to the other house: these fields (or whose names begin so) are stripped."""

    def strip(raw: bytes) -> bytes:
        head, gap, body = raw.partition(b"\r\n\r\n")
        lines = re.split(rb"\r\n(?![ \t])", head)
        return b"\r\n".join(one for one in lines if not one.lower().startswith(tuple(f.encode() for f in fields))) + gap + body

    return strip


def as_new(raw: bytes) -> bytes:
    """A house that marks nothing, threads nothing, and writes its own subject and text each time."""
    head, _, _ = without(*MARKS, *THREAD, "subject", "content-", "mime-version")(raw).partition(b"\r\n\r\n")
    number = next(_numbers)
    return (
        head
        + f"\r\nSubject: Request {number} received\r\nMessage-ID: <r{number}@other.example>\r\n\r\nIt is number {number}.\r\n".encode()
    )


def repeats(raw: bytes) -> bytes:
    """A house that keeps our subject with our tag, marks nothing, and says the same each time."""
    head, _, _ = without(*MARKS, *THREAD, "content-", "mime-version")(raw).partition(b"\r\n\r\n")
    return head + f"\r\nMessage-ID: <r{next(_numbers)}@other.example>\r\n\r\nWe have received your request.\r\n".encode()


@pytest.fixture
def houses(
    settings: Settings, administer: Callable[[str], None], template: str, one_reader: Reader, tmp_path: Path
) -> Iterator[tuple[Inbox, Inbox]]:
    """Two installations, each with its own database, addresses and keys."""
    assert settings.database_url is not None
    url, _, mine = settings.database_url.rpartition("/")
    name = f"{mine.partition('?')[0]}_neighbour"
    administer(f"create database {name} template {template} strategy file_copy")
    other = settings.model_copy(
        update={
            "database_url": f"{url}/{name}" + (f"?{mine.partition('?')[2]}" if "?" in mine else ""),
            "broker_url": None,
            "data_dir": tmp_path / "neighbour",
            "support_address": "help@desk.example",
            "base_url": "https://desk.example",
            "secret_key": SecretStr("the key of the other house, long enough"),
        }
    )
    both = [opened(one) for one in (settings.model_copy(update={"broker_url": None}), other)]
    ours, theirs = (Inbox(Tools(one, one_reader, Judge("off"), SystemResolver())) for one in both)
    yield ours, theirs
    for one in both:
        one.engine.dispose()
    administer(f"drop database {name} with (force)")


def sent_now(house: Inbox) -> list[OutboxMessage]:
    """What the house sends now: composed and captured, as its worker does it."""
    waiting = [one.id for one in house.sent() if one.state == "queued"]
    for number in waiting:
        deliver.one(house.tools.house, number)
    return [one for one in house.sent() if one.id in waiting]


def take_in(house: Inbox, raw: bytes, mail_from: str, to: str) -> None:
    accepted = intake.accept(house.tools.house.engine, Arrival(raw, Envelope(mail_from, (to,), client_ip="127.0.0.1"), "test"))
    process.process(house.tools, accepted.mail_id)


def let_them_talk(houses: tuple[Inbox, Inbox], ways: tuple[Way, Way], *, minutes: int = 0) -> tuple[int, int]:
    """A first mail of theirs to us, then everything that either sends goes to the other; how many mails each sent in all.

    `minutes` pass between the rounds, as far as the caps can tell.
    """
    first = letter("Desk <help@desk.example>", "support@help.test", "Printer", "It burns.")
    take_in(houses[0], first, "help@desk.example", "support@help.test")
    counts = [0, 0]
    for _ in range(ROUNDS):
        for here, (house, other, way) in enumerate(((houses[0], houses[1], ways[0]), (houses[1], houses[0], ways[1]))):
            for mail in sent_now(house):
                counts[here] += 1
                assert mail.state == "captured" and mail.mime is not None, mail.last_answer
                take_in(other, way(mail.mime), mail.envelope_from or "", mail.recipient)
            if minutes:
                _later(house, minutes)
    assert all(not sent_now(house) for house in houses), "they still talk"
    return counts[0], counts[1]


def _later(house: Inbox, minutes: int) -> None:
    with house.session() as session:
        for model, column in ((OutboxMessage, "created_at"), (Comment, "created_at"), (InboundMail, "received_at")):
            session.execute(update(model).values({column: getattr(model, column) - func.make_interval(0, 0, 0, 0, 0, minutes)}))


def lost(house: Inbox) -> list[str]:
    """Mails that ended nowhere, or as a ticket or message that is not there."""
    with house.session() as session:
        rows = session.scalars(select(InboundMail)).all()
        return [
            f"{row.id}: {row.state}"
            for row in rows
            if row.state == "received"
            or (row.state == "ticket" and session.get(Ticket, row.ticket_number) is None)
            or (row.state == "comment" and session.get(Comment, row.comment_id) is None)
        ]


PLAIN: Way = without()
WAYS = {
    "a house like ours": (PLAIN, PLAIN),
    "a house that marks nothing": (PLAIN, without(*MARKS)),
    "all marks are stripped both ways": (without(*MARKS), without(*MARKS)),
    "marks and threads are stripped both ways": (without(*MARKS, *THREAD), without(*MARKS, *THREAD)),
    "a house that makes a new request of everything": (without(*MARKS), as_new),
    "both make new requests of everything": (as_new, as_new),
    "both keep the tag and say the same each time": (repeats, repeats),
}


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS.keys())
def test_each_sends_one_mail_or_none_and_then_there_is_silence(houses: tuple[Inbox, Inbox], ways: tuple[Way, Way]) -> None:
    ours, theirs = let_them_talk(houses, ways)
    assert ours == 1 and theirs <= 1
    assert [lost(house) for house in houses] == [[], []]


def test_a_house_that_reads_the_marks_answers_nothing_at_all(houses: tuple[Inbox, Inbox]) -> None:
    assert let_them_talk(houses, (PLAIN, PLAIN)) == (1, 0)
    with houses[1].session() as session:
        assert session.scalars(select(InboundMail.state)).all() == ["held"]


def test_houses_that_take_their_time_stop_at_four_mails_a_day(houses: tuple[Inbox, Inbox]) -> None:
    ours, theirs = let_them_talk(houses, (as_new, as_new), minutes=11)
    assert (ours <= 4, theirs <= 4) == (True, True)
    assert [lost(house) for house in houses] == [[], []]


def test_a_house_that_keeps_the_thread_is_acknowledged_once_however_slow_it_is(houses: tuple[Inbox, Inbox]) -> None:
    assert let_them_talk(houses, (without(*MARKS), without(*MARKS)), minutes=11) == (1, 1)


def test_a_resolved_ticket_that_the_other_house_answers_sends_nothing_more(houses: tuple[Inbox, Inbox]) -> None:
    ours, theirs = houses
    let_them_talk(houses, (without(*MARKS), without(*MARKS)))
    ours.put(1, "resolved")
    (status,) = sent_now(ours)
    take_in(theirs, without(*MARKS)(status.mime or b""), "", status.recipient)
    for _ in range(3):
        for house, other in (houses, houses[::-1]):
            for mail in sent_now(house):
                assert mail.kind != "status", "a reopened ticket tells nobody outside"
                take_in(other, without(*MARKS)(mail.mime or b""), mail.envelope_from or "", mail.recipient)
    assert not sent_now(ours) and not sent_now(theirs)
