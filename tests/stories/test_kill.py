"""kill -9 of any process in the middle of the work: each mail that got 250 is exactly one ticket, each acknowledgement is sent.

HELPDESK_TEST_KILL_MAILS=1000 runs the full size; the suite's own is 90.
"""

from __future__ import annotations

import os
import signal
import smtplib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import psycopg

from helpdesk.embedded import published
from tests.letters import letter
from tests.served import Serve, Served, until
from tests.smtp_sink import running

US = "support@help.test"
MAILS = int(os.environ.get("HELPDESK_TEST_KILL_MAILS", "90"))
VICTIMS = ("worker", "postgresql", "smtp", "valkey", "beat", "web", "worker")
CLIENTS = 4


class Load:
    """Clients that send one mail per sender, each again and again until it gets its 250."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.accepted: list[str] = []
        self.tries = 0
        self._numbers = iter(range(MAILS))
        self._lock = threading.Lock()
        self._pause = threading.Event()
        self.threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(CLIENTS)]

    def has_sent(self, count: int) -> bool:
        """Whether so many got their 250."""
        return len(self.accepted) >= count

    def _send_all(self) -> None:
        for number in self._next():
            sender = f"sender{number}@example.com"
            raw = letter(sender, US, f"Question {number}", f"This is number {number}.", message_id=f"q{number}@example.com")
            while not self._sent(sender, raw):
                self._pause.wait(0.05)
            with self._lock:
                self.accepted.append(sender)

    def _next(self) -> Iterator[int]:
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            yield number

    def _sent(self, sender: str, raw: bytes) -> bool:
        self.tries += 1
        with (
            suppress(OSError, smtplib.SMTPException),
            smtplib.SMTP(self.served.smtp_host, self.served.smtp_port, timeout=30) as client,
        ):
            client.sendmail(sender, [US], raw)
            return True
        return False


def test_whatever_is_killed_each_accepted_mail_is_one_ticket_and_each_acknowledgement_is_sent(served: Serve) -> None:
    with running() as sink:
        settings = {"HELPDESK_OUTBOUND": sink.url, "HELPDESK_SUPPORT_ADDRESS": US}
        world = served(data_dir=None, **settings)
        load = Load(world)
        for thread in load.threads:
            thread.start()
        for step, victim in enumerate(VICTIMS, start=1):
            until(partial(load.has_sent, MAILS * step // (len(VICTIMS) + 2)))
            before = world.pid(victim)
            os.kill(before, signal.SIGKILL)
            until(partial(_is_back, world, victim, before))
        # last the supervisor itself, and with it everything that runs
        until(partial(load.has_sent, MAILS * 8 // 9))
        world.process.kill()
        world.process.wait(30)
        load.served = served(data_dir=world.data_dir, **settings)
        for thread in load.threads:
            thread.join(300)
        assert len(load.accepted) == MAILS

        url = published(world.data_dir).database_url.replace("postgresql+psycopg:", "postgresql:")
        with psycopg.connect(url, autocommit=True) as connection:
            until(lambda: _count(connection, "inbound_mail where state = 'received'") == 0, 150)
            until(lambda: _count(connection, "outbox where state = 'queued'") == 0, 150)
            senders = connection.execute(
                "select a.address from tickets t join person_addresses a on a.person_id = t.requester_id"
            ).fetchall()
            mails = Counter(state for (state,) in connection.execute("select state from inbound_mail"))
            searched = _count(connection, "search_documents")
        acknowledged = Counter(one.rcpt_to[0] for one in sink.received)
        assert Counter(sender for (sender,) in senders) == Counter(load.accepted), "each mail is exactly one ticket"
        assert mails == {"ticket": MAILS}, "each mail is exactly one row"
        assert searched == MAILS, "no ticket is there in part"
        assert set(acknowledged) == set(load.accepted), "each acknowledgement was sent"
        ids = {one.message["Message-ID"] for one in sink.received}
        assert len(ids) == MAILS, "a message sent twice carries the same id"
        print(
            f"{MAILS} mails in {load.tries} tries, {len(VICTIMS) + 1} kills: {len(sink.received) - MAILS} acknowledgements sent twice"
        )


def _is_back(world: Served, victim: str, before: int) -> bool:
    with suppress(OSError, ValueError):
        return world.pid(victim) != before
    return False


def _count(connection: psycopg.Connection[tuple[object, ...]], what: str) -> object:
    found = connection.execute(f"select count(*) from {what}".encode()).fetchone()  # noqa: S608  (our own words)
    return found[0] if found else None
