"""Mail that leaves: one row per recipient, written with the change it tells of; and addresses we no longer write to."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, Uuid, text
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, CreatedAt, Id, one_of
from helpdesk.models.comment import Comment
from helpdesk.models.person import Person
from helpdesk.models.ticket import Ticket


class OutboxState(StrEnum):
    """`queued` until the peer has answered; `captured` is kept here because no relay is set; `digest` is a line of a later mail."""

    QUEUED = "queued"
    SENT = "sent"
    CAPTURED = "captured"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    DIGEST = "digest"


class OutboxMessage(Base):
    """One message to one recipient.

    `seen_event_id` is the newest event that the recipient sees in it (it goes into their reply token). `mime` is composed once,
    before the first try, and kept. `ambiguous`: the answer to the final dot of a try was lost, so it may arrive twice.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("state", OutboxState),
        Index("ix_outbox_due", "due_at", "id", postgresql_where=text("state = 'queued'")),
        Index("ix_outbox_ticket", "ticket_number", "id"),
        Index("ix_outbox_comment", "comment_id"),
        Index("ix_outbox_recipient_kind", "recipient", "kind", "created_at"),
        Index("ix_outbox_acknowledged", "created_at", postgresql_where=text("kind = 'acknowledgement'")),
        Index("ix_outbox_digest", "person_id", "id", postgresql_where=text("state = 'digest' and sent_at is null")),
        Index("ix_outbox_problems", text("id desc"), postgresql_where=text("state in ('failed', 'suppressed')")),
        Index("ix_outbox_peer_id", "peer_message_id", postgresql_where=text("peer_message_id is not null")),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="r")
    reason: Mapped[str] = mapped_column(server_default="")
    recipient: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ticket_number: Mapped[int | None] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="SET NULL"))
    inbound_mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"))
    seen_event_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))

    state: Mapped[str] = mapped_column(server_default=OutboxState.QUEUED)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    lease: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    lease_until: Mapped[datetime | None]
    last_answer: Mapped[str | None]
    ambiguous: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))

    message_id: Mapped[str | None]
    peer_message_id: Mapped[str | None]
    subject: Mapped[str | None]
    body_text: Mapped[str | None]
    envelope_from: Mapped[str | None]
    mime: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    comment: Mapped[Comment | None] = relationship()


class DeliveryProblem(Base):
    """A peer or a report said that a message did not arrive, or that its reader complained."""

    __tablename__ = "delivery_problems"
    __table_args__ = (Index("ix_delivery_problems_address_at", "address", "at"),)

    id: Mapped[Id]
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"), index=True)
    address: Mapped[str]
    action: Mapped[str]
    status: Mapped[str | None]
    diagnostic: Mapped[str | None]
    inbound_mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"))
    at: Mapped[CreatedAt]


class Suppression(Base):
    """An address that gets no mail (hard bounce) or no automatic mail (complaint, unsubscribed)."""

    __tablename__ = "suppressions"

    address: Mapped[str] = mapped_column(primary_key=True)
    only_automatic: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    reason: Mapped[str]
    created_at: Mapped[CreatedAt]
