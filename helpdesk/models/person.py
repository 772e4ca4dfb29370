"""People with several addresses, and what proves them at the door."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.models.base import Base, CreatedAt, Id, PersonId, one_of


class Role(StrEnum):
    """What a person is to the helpdesk."""

    CUSTOMER = "customer"
    AGENT = "agent"
    ADMIN = "admin"


STAFF = (Role.AGENT, Role.ADMIN)


class Person(Base):
    """Someone: a customer from their first mail on, or an agent. `prefs` holds what an agent wants to be told.

    `totp_step` is the last time step whose code was spent (none is good twice), `recovery_codes` are hashes, `oidc_subject` is
    issuer and subject with a space between, `external_id` the main site's number for them.
    """

    __tablename__ = "people"
    __table_args__ = (
        one_of("role", Role),
        Index("ix_people_staff", "role", postgresql_where=text("role <> 'customer'")),
        Index("ix_people_external_id", "external_id", unique=True, postgresql_where=text("external_id is not null")),
        Index("ix_people_oidc_subject", "oidc_subject", unique=True, postgresql_where=text("oidc_subject is not null")),
        Index("ix_people_name_words", text("to_tsvector('simple'::regconfig, name)"), postgresql_using="gin"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(server_default="")
    role: Mapped[str] = mapped_column(server_default=Role.CUSTOMER)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None]
    totp_step: Mapped[int | None]
    recovery_codes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default=text("'{}'"))
    oidc_subject: Mapped[str | None]
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
    __table_args__ = (
        Index("ix_person_addresses_beginning", "address", postgresql_ops={"address": "text_pattern_ops"}),
        Index("ix_person_addresses_domain", text("split_part(address, '@'::text, 2)")),
    )

    id: Mapped[Id]
    person_id: Mapped[PersonId] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(unique=True)
    verified_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    person: Mapped[Person] = relationship(back_populates="addresses")
