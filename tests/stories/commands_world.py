"""An office of agents who work by mail: tickets of customers of their own, agents' answers as a mail program writes them, and what
everybody has in their mailbox afterwards. Mails are handed over many at a time: waiting for each would take minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Any
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from helpdesk import canned, db, people
from helpdesk.permissions import Via, viewer_of
from helpdesk.staff import preferences
from mail_ingest import intake
from mail_ingest.staff.answers import HELD_KINDS
from tests.letters import letter, quoted
from tests.served import until
from tests.smtp_sink import Received
from tests.stories.ladder_mails import field, judged, proved, reply_to, spec, text_of
from tests.stories.ladder_world import BOB, OUR_STAFF, Ladder
from tests.stories.world import US

DORA = f"Dora Dean <dora@{OUR_STAFF}>"
EVE = f"Eve Early <eve@{OUR_STAFF}>"
CUSTOMERS = "customers.example"
ASKED = "The printer burns, and it has burnt since Monday."
TELEPHONE = "+49 30 555 0177"
# what a mail program and the agent's own servers add to a mail, and what no requester may ever see of it
OF_THE_AGENT = {
    "received": "from bobs-laptop (bobs-laptop.lan [192.0.2.77]) by mail.agents.example; Tue, 03 Mar 2026 10:00:00 +0000",
    "user_agent": "BobMail/7.1",
    "x_mailer": "BobMailer 9",
    "x_originating_ip": "[192.0.2.77]",
    "organization": "Bobs Secret Guild",
}
CANNED = (
    ("Refund policy", "refund", "Hello {user_first_name|there}, {ticket_id}: the money comes. {agent_first_name}"),
    ("Restart it", "restart", "Restart it, {user_first_name|friend}."),
)
ACTIONS = {"refund": {"status": "resolved", "tags": ["money"], "assign": "me"}}
_numbers = count(1)  # an address is acknowledged once in ten minutes
_FIELDS = ("status", "priority", "type", "tags", "title", "is_public")


@dataclass(frozen=True)
class Case:
    """One ticket of one requester, and the mail about it that an agent answers."""

    ladder: Ladder
    requester: str
    tag: str
    acknowledgement: Received
    notice: Received

    @property
    def number(self) -> int:
        """7 of ELM-007."""
        return int(self.tag.partition("-")[2])

    def api(self) -> dict[str, Any]:
        """The ticket as the API tells Bob."""
        answer = self.ladder.browser.get(f"/api/v1/admin/tickets/{self.tag}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def fields(self) -> dict[str, Any]:
        """What commands change, as the API tells it."""
        found = self.api()
        who = {name: first_name(found[name]["email"]) if found[name] else None for name in ("reporter", "assignee")}
        return {**{name: found[name] for name in _FIELDS}, **who, "snoozed": found["snoozed_until"] is not None}

    def said(self) -> list[tuple[str, str]]:
        """("note" | "public", text) of every message that stands on the ticket after the first."""
        found = [one for one in self.api()["comments"] if one["state"] == "posted"]
        return [("note" if one["is_internal"] else "public", one["content"]) for one in found]

    def mails(self, since: int = 0, *, to: str = "") -> list[Received]:
        """What we mailed about the ticket since there were so many, maybe to one address only."""
        about = [one for one in self.ladder.sink.received[since:] if field(one.content, "X-Helpdesk-Ticket") == self.tag]
        return [one for one in about if not to or one.rcpt_to[0] == spec(to)]

    def told(self, since: int = 0) -> dict[str, list[str]]:
        """Name in front of the @ -> the kinds of mail that they got about the ticket."""
        told: dict[str, list[str]] = {}
        for one in self.mails(since):
            told.setdefault(first_name(one.rcpt_to[0]), []).append(kind(one))
        return told

    def newest(self, to: str, wanted: str) -> Received:
        """The newest mail of a kind about the ticket to an address."""
        return next(one for one in reversed(self.mails(to=to)) if kind(one) == wanted)


class Office:
    """The running helpdesk as its agents and their customers use it."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder

    @property
    def mark(self) -> int:
        """How many mails we have sent so far."""
        return len(self.ladder.sink.received)

    def opens(self, *subjects: str, agent: str = BOB) -> list[Case]:
        """A customer of their own writes each of these; the agent has the notification."""
        senders = [f"Alice <alice{next(_numbers)}@{CUSTOMERS}>" for _ in subjects]
        rows = self.posts([(letter(who, US, subject, ASKED), US) for who, subject in zip(senders, subjects, strict=True)])
        cases = []
        for who, (state, ticket) in zip(senders, rows, strict=True):
            assert state == "ticket"
            tag = f"ELM-{ticket:03d}"
            about = {one.rcpt_to[0]: one for one in self.ladder.sink.received if field(one.content, "X-Helpdesk-Ticket") == tag}
            cases.append(Case(self.ladder, who, tag, about[spec(who)], about[spec(agent)]))
        return cases

    def case(self, subject: str = "Printer", *, agent: str = BOB) -> Case:
        """One customer writes."""
        return self.opens(subject, agent=agent)[0]

    def posts(self, mails: Sequence[tuple[bytes, str]]) -> list[tuple[str, int | None]]:
        """Hand over mails, each to its address, and come back once all is done and sent; gives (state, ticket) of each."""
        keys = [intake.fingerprint(raw) for raw, _ in mails]
        for (raw, to), key in zip(mails, keys, strict=True):
            self.ladder.handed_over[key] = field(raw, "Subject")
            self.ladder.mail(raw, spec(field(raw, "From")), to)
        self.quiet()
        return [self.became(key) for key in keys]

    def became(self, key: bytes) -> tuple[str, int | None]:
        """(state, ticket) of a mail as it is now."""
        row = self.ladder.rows.execute("select state, ticket_number from inbound_mail where fingerprint = %s", (key,)).fetchone()
        assert row is not None
        state, ticket = row
        assert isinstance(ticket, int | None)
        return str(state), ticket

    def answers(self, case: Case, text: str, **options: Any) -> str:
        """An agent answers a mail about the ticket; gives the state of that mail."""
        return self.posts([self.answer(case.notice, text, **options)])[0][0]

    def answer(self, ours: Received, text: str, *, sender: str = BOB, proof: bool = True, **fields: str) -> tuple[bytes, str]:
        """The mail in which an agent answers one of ours from their mail program, and where it goes."""
        message = ours.message
        references = f"{message['References'] or ''} {message['Message-ID']}".strip()
        threaded = {"in_reply_to": str(message["Message-ID"]), "references": references}
        body = f"{text}\n\n-- \n{sender.partition(' <')[0]}, Wizard of the Helpdesk\nT {TELEPHONE}\n{spec(sender)}\n\n"
        said = body + quoted(text_of(ours))
        raw = letter(sender, reply_to(ours), f"Re: {message['Subject']}", said, **{**OF_THE_AGENT, **threaded, **fields})
        return (judged(raw, proved(sender)) if proof else raw), reply_to(ours)

    def requester_writes(self, case: Case, text: str) -> None:
        """The requester answers our acknowledgement."""
        to, named = reply_to(case.acknowledgement), str(case.acknowledgement.message["Message-ID"])
        self.posts([(letter(case.requester, to, f"Re: [{case.tag}]", text, in_reply_to=named), to)])

    def mentions(self, case: Case, who: str, text: str) -> Received:
        """Bob leaves a note that names an agent, on the page; gives what the agent is mailed."""
        self.ladder.press(case.tag, "comment", mode="note", content=f"@{spec(who).partition('@')[0]} {text}")
        return case.newest(who, "note")

    def quiet(self) -> None:
        """Until every mail has its end state and all that is due is sent."""
        until(partial(self._none, "select 1 from inbound_mail where state = 'received' limit 1"))
        until(partial(self._none, "select 1 from outbox where state = 'queued' and due_at <= now() limit 1"))

    def hours_pass(self) -> None:
        """As if agents had been answered yesterday: how often they are counts by the hour."""
        self.ladder.rows.execute(
            "update outbox set created_at = created_at - interval '1 day' where kind = any(%s)", (list(HELD_KINDS),)
        )

    def prefers(self, who: str, **wanted: Any) -> None:
        """An agent's preferences, as their settings page keeps them."""
        with db.transaction(self.ladder.engine) as session:
            preferences.keep(people.agent_named(session, spec(who)), wanted)

    def leaks(self) -> list[tuple[str, str]]:
        """(recipient, what) of everything of an agent, or of another person, that customers' mailboxes hold."""
        keys = {key: one.rcpt_to[0] for one in self.ladder.sink.received if (key := key_of(one))}
        found = []
        for one in self.ladder.sink.received:
            if one.rcpt_to[0].endswith(f"@{CUSTOMERS}"):
                secrets = [*SECRETS, *(key for key, whose in keys.items() if whose != one.rcpt_to[0])]
                found += [(one.rcpt_to[0], secret) for secret in secrets if secret.lower() in all_of(one)]
                found += [(one.rcpt_to[0], line) for line in COMMAND_LINE.findall(plain(one))]
        return found

    def _none(self, query: str) -> bool:
        return self.ladder.rows.execute(query).fetchone() is None


