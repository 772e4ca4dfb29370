"""The vocabulary of tickets: the words that are stored, shown, mailed and typed. Needs nothing, so everything may use it."""

from __future__ import annotations

from enum import StrEnum


class TicketType(StrEnum):
    """What a ticket is about."""

    BUG = "bug"
    FEATURE = "feature"
    QUESTION = "question"
    OTHER = "other"


class Status(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How much it matters; the order is the rank."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Source(StrEnum):
    """By which door something came in."""

    WEB = "web"
    EMAIL = "email"
    API = "api"


class WaitingOn(StrEnum):
    """Who has the next word, derived from the last public message."""

    US = "us"
    CUSTOMER = "customer"
