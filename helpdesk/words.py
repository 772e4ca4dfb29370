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


# what the link "It is solved" writes into a requester's mail, and what is known again there
SOLVED_SENTENCE = "My problem is solved."


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

# one sentence for whoever decides: what can be done about it
HELD_ADVICE = {
    HeldReason.NO_SENDER: "Nobody could be answered, so it cannot become a ticket: download it, open one by hand, and drop it.",
    HeldReason.CLAIMS_TO_BE_US: "Mailing lists and web forms rewrite From so: attach it, or open a ticket for whoever wrote it.",
    HeldReason.DISABLED_AGENT: "Release it if this former colleague may write to you as a customer; otherwise drop it.",
    HeldReason.STAFF_UNPROVEN: "Ask the agent: if it is theirs, they answer one of our mails again, and you drop this one.",
    HeldReason.STAFF_UNJUDGED: "Try it again once name servers answer; only a proved mail is posted in an agent's name.",
    HeldReason.SENDER_DISOWNED: "It is forged, or its sender's mail is set up wrong: release it only if you know it is genuine.",
    HeldReason.TOO_MANY_TICKETS: "Release what is genuine; drop the rest in one go from the list.",
    HeldReason.TOO_MANY_COMMENTS: "Attach what is genuine to its ticket; drop the rest in one go from the list.",
    HeldReason.AUTOMATIC_REPLY: "Mostly nobody needs it: drop it, or attach it where it explains why somebody is silent.",
    HeldReason.OVER_A_CAP: "Download it and look with care, or ask for a smaller one; released, only its outline is kept.",
    HeldReason.TOO_MANY_RELAYS: "Two mail systems may pass it to each other: release it once if a person wrote it.",
    HeldReason.COMMAND_PROBLEM: "Its agent was told which line and can correct it by mail for two days; after that, drop it.",
    HeldReason.NEWER_MESSAGE: "Its agent was shown what is new and decides by mail for two days; after that, drop it.",
    HeldReason.MAYBE_A_LEAK: "Its agent was asked and decides by mail for two days; nothing of it has reached the requester.",
    HeldReason.REFUSED: "Put right what the rule names and try it again, or attach it to another ticket.",
    HeldReason.NOT_PROCESSED: "A fault of ours, nothing of the sender's: try it again after an update, or release it as it is.",
}
