"""People with several addresses, and how they prove who they are: sessions, API tokens, links by mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from helpdesk.models.base import Base, CreatedAt, Id, PersonId, one_of


class Role(StrEnum):
    """What a person is to the helpdesk."""

    CUSTOMER = "customer"
    AGENT = "agent"
    ADMIN = "admin"


STAFF = (Role.AGENT, Role.ADMIN)


class Person(Base):
    """Someone: a customer from their first mail on, or an agent. `prefs` holds what an agent wants to be told."""

    __tablename__ = "people"
    __table_args__ = (
        one_of("role", Role),
        Index("ix_people_staff", "role", postgresql_where=text("role <> 'customer'")),
        Index("ix_people_external_id", "external_id", unique=True, postgresql_where=text("external_id is not null")),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(server_default="")
    role: Mapped[str] = mapped_column(server_default=Role.CUSTOMER)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None]
    external_id: Mapped[str | None]
    signature: Mapped[str] = mapped_column(server_default="")
    prefs: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    created_at: Mapped[CreatedAt]

    addresses: Mapped[list[PersonAddress]] = relationship(back_populates="person", order_by="PersonAddress.id", lazy="selectin")

    @property
    def address(self) -> str:
        """Where mail to this person goes: the first address."""
        return self.addresses[0].address if self.addresses else ""

    @property
    def is_staff(self) -> bool:
        """An active agent or admin."""
        return self.active and self.role in STAFF


class PersonAddress(Base):
    """One address of a person, in lower case; nobody shares one."""

    __tablename__ = "person_addresses"

    id: Mapped[Id]
    person_id: Mapped[PersonId] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(unique=True)
    verified_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    person: Mapped[Person] = relationship(back_populates="addresses")


class SignInSession(Base):
    """A browser that is signed in; only the hash of its 256-bit secret is kept."""

    __tablename__ = "sign_in_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(index=True)
    created_at: Mapped[CreatedAt]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str] = mapped_column(server_default="")


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
