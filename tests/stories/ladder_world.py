"""One running helpdesk behind a relay that judges senders, for stories that share it: what a mail became, whom it moved us to write to,
and what staff see of it. Each story has people of its own, so stories run in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import psycopg
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import Engine

from helpdesk import db, people
from helpdesk.embedded import published
from helpdesk.sign_in import credentials
from mail_ingest import intake
from tests.letters import letter
from tests.served import start_serve, until
from tests.smtp_sink import Received, running
from tests.stories.ladder_mails import JUDGE, field, spec, text_of
from tests.stories.ladder_page import TicketPage
from tests.stories.world import US, World

Row = tuple[object, ...]
OUR_STAFF = "agents.example"
BOB = f"Bob Builder <bob@{OUR_STAFF}>"
PASSWORD = "a password of tests only"  # the agents' own, on loopback
END_STATES = {"ticket", "comment", "command", "held", "dropped", "loop", "bounce", "ignored"}
SETTINGS = {
    "HELPDESK_SUPPORT_ADDRESS": US,
    "HELPDESK_SENDER_CHECK": f"authserv:{JUDGE}",
    "HELPDESK_TRUSTED_MTAS": "127.0.0.1/32",
    "HELPDESK_STAFF_NEEDS_PASS": "false",  # an agent's reply address speaks for them, so that what needs more can be told from it
    "HELPDESK_UNDO_SECONDS": "0",
}


@dataclass(frozen=True)
class Became:
    """The end of one mail: its row, its ticket (None: none), and all that we sent because of it."""

    number: int
    state: str
    ticket: int | None
    sent: tuple[Received, ...]

    @property
    def tag(self) -> str:
        """ELM-001: its ticket, where it has one."""
        assert self.ticket is not None
        return f"ELM-{self.ticket:03d}"

    @property
    def told(self) -> dict[str, Received]:
        """What went to people outside, by address."""
        return {one.rcpt_to[0]: one for one in self.sent if not one.rcpt_to[0].endswith(f"@{OUR_STAFF}")}

    @property
    def told_staff(self) -> dict[str, Received]:
        """What went to agents, by address."""
        return {one.rcpt_to[0]: one for one in self.sent if one.rcpt_to[0].endswith(f"@{OUR_STAFF}")}


class Ladder(World):
    """The helpdesk of the stories; `rows` asks its database, `browser` is Bob's, who is an agent."""

    def __init__(self, world: World, rows: psycopg.Connection[Row], browser: httpx2.Client, engine: Engine) -> None:
        super().__init__(world.served, world.sink, world.environment)
        self.rows, self.browser, self.engine = rows, browser, engine
        self.handed_over: dict[bytes, str] = {}
        self._employ(BOB, password=PASSWORD)
        entered = browser.post("/login", data={"address": spec(BOB), "password": PASSWORD})
        assert entered.status_code == 303, entered.text

    # --- mail in

    def post(self, raw: bytes, *, to: str = US, mail_from: str | None = None) -> Became:
        """Hand over one mail, and come back once it has its end state and all that it made us write was sent."""
        before = len(self.sink.received)
        self.mail(raw, spec(field(raw, "From")) if mail_from is None else mail_from, to)
        key = intake.fingerprint(raw)
        self.handed_over[key] = field(raw, "Subject")
        until(partial(self._is_done, key))
        until(self._all_sent)
        row = self.rows.execute("select id, state, ticket_number from inbound_mail where fingerprint = %s", (key,)).fetchone()
        assert row is not None
        number, state, ticket = row
        assert isinstance(number, int)
        assert ticket is None or isinstance(ticket, int)
        return Became(number, str(state), ticket, tuple(self.sink.received[before:]))

    def opens(self, sender: str, subject: str, text: str, **fields: str) -> tuple[Became, Received]:
        """A first mail of `sender`: what it became, and its acknowledgement."""
        became = self.post(letter(sender, US, subject, text, **fields))
        assert became.state == "ticket"
        assert list(became.told) == [spec(sender)]
        return became, became.told[spec(sender)]

    # --- what staff do and see

    @contextmanager
    def colleague(self, who: str) -> Iterator[None]:
        """`who` ("Name <address>") is an agent as long as the block lasts: other stories know nothing of them."""
        self._employ(who)
        try:
            yield
        finally:
            self._employ(who, active=False)

    def _employ(self, who: str, *, active: bool = True, password: str | None = None) -> None:
        with db.transaction(self.engine) as session:
            hashed = credentials.hash_password(password) if password is not None else None
            people.add_user(session, spec(who), who.partition(" <")[0], "agent", hashed).active = active

    def page(self, tag: str) -> TicketPage:
        """The ticket as Bob sees it."""
        return TicketPage(self.tree(f"/admin/ticket/{tag}"))

    def tree(self, path: str) -> LexborHTMLParser:
        """A page as Bob sees it."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text[:2000]
        return LexborHTMLParser(answer.text)

    def press(self, tag: str, button: str, page: str = "", **fields: str) -> tuple[Received, ...]:
        """Bob sends a form of the ticket's page, or of a page below it; gives the mails that this set off."""
        form = self.tree(f"/admin/ticket/{tag}{page}").css_first(f'form[method=post][action="/admin/ticket/{tag}/{button}"]')
        assert form is not None, f"there is no such button: {button}"
        hidden = {one.attributes["name"] or "": one.attributes["value"] or "" for one in form.css("input[type=hidden]")}
        before = len(self.sink.received)
        answer = self.browser.post(form.attributes["action"] or "", data={**hidden, **fields})
        assert answer.status_code == 303, answer.text[:2000]
        until(self._all_sent)
        return tuple(self.sink.received[before:])

    def reply(self, tag: str, text: str, status: str = "") -> dict[str, Received]:
        """Bob answers in public on the ticket's page, and maybe sets the status; gives the mails, by recipient."""
        sent = self.press(tag, "comment", mode="reply", content=text, status=status)
        return {one.rcpt_to[0]: one for one in sent}

    def links(self, tag: str) -> list[Row]:
        """(kind, other ticket's number) of what the ticket is linked to."""
        return self.rows.execute("select kind, other_number from ticket_links where ticket_number = %s", (_number(tag),)).fetchall()

    def close_days_ago(self, tag: str, days: int) -> None:
        """As if the ticket, closed today, had been closed so long ago."""
        self.rows.execute(
            "update tickets set closed_at = closed_at - make_interval(days => %s) where number = %s", (days, _number(tag))
        )

    def why_held(self, became: Became) -> tuple[str, str | None, str | None]:
        """The numbered reason of a held mail, the rung that held it, and the ticket it names, as the API tells Bob."""
        answer = self.browser.get(f"/api/v1/admin/held/{became.number}")
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        return shown["code"], shown["matched_by"], shown["ticket"]

    def requester_page(self, ours: Received) -> str:
        """What the link in a mail of ours shows to whoever follows it."""
        link = re.search(r"https?://\S+/ticket/\S+", text_of(ours))
        assert link is not None
        answer = httpx2.get(link[0], follow_redirects=True)
        assert answer.status_code == 200, answer.text[:2000]
        return answer.text

    # --- nothing vanishes

    def check_that_nothing_vanished(self) -> None:
        """Each mail that was handed over is one row in exactly one end state, and no row is nobody's."""
        found = {
            bytes(key): str(state)  # type: ignore[call-overload]  # the driver gives bytes
            for key, state in self.rows.execute("select fingerprint, state from inbound_mail")
        }
        assert set(found) == set(self.handed_over), "each mail is one row"
        stray = {self.handed_over[key]: state for key, state in found.items() if state not in END_STATES}
        assert stray == {}, "each row is in an end state"

    def _is_done(self, key: bytes) -> bool:
        return bool(
            self.rows.execute("select 1 from inbound_mail where fingerprint = %s and state <> 'received'", (key,)).fetchone()
        )

    def _all_sent(self) -> bool:
        return not self.rows.execute("select 1 from outbox where state = 'queued' and due_at <= now() limit 1").fetchone()


@contextmanager
def serving(home: Path) -> Iterator[Ladder]:
    """The whole product on free ports, with Bob as its agent; at the end no mail may have vanished."""
    with ExitStack() as stack:
        sink = stack.enter_context(running())
        settings = {**SETTINGS, "HELPDESK_OUTBOUND": sink.url}
        served = start_serve(home, (), home / "data", settings)
        stack.callback(served.stop)
        url = published(served.data_dir).database_url
        engine = db.connect(url)
        stack.callback(engine.dispose)
        plain = url.replace("postgresql+psycopg:", "postgresql:")
        rows = stack.enter_context(psycopg.connect(plain, autocommit=True))
        browser = stack.enter_context(httpx2.Client(base_url=served.http))
        ladder = Ladder(World(served, sink, settings), rows, browser, engine)
        yield ladder
        ladder.check_that_nothing_vanished()


def _number(tag: str) -> int:
    return int(tag.partition("-")[2])
