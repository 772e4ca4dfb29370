"""What the API gives: names that programs outside rely on. Only ever add to them. The description is made from these types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from helpdesk.models import OutboxState, Priority, Role, Source, Status, TicketType, WaitingOn
from helpdesk.models.comment import CommentState

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]


class Who(TypedDict):
    """A person on a ticket; of an agent, customers see the helpdesk's address."""

    email: str
    name: str


class Author(Who):
    """Who wrote a message."""

    role: Role


class File(TypedDict):
    """A file of a message; its download needs the right to read the message."""

    id: Uuid
    filename: str
    content_type: str
    size: int
    url: Url
    created_at: Time | None


class Message(TypedDict):
    """A message on a ticket. `html` is sanitised, or null: then `content` is shown as it is. `ticket` is where it stands."""

    id: int
    ticket: str
    author: Author
    content: str
    html: str | None
    is_internal: bool
    state: CommentState
    source: Source
    verified: bool
    created_at: Time | None
    attachments: list[File]


class Ticket(TypedDict):
    """A ticket. Only staff see `tags` and `snoozed_until`; of a known issue only its people see its people and `environment`."""

    id: Uuid
    number: int
    tag: str
    type: TicketType
    status: Status
    priority: Priority
    title: str
    description: str
    reporter: Who | None
    assignee: Who | None
    tags: list[str]
    is_public: bool
    upvotes: int
    environment: dict[str, str]
    waiting_on: WaitingOn
    verified: bool
    merged_into: str | None
    snoozed_until: Time | None
    created_at: Time | None
    updated_at: Time | None
    resolved_at: Time | None
    first_response_at: Time | None
    url: Url


class WholeTicket(Ticket):
    """A ticket with what this viewer sees of its conversation, the oldest message first."""

    attachments: list[File]
    comments: list[Message]


class NewTicket(TypedDict):
    """What somebody who is not signed in learns of a ticket just opened."""

    tag: str
    ticket_url: Url


class OwnNewTicket(WholeTicket):
    """A ticket just opened, for whoever is signed in."""

    ticket_url: Url


class FollowUp(WholeTicket):
    """A new ticket that a message on one closed long ago began; `follows` is the old one."""

    follows: str


class Vote(TypedDict):
    """How many said "me too", and whether the viewer is one of them."""

    upvotes: int
    upvoted: bool


class Canned(TypedDict):
    """A canned response."""

    id: int
    title: str
    content: str
    shortcut: str
    actions: dict[str, Any]
    shared: bool
    created_by: int | None


class Faq(TypedDict):
    """A question with its answer: Markdown, and as sanitised HTML."""

    id: int
    category: str
    question: str
    answer: str
    html: str


class FaqDraft(Faq):
    """An entry as administrators see it."""

    position: int
    published: bool
    created_at: Time | None
    updated_at: Time | None


class Address(TypedDict):
    """One address of a person, and whether it has proved itself."""

    email: str
    verified: bool


class Person(TypedDict):
    """Somebody who wrote or works here. `delivery_problem` says why no mail is sent to them, or null.

    `tickets`, `last_seen_at` and `delivery_problem` are null for agents: only administrators are told.
    """

    id: int
    email: str
    addresses: list[Address]
    name: str
    role: Role
    active: bool
    tickets: int | None
    last_seen_at: Time | None
    delivery_problem: str | None
    created_at: Time | None


class Outgoing(TypedDict):
    """A mail that left or waits to leave: one row for each recipient. `next_try_at` is null once it is decided."""

    id: int
    kind: str
    reason: str
    state: OutboxState
    to: str
    ticket: str | None
    comment: int | None
    subject: str | None
    tries: int
    last_answer: str | None
    message_id: str | None
    created_at: Time | None
    sent_at: Time | None
    next_try_at: Time | None
    url: Url


class Problem(TypedDict):
    """What came back about a mail."""

    address: str
    action: str
    status: str | None
    diagnostic: str | None
    at: Time | None


class WholeOutgoing(Outgoing):
    """A mail with its text, null where it is not written yet or nobody else's to read, and what came back."""

    text: str | None
    problems: list[Problem]


class Retried(TypedDict):
    """A mail that is tried again at once."""

    id: int
    state: Literal["queued"]


class Event(TypedDict):
    """One thing that happened. `kind` is a verb in the past, `data` holds old and new; `actor` null is the helpdesk itself."""

    id: int
    kind: str
    actor: Who | None
    via: Literal["web", "api", "email", "system"]
    ticket: str | None
    comment: int | None
    mail: int | None
    data: dict[str, Any]
    created_at: Time | None


class Token(TypedDict):
    """A token of one's own; the token itself is seen once, when it is made."""

    id: int
    name: str
    scopes: list[str]
    created_at: Time | None
    used_at: Time | None


class NewToken(Token):
    """A token just made: the only time it is seen."""

    token: str


class Held(TypedDict):
    """A mail that is held, with its numbered reason and what can be done about it."""

    id: int
    number: int | None
    code: str
    reason: str
    detail: str
    advice: str
    sender: str | None
    to: list[str]
    subject: str
    size: int
    received_at: Time
    kind: str | None
    rule: str | None
    matched_by: str | None
    verdict: str | None
    ticket: str | None
    url: Url


class HeldFile(TypedDict):
    """A file of a held mail; it comes with the raw mail."""

    filename: str
    content_type: str
    size: int


class WholeHeld(Held):
    """A held mail with its text, its defects and the trace of what was decided; `text` null: nobody can read it."""

    text: str | None
    defects: list[str]
    trace: dict[str, Any] | None
    error: str | None
    attachments: list[HeldFile]


class Settled(TypedDict):
    """What became of a held mail."""

    id: int
    state: str
    ticket: str | None
    url: Url | None
