"""The frozen facts that one outgoing mail is made from: read in one transaction, composed with none open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.addressing import Mint, tag


@dataclass(frozen=True, slots=True)
class House:
    """What every mail of one installation shares. `base_url` has no slash at its end; `reopen_days`: see Settings."""

    name: str
    base_url: str
    mint: Mint
    reopen_days: int = 14


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """The ticket that a mail is about. `subject` is the fixed one; `born_by_mail`: its requester opened it by mail."""

    number: int
    subject: str
    type: str
    priority: str
    requester: str
    requester_address: str
    born_by_mail: bool
    verified: bool = True
    status: str = "Open"
    assignee: str = ""

    @property
    def about(self) -> str:
        """Whose it is and how it stands, in one line for staff."""
        who = self.requester if self.requester == self.requester_address else f"{self.requester} <{self.requester_address}>"
        return " · ".join((who, self.status, self.type, self.priority, f"with {self.assignee or 'nobody'}"))


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file of the message; `content` is None where it is not sent along but linked to."""

    filename: str
    content_type: str
    size: int
    key: str
    content: bytes | None = None

    @property
    def shown_size(self) -> str:
        """The size as people read it."""
        if self.size < 1024:
            return f"{self.size} B"
        return f"{self.size / 1024:.0f} kB" if self.size < 1024 * 1024 else f"{self.size / 1024 / 1024:.1f} MB"


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What somebody wrote. `author` is a name, never an agent's address; for people outside who gave none, their address."""

    author: str
    by_staff: bool
    content: str
    verified: bool = True
    files: tuple[OutgoingFile, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """The ticket's new status, and the agent's name who set it: "" when it came about by itself, or by somebody outside."""

    new: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """Message-IDs (no angle brackets) of the ticket's public mails: the first, the others oldest first, and the one to answer."""

    first: str | None = None
    later: tuple[str, ...] = ()
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail to one recipient. `number` is its row in the outbox; `purpose` and `seen` go into the reply token.

    `in_copy` names the others who get the message too; `is_requester`: the recipient is the one who asked. `data` is what the kind
    asks for (see `workers/kinds.py`).
    """

    house: House
    number: int
    kind: str
    recipient: str
    now: datetime
    recipient_name: str = ""
    person: int | None = None
    purpose: str = "r"
    seen: int = 0
    reason: str = ""
    ticket: TicketFacts | None = None
    message: MessageFacts | None = None
    status: StatusFacts | None = None
    thread: ThreadFacts = ThreadFacts()
    in_copy: tuple[str, ...] = ()
    is_requester: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """ELM-001, or "" about no ticket."""
        return tag(self.house.mint.prefix, self.ticket.number) if self.ticket is not None else ""
