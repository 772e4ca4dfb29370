"""Files on a ticket; the bytes are in storage under a random key."""

from __future__ import annotations

import uuid

from sqlalchemy import Boolean, ForeignKey, LargeBinary, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base, CreatedAt, TicketNumber


class Attachment(Base):
    """One file. `filename` is what people see, never a path; `storage_key` says nothing about it."""

    __tablename__ = "attachments"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, server_default=func.gen_random_uuid())
    ticket_number: Mapped[TicketNumber] = mapped_column(index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    storage_key: Mapped[str] = mapped_column(unique=True)
    inline: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    content_id: Mapped[str | None]
    created_at: Mapped[CreatedAt]
