"""Lists of tickets that somebody keeps under a name."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base, CreatedAt, Id


class SavedView(Base):
    """The queue under these filters, kept under a name: one agent's own, or everybody's (`person_id` empty).

    `query` is the query of the queue's address, as it stands in the browser.
    """

    __tablename__ = "saved_views"
    __table_args__ = (Index("uq_saved_views_name", text("coalesce(person_id, 0)"), text("lower(name)"), unique=True),)

    id: Mapped[Id]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    query: Mapped[str]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]
