"""An agent's mailbox: bob writes to tickets of alice's, and a test reads what became of it, in real rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import addressing, db, people, tickets
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.models import Comment, Event, InboundMail, OutboxMessage, Participant, Person, Ticket
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.staff import preferences
from mail_ingest import intake, process
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from mail_ingest.process import Tools
from tests.letters import letter

US, JUDGE, RELAY = "support@help.test", "mx.help.test", "127.0.0.1"
ALICE, BOB, CHARLIE = "Alice <alice@example.com>", "Bob Builder <bob@help.test>", "Charlie <charlie@example.org>"


@dataclass
class World:
    """`alice_writes` opens a ticket; `bob_writes` answers it with his token."""

    tools: Tools

    def __post_init__(self) -> None:
        with self.session() as session:
            people.add_user(session, "bob@help.test", "Bob Builder", "agent")
            people.add_user(session, "dora@help.test", "Dora", "admin")

    def session(self) -> Any:
        """A transaction."""
        return db.transaction(self.tools.house.engine)

    def arrives(self, raw: bytes, to: str = US) -> InboundMail:
        """One mail, accepted and processed."""
        accepted = intake.accept(
            self.tools.house.engine, Arrival(raw, Envelope("someone@example.com", (to,), client_ip=RELAY), "test")
        )
        process.process(self.tools, accepted.mail_id)
        return self.row(accepted.mail_id)

    def alice_writes(self, text: str = "It burns.", **fields: str) -> int:
        """A ticket of alice's, or her message on one (`subject`); its number."""
        row = self.arrives(letter(ALICE, US, fields.pop("subject", "Printer"), text, **fields))
        assert row.ticket_number is not None, row.trace
        return row.ticket_number

    def token(self, ticket: int, address: str = "bob@help.test", purpose: Purpose = Purpose.REPLY, seen: int | None = None) -> str:
        """The reply address of a notification that showed all there is now, or all up to `seen`."""
        with self.session() as session:
            person = people.find_or_make(session, address)
            newest = session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1))
            token = ReplyToken(ticket, person.id, purpose, newest if seen is None else seen)
            return addressing.reply_address(self.tools.house.mint, token)

    def bob_writes(
        self,
        ticket: int,
        text: str,
        *,
        to: OutboxMessage | None = None,
        note: bool = False,
        proved: bool = True,
        seen: int | None = None,
        sender: str = BOB,
    ) -> InboundMail:
        """Bob's mail to his token for the ticket; as a reply `to` one of our mails, to a `note`, or without proof of who wrote it."""
        address = sender.rpartition("<")[2].rstrip(">")
        token = self.token(ticket, address, Purpose.NOTE if note else Purpose.REPLY, seen)
        fields = {"in_reply_to": f"<{self.message_id(to)}>"} if to is not None else {}
        if proved:
            fields["authentication_results"] = f"{JUDGE}; dkim=pass header.d=help.test"
        return self.arrives(letter(sender, token, "Re: Printer", text, **fields), to=token)

    def message_id(self, message: OutboxMessage) -> str:
        """The Message-ID that this row is sent with."""
        return addressing.message_id(self.tools.house.mint, message.ticket_number, message.id)

    def again(self, mail: InboundMail) -> InboundMail:
        """A mail that goes back to its start is processed once more."""
        process.process(self.tools, mail.id)
        return self.row(mail.id)

    def row(self, number: int) -> InboundMail:
        """The row of a mail, as it is now."""
        with self.session() as session:
            row: InboundMail = session.get_one(InboundMail, number)
        assert row.error is None, row.error
        return row

    def ticket(self, number: int) -> Ticket:
        """A ticket, as it is now."""
        with self.session() as session:
            found: Ticket = session.get_one(Ticket, number)
            assert found.requester.addresses
            assert found.assignee is None or found.assignee.addresses
            return found

    def said(self, ticket: int) -> list[tuple[str, str]]:
        """("public" | "note", text) of every message that stands on the ticket."""
        with self.session() as session:
            found = session.scalars(
                select(Comment).where(Comment.ticket_number == ticket, Comment.state == "posted").order_by(Comment.id)
            )
            return [("note" if one.internal else "public", one.content) for one in found]

    def mails(self, kind: str | None = None) -> list[OutboxMessage]:
        """What we mailed, oldest first."""
        with self.session() as session:
            wanted = select(OutboxMessage).order_by(OutboxMessage.id)
            return list(session.scalars(wanted if kind is None else wanted.where(OutboxMessage.kind == kind)))

    def told(self) -> list[tuple[str, str]]:
        """(kind, recipient) of what is sent or will be."""
        return [(one.kind, one.recipient) for one in self.mails() if one.state != "cancelled"]

    def last(self, kind: str) -> OutboxMessage:
        """The newest mail of a kind."""
        return self.mails(kind)[-1]

    def lines(self) -> str:
        """What the newest receipt says."""
        data = self.last("receipt").data
        return "\n".join([data["heading"], *data["lines"]])

    def people_of(self, ticket: int) -> dict[str, str]:
        """Address -> role of those who take part."""
        with self.session() as session:
            found = session.scalars(
                select(Participant).where(Participant.ticket_number == ticket, Participant.removed_at.is_(None))
            )
            return {one.person.address: one.role for one in found}

    def events(self, ticket: int) -> list[str]:
        """The kinds of all that happened to the ticket."""
        with self.session() as session:
            return list(session.scalars(select(Event.kind).where(Event.ticket_number == ticket).order_by(Event.id)))

    def prefers(self, **wanted: Any) -> None:
        """Bob's preferences."""
        with self.session() as session:
            preferences.keep(self.bob(session), wanted)

    def bob(self, session: Session) -> Person:
        """Bob's row."""
        return people.agent_named(session, "bob")

    def viewer(self, session: Session) -> Viewer:
        """Bob, on a page."""
        return viewer_of(self.bob(session), Via.WEB)

    def changes(self, ticket: int, **fields: Any) -> None:
        """Somebody else changes fields of the ticket."""
        with self.session() as session:
            found = tickets.locked(session, ticket)
            assert found is not None
            tickets.edit(session, found, SYSTEM, **fields)
