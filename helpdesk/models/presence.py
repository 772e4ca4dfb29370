"""Who looks at which ticket right now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base, PersonId, TicketNumber


class Presence(Base):
    """An agent had this ticket's page open at `seen_at`; `writing` says that they are typing. Unlogged: a crash forgets it."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_seen", "seen_at"), {"prefixes": ["UNLOGGED"]})

    ticket_number: Mapped[TicketNumber] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    writing: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
