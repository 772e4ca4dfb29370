"""A nudge names many rows; trouble with one of them is no trouble of the others."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from helpdesk import db
from helpdesk.errors import TryLater
from helpdesk.installation import opened
from helpdesk.models import InboundMail
from helpdesk.settings import Settings
from mail_ingest import intake
from mail_ingest.authenticate import Judge
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from mail_ingest.process import Tools
from mail_ingest.reader import Reader
from mail_ingest.sender.resolver import SystemResolver
from tests.letters import letter
from workers import tasks
from workers.tasks import Here

US = "support@help.test"
_numbers = random.Random(1)
# nothing that a database could compress: 3,600 octets
LONG = "".join(chr(_numbers.randrange(0x20000, 0x2A000)) for _ in range(900))


@pytest.fixture
def here(settings: Settings) -> Iterator[Here]:
    house = opened(settings)
    with Reader(children=1) as reader:
        yield Here(Tools(house, reader, Judge("off"), SystemResolver()), lambda _: 0)
    house.engine.dispose()


def accepted(here: Here, raw: bytes) -> int:
    return intake.accept(here.installation.engine, Arrival(raw, Envelope("alice@example.com", (US,)), "test")).mail_id


def states(here: Here, *mails: int) -> list[str]:
    with db.transaction(here.installation.engine) as session:
        return [session.get_one(InboundMail, one).state for one in mails]


def fails_with(here: Here, sqlstate: str, mail: int) -> None:
    """From now on the database has this trouble with one row."""
    with db.transaction(here.installation.engine) as session:
        session.execute(text(f"create function trouble() returns trigger language plpgsql as $$ begin if new.id = {mail} and "
            f"new.state <> 'received' then raise exception 'no' using errcode = '{sqlstate}'; end if; return new; end $$"))  # fmt: skip
        session.execute(text("create trigger trouble before update on inbound_mail for each row execute function trouble()"))


def test_trouble_with_one_mail_is_told_after_its_neighbours_had_their_turn(here: Here) -> None:
    mails = [accepted(here, letter("alice@example.com", US, f"Printer {number}", "It burns.")) for number in range(3)]
    fails_with(here, "53100", mails[0])  # the disk is full
    with pytest.raises(TryLater):
        tasks.process(here, *mails)
    assert states(here, *mails) == ["received", "ticket", "ticket"]


def test_what_the_database_never_takes_is_a_counted_try_and_no_trouble_of_ours(here: Here) -> None:
    mails = [accepted(here, letter("alice@example.com", US, f"Printer {number}", "It burns.")) for number in range(2)]
    fails_with(here, "54000", mails[0])  # a row beyond a limit
    tasks.process(here, *mails)
    assert states(here, *mails) == ["received", "ticket"]
    with db.transaction(here.installation.engine) as session:
        row = session.get_one(InboundMail, mails[0])
        assert (row.attempts, "ProgramLimitExceeded" in (row.error or "")) == (1, True)


@pytest.mark.parametrize("field", ["message_id", "in_reply_to", "references"])
@pytest.mark.parametrize("identifier", [f"{LONG}@x", f"a@{LONG}"], ids=["before the @", "behind the @"])
def test_an_id_that_no_index_takes_is_none(here: Here, field: str, identifier: str) -> None:
    named = {field: identifier if field == "message_id" else f"<{identifier}>"}
    bad = accepted(here, letter("Mallory <mallory@example.org>", US, "Printer", "It burns.", **named))
    good = accepted(here, letter("alice@example.com", US, "Printer", "It burns."))
    tasks.process(here, bad, good)
    assert states(here, bad, good) == ["ticket", "ticket"]


@pytest.mark.parametrize(
    ("sender", "subject", "fields"),
    [
        (f"{LONG} <mallory@example.org>", "Printer", {}),
        (f"{LONG}@example.org", "Printer", {}),
        (f"a@{LONG}.example", "Printer", {}),
        ("mallory@example.org", LONG, {}),
        ("mallory@example.org", "Printer", {"cc": f"{LONG}@example.org"}),
        ("mallory@example.org", "Printer", {"cc": f"a{LONG[:300]}@example.org"}),
        (f"{LONG[:300]}@example.org", "Printer", {"cc": f"a@{LONG}.example"}),
    ],
    ids=["name", "address", "domain", "subject", "copy", "copy just within", "sender just within"],
)
def test_no_text_of_a_strangers_is_too_long_for_an_index(here: Here, sender: str, subject: str, fields: dict[str, str]) -> None:
    mail = accepted(here, letter(sender, US, subject, "It burns.", **fields))
    tasks.process(here, mail)
    (state,) = states(here, mail)
    assert state in {"ticket", "held"}


@pytest.mark.parametrize(
    "words",
    [lambda n: f"{n:04x}-{n:04x}", lambda n: f"{n:x}.de/{n:x}", lambda n: chr(0x20000 + n % 42_000) + chr(0x4E00 + n % 20_000)],
    ids=["hyphens", "addresses of pages", "four octets each"],
)
def test_however_many_words_a_mail_has_it_becomes_a_ticket(here: Here, words: Callable[[int], str]) -> None:
    mail = accepted(here, letter("alice@example.com", US, "Words", "\n".join(words(number) for number in range(90_000))))
    tasks.process(here, mail)
    assert states(here, mail) == ["ticket"]
