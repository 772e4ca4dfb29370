"""Canned responses: texts with placeholders, and what they do besides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base, CreatedAt, Id


class CannedResponse(Base):
    """A prepared answer. `actions` = {"status": ..., "tags": [...], "assign": ...}; personal unless `shared`."""

    __tablename__ = "canned_responses"
    __table_args__ = (
        Index(
            "uq_canned_shortcut_shared", text("lower(shortcut)"), unique=True, postgresql_where=text("shared and shortcut <> ''")
        ),
        Index(
            "uq_canned_shortcut_personal",
            "created_by",
            text("lower(shortcut)"),
            unique=True,
            postgresql_where=text("not shared and shortcut <> ''"),
        ),
    )

    id: Mapped[Id]
    title: Mapped[str]
    content: Mapped[str]
    shortcut: Mapped[str] = mapped_column(server_default="")
    actions: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    shared: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    used: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
