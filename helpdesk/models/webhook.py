"""Webhooks and the log of their deliveries."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from helpdesk.models.base import Base, CreatedAt, Id, one_of


class WebhookKind(StrEnum):
    """Whose body format is sent."""

    STANDARD = "standard"
    SLACK = "slack"
    DISCORD = "discord"


class DeliveryState(StrEnum):
    """`queued` until the receiver took it; `given_up` after three days or a switching off; `cancelled`: taken back."""

    QUEUED = "queued"
    TAKEN = "taken"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class Webhook(Base):
    """Where to post which events. `failing_since`: no delivery was taken since then.

    `events` are words of `helpdesk/webhooks/events.py`; `restricted` among them: of what only administrators see as well. `secret`
    is written and read by `webhooks/signing.py`.
    """

    __tablename__ = "webhooks"
    __table_args__ = (one_of("kind", WebhookKind),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(server_default=WebhookKind.STANDARD)
    url: Mapped[str]
    secret: Mapped[str] = mapped_column(server_default="")
    events: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    disabled_reason: Mapped[str | None]
    name: Mapped[str] = mapped_column(server_default="")
    failing_since: Mapped[datetime | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]


class WebhookDelivery(Base):
    """One event to one webhook, until it was taken or given up after three days.

    `body` is what is told, frozen in the transaction of the event; links are added when it is sent. `attempts` only grows: a result
    counts while it is the one that its try claimed.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_due", "due_at", "id", postgresql_where=text("state = 'queued'")),
        Index("ix_webhook_deliveries_webhook", "webhook_id", "id"),
    )

    id: Mapped[Id]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id", ondelete="SET NULL"))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default=DeliveryState.QUEUED)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_until: Mapped[datetime | None]
    status_code: Mapped[int | None]
    last_answer: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    done_at: Mapped[datetime | None]