# every note of these stories holds the word BETWEENUS
SECRETS = (
    OUR_STAFF, "555 0177", "Wizard", "betweenus", "BobMail", "bobs-laptop", "192.0.2.77", "Secret Guild", "/admin/", "as a public answer",
)  # fmt: skip
COMMAND_LINE = re.compile(r"^[> ]*[#/][A-Za-z]\w*.*$", re.MULTILINE)


def kind(ours: Received) -> str:
    """The kind of a mail of ours, for filters."""
    return field(ours.content, "X-Helpdesk-Reason").partition(":")[0]


@cache
def key_of(ours: Received) -> str:
    """The reply address that speaks for the recipient of a mail of ours, or ""."""
    return reply_to(ours) if ours.message["Reply-To"] else ""


@cache
def all_of(ours: Received) -> str:
    """All that a mail of ours holds, as it was sent and decoded, in lower case."""
    parts = [str(part.get_content()) for part in ours.message.walk() if part.get_content_maintype() == "text"]
    return "".join((ours.content.decode("utf-8", "replace"), *parts)).lower()


def plain(ours: Received) -> str:
    """The text of a mail of ours, as a mail program shows it."""
    return text_of(ours).replace("\r\n", "\n")


def actions(ours: Received) -> dict[str, tuple[str, str, str]]:
    """The prefilled mails that a mail of ours offers: word on the link -> (address, subject, body) (RFC 6068)."""
    part = ours.message.get_body(("html",))
    assert part is not None
    links = LexborHTMLParser(str(part.get_content())).css('a[href^="mailto:"]')
    found = {}
    for one in links:
        address, _, query = (one.attributes["href"] or "").removeprefix("mailto:").partition("?")
        fields = dict(pair.split("=", 1) for pair in query.split("&"))
        found[one.text()] = (unquote(address), unquote(fields["subject"]), unquote(fields.get("body", "")))
    return found


def first_name(address: str) -> str:
    """The cast's name in an address: every story has an Alice of its own."""
    return address.partition("@")[0].rstrip("0123456789")


@contextmanager
def staffed(ladder: Ladder) -> Iterator[Office]:
    """The office with Dora, who only hears of what is hers, and with canned responses, as long as the block lasts."""
    office = Office(ladder)
    with ExitStack() as stack:
        stack.enter_context(ladder.colleague(DORA))
        office.prefers(DORA, unassigned=False)
        with db.transaction(ladder.engine) as session:
            bob = viewer_of(people.agent_named(session, spec(BOB)), Via.WEB)
            if not canned.listed(session, bob):
                for title, shortcut, content in CANNED:
                    actions = ACTIONS.get(shortcut, {})
                    canned.create(session, bob, title=title, shortcut=shortcut, content=content, actions=actions, shared=False)
        yield office
