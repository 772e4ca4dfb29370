"""The audit trail: what happened, to which ticket, by whom, through which door."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, CreatedAt, Id
from helpdesk.models.person import Person


class Event(Base):
    """One thing that happened. `kind` is a verb in the past ("status_changed"); `data` holds old and new.

    A person who was erased leaves their events with `actor_id` empty.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_ticket", "ticket_number", "id"),
        Index("ix_events_kind_created", "kind", "created_at"),
        Index("ix_events_actor", "actor_id", "id"),
    )

    id: Mapped[Id]
    ticket_number: Mapped[int | None] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"))
    kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    via: Mapped[str] = mapped_column(server_default="system")
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="SET NULL"))
    inbound_mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    created_at: Mapped[CreatedAt]

    actor: Mapped[Person | None] = relationship()
