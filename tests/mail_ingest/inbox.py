"""A helpdesk's inbox for tests: mails arrive, are processed at once, and what became of them is read from real rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from helpdesk import addressing, db, people, tickets
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.models import Comment, Event, InboundMail, OutboxMessage, Participant, Ticket, TicketLink
from helpdesk.permissions import SYSTEM
from mail_ingest import intake, process
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from mail_ingest.process import Tools
from tests.letters import letter

US, JUDGE, RELAY = "support@help.test", "mx.help.test", "127.0.0.1"
ALICE, BOB, CHARLIE = "Alice <alice@example.com>", "Bob Builder <bob@help.test>", "Charlie <charlie@example.org>"
PROOF = {"pass": "dkim=pass header.d={0}", "fail": "dmarc=fail (p=reject) header.from={0}"}


@dataclass(frozen=True)
class Inbox:
    """`writes` is a plain mail of somebody's, `arrives` any octets."""

    tools: Tools

    def session(self) -> Any:
        """A transaction."""
        return db.transaction(self.tools.house.engine)

    def arrives(self, raw: bytes, to: str = US, *, client_ip: str | None = RELAY, mail_from: str = "x@example.com") -> InboundMail:
        """The row of one mail after it was accepted and processed."""
        accepted = intake.accept(self.tools.house.engine, Arrival(raw, Envelope(mail_from, (to,), client_ip=client_ip), "test"))
        process.process(self.tools, accepted.mail_id)
        with self.session() as session:
            row: InboundMail = session.get_one(InboundMail, accepted.mail_id)
        assert row.error is None, row.error
        return row

    def writes(
        self, sender: str, subject: str, text: str = "It burns.", *, to: str = US, proof: str = "", **fields: str
    ) -> InboundMail:
        """A mail by `sender`, whom the relay proves ("pass"), disowns ("fail") or says nothing of."""
        if proof:
            domain = sender.rpartition("@")[2].rstrip(">")
            fields["authentication_results"] = f"{JUDGE}; {PROOF[proof].format(domain)}"
        return self.arrives(letter(sender, to, subject, text, **fields), to.partition(", ")[0])

    def token(self, ticket: int | None, address: str, purpose: Purpose = Purpose.REPLY) -> str:
        """The reply address of a mail to `address` about the ticket."""
        with self.session() as session:
            person = people.find_or_make(session, address)
            return addressing.reply_address(self.tools.house.mint, ReplyToken(ticket or 0, person.id, purpose, 1))

    def ours(self, ticket: int | None) -> str:
        """The Message-ID of a mail of ours about the ticket."""
        return addressing.message_id(self.tools.house.mint, ticket, 1)

    def put(self, number: int | None, status: str, **changes: Any) -> None:
        """The ticket in another status, by the helpdesk's own hand, and with other values."""
        with self.session() as session:
            ticket = tickets.locked(session, number or 0)
            assert ticket is not None
            tickets.change_status(session, ticket, status, SYSTEM)
            for name, value in changes.items():
                setattr(ticket, name, value)

    def ticket(self, number: int | None) -> Ticket:
        """The ticket as it is."""
        with self.session() as session:
            ticket: Ticket = session.get_one(Ticket, number)
            assert ticket.requester.addresses
            return ticket

    def comments(self, number: int | None) -> list[Comment]:
        """The messages on the ticket, in order."""
        with self.session() as session:
            return list(session.scalars(select(Comment).where(Comment.ticket_number == number).order_by(Comment.id)))

    def events(self, number: int | None, kind: str) -> list[Event]:
        """The events of one kind."""
        with self.session() as session:
            wanted = select(Event).where(Event.ticket_number == number, Event.kind == kind).order_by(Event.id)
            return list(session.scalars(wanted))

    def links(self) -> list[tuple[int, int, str]]:
        """(ticket, the other one, kind) of all links."""
        with self.session() as session:
            rows = session.execute(select(TicketLink.ticket_number, TicketLink.other_number, TicketLink.kind))
            return [(one, other, kind) for one, other, kind in rows]

    def taking_part(self, number: int | None) -> set[str]:
        """The local parts of those who take part."""
        with self.session() as session:
            wanted = select(Participant).where(Participant.ticket_number == number, Participant.removed_at.is_(None))
            return {one.person.address.partition("@")[0] for one in session.scalars(wanted)}

    def sent(self, *kinds: str) -> list[OutboxMessage]:
        """What is in the outbox, in order; of these kinds, if any are named."""
        with self.session() as session:
            found = list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))
        return [one for one in found if one.kind in kinds or not kinds]
