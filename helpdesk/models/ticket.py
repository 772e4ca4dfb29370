"""Tickets, who takes part in them, and what hangs on them."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from helpdesk.models.base import Base, CreatedAt, Id, PersonId, TicketNumber, one_of
from helpdesk.models.person import Person
from helpdesk.words import Priority, Source, Status, TicketType, WaitingOn

ACTIVE = (Status.OPEN, Status.IN_PROGRESS)
_IS_ACTIVE = text("status in ('open', 'in_progress') and merged_into is null")


class Ticket(Base):
    """One matter. `number` is its key inside (ELM-001); `id` is the uuid that the API shows.

    `subject` is fixed by the first mail and heads every mail we send; `title` may be edited. `waiting_since` orders the queue:
    when the side that has the next word was given it. `verified` is False until the requester's address has proved itself.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        one_of("type", TicketType),
        one_of("status", Status),
        one_of("priority", Priority),
        one_of("source", Source),
        one_of("waiting_on", WaitingOn),
        Index("ix_tickets_queue", "waiting_since", "number", postgresql_where=_IS_ACTIVE),
        Index(
            "ix_tickets_unassigned_queue",
            "waiting_since",
            "number",
            postgresql_where=text(f"{_IS_ACTIVE.text} and assignee_id is null"),
        ),
        Index("ix_tickets_assignee_queue", "assignee_id", "waiting_since", "number", postgresql_where=_IS_ACTIVE),
        Index("ix_tickets_waiting_queue", "waiting_on", "waiting_since", "number", postgresql_where=_IS_ACTIVE),
        Index("ix_tickets_status_updated", "status", text("updated_at desc"), text("number desc")),
        Index("ix_tickets_assignee_updated", "assignee_id", text("updated_at desc"), text("number desc")),
        Index("ix_tickets_requester", "requester_id", text("number desc")),
        Index("ix_tickets_updated", text("updated_at desc"), text("number desc")),
        Index("ix_tickets_created", "created_at"),
        Index("ix_tickets_known", text("updated_at desc"), postgresql_where=text("is_public")),
        Index("ix_tickets_snoozed", "snoozed_until", postgresql_where=text("snoozed_until is not null")),
        Index("ix_tickets_resolved", "resolved_at", postgresql_where=text("status = 'resolved'")),
        Index("ix_tickets_tags", "tags", postgresql_using="gin"),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, server_default=func.gen_random_uuid(), unique=True)
    type: Mapped[str] = mapped_column(server_default=TicketType.OTHER)
    status: Mapped[str] = mapped_column(server_default=Status.OPEN)
    priority: Mapped[str] = mapped_column(server_default=Priority.MEDIUM)
    title: Mapped[str]
    subject: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    description_html: Mapped[str | None]
    source: Mapped[str]
    requester_id: Mapped[PersonId]
    reporter_user_id: Mapped[str | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    is_public: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    upvotes: Mapped[int] = mapped_column(server_default=text("0"))
    environment: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    verified: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    restricted: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    waiting_on: Mapped[str] = mapped_column(server_default=WaitingOn.US)
    waiting_since: Mapped[datetime] = mapped_column(server_default=func.now())
    snoozed_until: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("tickets.number"), index=True)
    inbound_mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"), index=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    first_response_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    muted_until: Mapped[datetime | None]

    requester: Mapped[Person] = relationship(foreign_keys="Ticket.requester_id")
    assignee: Mapped[Person | None] = relationship(foreign_keys="Ticket.assignee_id")


class ParticipantRole(StrEnum):
    """Why someone is on a ticket."""

    REQUESTER = "requester"
    CC = "cc"


class Participant(Base):
    """Someone outside who takes part: sees what came since `joined_at`; a removed one keeps the row and loses every right."""

    __tablename__ = "participants"
    __table_args__ = (one_of("role", ParticipantRole), Index("ix_participants_person", "person_id", "ticket_number"))

    ticket_number: Mapped[TicketNumber] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    role: Mapped[str]
    joined_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


class TicketLink(Base):
    """Ticket `ticket_number` follows, was split from, or may belong to ticket `other_number` (staff only)."""

    __tablename__ = "ticket_links"

    ticket_number: Mapped[TicketNumber] = mapped_column(primary_key=True)
    other_number: Mapped[TicketNumber] = mapped_column(primary_key=True, index=True)
    kind: Mapped[str]
    created_at: Mapped[CreatedAt]


class Upvote(Base):
    """A "me too" on a known issue: once per person."""

    __tablename__ = "upvotes"

    ticket_number: Mapped[TicketNumber] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    created_at: Mapped[CreatedAt]


class Draft(Base):
    """What an agent has typed and not sent yet; `seen_event_id` is the newest event they had in view."""

    __tablename__ = "drafts"

    ticket_number: Mapped[TicketNumber] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    internal: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    content: Mapped[str]
    seen_event_id: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MutedTicket(Base):
    """An agent wants no mail about this ticket."""

    __tablename__ = "muted_tickets"

    ticket_number: Mapped[TicketNumber] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    created_at: Mapped[CreatedAt]


class RevokedLink(Base):
    """A signed link that opens one ticket was revoked before its 90 days were over."""

    __tablename__ = "revoked_links"

    id: Mapped[Id]
    ticket_number: Mapped[TicketNumber] = mapped_column(index=True)
    person_id: Mapped[PersonId]
    before: Mapped[datetime]
