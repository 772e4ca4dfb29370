"""Frequently asked questions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, func, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base, CreatedAt, Id


class FaqEntry(Base):
    """One question with its answer (Markdown), under a category, in the order of `position`."""

    __tablename__ = "faq_entries"

    id: Mapped[Id]
    category: Mapped[str] = mapped_column(server_default="")
    question: Mapped[str]
    answer: Mapped[str]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    published: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
