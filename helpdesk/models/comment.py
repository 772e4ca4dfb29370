"""Messages on a ticket: public or internal, posted or pending."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, CreatedAt, Id, TicketNumber, one_of
from helpdesk.models.person import Person
from helpdesk.words import Source


class CommentState(StrEnum):
    """Pending: on the ticket, staff only, mailed to nobody, one click to accept."""

    POSTED = "posted"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


class Comment(Base):
    """One message. `author_address` is the address it was really written from, even when the author is known.

    `verified` False: shown with "sender not verified". `automatic` True: a robot wrote it, folded, never counted as an answer.
    `trimmed` is the quoted part that was cut, `hidden_lines` counts the author's own lines in it.
    """

    __tablename__ = "comments"
    __table_args__ = (
        one_of("state", CommentState),
        one_of("source", Source),
        Index("ix_comments_ticket", "ticket_number", "id"),
        Index("ix_comments_pending", "ticket_number", postgresql_where=text("state = 'pending'")),
        Index("ix_comments_author", "author_id", "created_at"),
    )

    id: Mapped[Id]
    ticket_number: Mapped[TicketNumber]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    author_address: Mapped[str]
    author_name: Mapped[str] = mapped_column(server_default="")
    by_staff: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    internal: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default=CommentState.POSTED)
    state_reason: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str]
    verified: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    automatic: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    content: Mapped[str]
    html: Mapped[str | None]
    trimmed: Mapped[str] = mapped_column(server_default="")
    signature: Mapped[str] = mapped_column(server_default="")
    hidden_lines: Mapped[int] = mapped_column(server_default=text("0"))
    inbound_mail_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_mail.id"), index=True)
    created_at: Mapped[CreatedAt]

    author: Mapped[Person | None] = relationship()
