"""What full-text search looks at: one document per ticket and per comment, notes flagged."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base, Id, TicketNumber


class SearchDocument(Base):
    """The words of one ticket (`comment_id` empty) or one comment; kept apart, so a new status rewrites no index of words."""

    __tablename__ = "search_documents"
    __table_args__ = (
        Index("ix_search_documents_words", "words", postgresql_using="gin"),
        Index("ix_search_documents_ticket", "ticket_number"),
    )

    id: Mapped[Id]
    ticket_number: Mapped[TicketNumber]
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), unique=True)
    internal: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    words: Mapped[str] = mapped_column(TSVECTOR)
