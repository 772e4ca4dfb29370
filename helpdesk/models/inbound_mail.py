"""Mail that arrived: the row that means "accepted", its raw bytes, and the trace of what was decided."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from helpdesk.models.base import Base, Id, one_of


class InboundState(StrEnum):
    """`received` waits to be processed; every mail ends in exactly one of the others."""

    RECEIVED = "received"
    TICKET = "ticket"
    COMMENT = "comment"
    COMMAND = "command"
    HELD = "held"
    LOOP = "loop"
    BOUNCE = "bounce"
    IGNORED = "ignored"
    DROPPED = "dropped"


class InboundMail(Base):
    """One accepted mail. `fingerprint` makes accepting idempotent; `rule` and `matched_by` are names of functions.

    `held_number` is a `words.HeldReason`, `held_reason` says it of this mail. `amended` is what its agent said
    since about how to take it (`mail_ingest/staff_mail`). `verdicts` are the words of the service that took
    it in (Amazon SES), by the name of the check; None by every other transport.

    The raw bytes are in `inbound_raw` (day `raw_on`) until housekeeping has moved them to storage (`raw_key`).
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        one_of("state", InboundState),
        Index("ix_inbound_mail_due", "due_at", "id", postgresql_where=text("state = 'received'")),
        Index("ix_inbound_mail_held", "received_at", "id", postgresql_where=text("state = 'held'")),
        Index("ix_inbound_mail_message_id", "message_id", postgresql_where=text("message_id is not null")),
        Index("ix_inbound_mail_ticket", "ticket_number", "id"),
        Index("ix_inbound_mail_sender", "sender", "received_at"),
        Index("ix_inbound_mail_raw", "raw_on", "id", postgresql_where=text("raw_key is null")),
    )

    id: Mapped[Id]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    source: Mapped[str]
    mail_from: Mapped[str]
    rcpt_to: Mapped[list[str]] = mapped_column(ARRAY(Text))
    client_ip: Mapped[str | None]
    helo: Mapped[str | None]
    verdicts: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    size: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())

    state: Mapped[str] = mapped_column(server_default=InboundState.RECEIVED)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None]

    message_id: Mapped[str | None]
    sender: Mapped[str | None]
    subject: Mapped[str | None]
    kind: Mapped[str | None]
    rule: Mapped[str | None]
    matched_by: Mapped[str | None]
    sender_verdict: Mapped[str | None]
    held_number: Mapped[int | None] = mapped_column(SmallInteger)
    held_reason: Mapped[str | None]
    amended: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    trace: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    ticket_number: Mapped[int | None]
    comment_id: Mapped[int | None]
    processed_at: Mapped[datetime | None]
    raw_on: Mapped[date]
    raw_key: Mapped[str | None]


class InboundArrival(Base):
    """The same mail came again: by which transport, to whom, when. Nothing else changed."""

    __tablename__ = "inbound_arrivals"

    id: Mapped[Id]
    inbound_mail_id: Mapped[int] = mapped_column(ForeignKey("inbound_mail.id", ondelete="CASCADE"), index=True)
    source: Mapped[str]
    rcpt_to: Mapped[list[str]] = mapped_column(ARRAY(Text))
    client_ip: Mapped[str | None]
    arrived_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InboundRaw(Base):
    """The bytes as they came; partitioned by day so that moved ones go by dropping a partition."""

    __tablename__ = "inbound_raw"
    __table_args__ = ({"postgresql_partition_by": "RANGE (received_on)"},)

    received_on: Mapped[date] = mapped_column(primary_key=True)
    inbound_mail_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class MailReference(Base):
    """A mail on a ticket names this Message-ID, which we have not seen: when that mail comes late, it belongs there."""

    __tablename__ = "mail_references"

    message_id: Mapped[str] = mapped_column(primary_key=True)
    inbound_mail_id: Mapped[int] = mapped_column(ForeignKey("inbound_mail.id", ondelete="CASCADE"), primary_key=True)


class MailMailbox(Base):
    """Who stood in From, To or Cc of a mail on a ticket: the colleague in copy who answers the original lands right."""

    __tablename__ = "mail_mailboxes"

    inbound_mail_id: Mapped[int] = mapped_column(ForeignKey("inbound_mail.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str]
