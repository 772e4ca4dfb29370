"""The vocabulary of tickets: the words that are stored, shown, mailed and typed. Needs nothing, so everything may use it."""

from __future__ import annotations

from enum import IntEnum, StrEnum


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


class HeldReason(IntEnum):
    """Why a mail waits in the held queue. The numbers are shown, stored and used by programs: they never change their meaning."""

    NO_SENDER = 1
    CLAIMS_TO_BE_US = 2
    DISABLED_AGENT = 3
    STAFF_UNPROVEN = 4
    STAFF_UNJUDGED = 5
    SENDER_DISOWNED = 6
    TOO_MANY_TICKETS = 7
    TOO_MANY_COMMENTS = 8
    AUTOMATIC_REPLY = 9
    OVER_A_CAP = 10
    TOO_MANY_RELAYS = 11
    COMMAND_PROBLEM = 12
    NEWER_MESSAGE = 13
    MAYBE_A_LEAK = 14
    REFUSED = 15
    NOT_PROCESSED = 16


HELD_WORDS = {
    HeldReason.NO_SENDER: "there is no single sender",
    HeldReason.CLAIMS_TO_BE_US: "it claims to come from one of our own addresses",
    HeldReason.DISABLED_AGENT: "the sender is a disabled agent",
    HeldReason.STAFF_UNPROVEN: "an agent's address that is not proved",
    HeldReason.STAFF_UNJUDGED: "an agent's address that could not be checked",
    HeldReason.SENDER_DISOWNED: "the sender's domain disowns this mail",
    HeldReason.TOO_MANY_TICKETS: "too many new tickets from this sender",
    HeldReason.TOO_MANY_COMMENTS: "too many messages from this sender",
    HeldReason.AUTOMATIC_REPLY: "an automatic reply to nothing of ours",
    HeldReason.OVER_A_CAP: "larger or deeper than is read",
    HeldReason.TOO_MANY_RELAYS: "more than 25 relays: it may be running in circles",
    HeldReason.COMMAND_PROBLEM: "a command line in it cannot be done",
    HeldReason.NEWER_MESSAGE: "a newer message was on the ticket when this answer came",
    HeldReason.MAYBE_A_LEAK: "it may carry what is not for the requester",
    HeldReason.REFUSED: "a rule refuses it",
    HeldReason.NOT_PROCESSED: "it could not be processed",
}
