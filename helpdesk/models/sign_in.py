"""How people and programs prove who they are: sessions, API tokens, links by mail, and the tries that are counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from helpdesk.models.base import Base, CreatedAt, Id, PersonId


class SignInSession(Base):
    """A browser that is signed in; only the hash of its 256-bit secret is kept. `id` names it, `method` says how it came."""

    __tablename__ = "sign_in_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(index=True)
    created_at: Mapped[CreatedAt]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str] = mapped_column(server_default="")
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), unique=True)
    method: Mapped[str] = mapped_column(server_default="password")
    network: Mapped[str] = mapped_column(server_default="")


class ApiToken(Base):
    """A token for programs: the person's own rights or less; only its hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    person_id: Mapped[PersonId] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInLink(Base):
    """A magic link with its six-digit code: 15 minutes, once; only hashes are kept."""

    __tablename__ = "sign_in_links"

    id: Mapped[Id]
    address: Mapped[str] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Base):
    """A counted try (password, link, form), for limits that must hold across processes."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_what_subject_at", "what", "subject", "at"),)

    id: Mapped[Id]
    what: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotencyKey(Base):
    """The answer that a POST with this key got, so that a repeated one gets it again."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt] = mapped_column(index=True)
