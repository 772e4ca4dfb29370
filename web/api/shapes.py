"""What the API takes and gives: names that programs outside rely on. Only ever add to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from helpdesk.conversation import Conversation
from helpdesk.models import Attachment, CannedResponse, Comment, Person, Priority, Status, Ticket, TicketType
from helpdesk.tickets import LONGEST_TEXT
from web.deps import Desk


def _storable(text: str) -> str:
    return text.replace("\0", "")


Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_storable)]
Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_storable)]


class Shape(BaseModel):
    """A body: unknown names are refused, so that nobody believes to have set what cannot be set."""

    model_config = ConfigDict(extra="forbid")


class NewTicketBody(Shape):
    """A ticket as it is opened; `email` is needed when nobody is signed in."""

    title: Line = Field(min_length=1)
    description: Text = ""
    type: TicketType = TicketType.OTHER
    priority: Priority = Priority.MEDIUM
    email: Line = ""
    name: Line = ""
    environment: dict[Line, Line] = Field(default_factory=dict)


class MessageBody(Shape):
    """A comment or an internal note."""

    content: Text


class ReplyBody(MessageBody):
    """An agent's answer; `status` is set with it, in one mail."""

    status: Status | None = None


class ChangesBody(Shape):
    """What is to change; what is left out stays. `assignee` null is nobody."""

    status: Status | None = None
    priority: Priority | None = None
    type: TicketType | None = None
    title: Line | None = None
    assignee: Line | None = None
    tags: list[Line] | None = None
    is_public: bool | None = None
    snoozed_until: datetime | None = None


class CannedBody(Shape):
    """A canned response as it is made; shared when an administrator makes it, unless said otherwise."""

    title: Line = Field(min_length=1)
    content: Text = Field(min_length=1)
    shortcut: Line = ""
    actions: dict[str, Any] = Field(default_factory=dict)
    shared: bool | None = None


class CannedChanges(Shape):
    """What is to change of a canned response."""

    title: Line | None = None
    content: Text | None = None
    shortcut: Line | None = None
    actions: dict[str, Any] | None = None
    shared: bool | None = None


def ticket_json(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    """A ticket in a list; requester and assignee must be at hand."""
    return {
        "id": str(ticket.id),
        "number": ticket.number,
        "tag": desk.tag(ticket.number),
        "type": ticket.type,
        "status": ticket.status,
        "priority": ticket.priority,
        "title": ticket.title,
        "description": ticket.description,
        "reporter": _who(desk, ticket.requester),
        "assignee": _who(desk, ticket.assignee) if ticket.assignee is not None else None,
        "tags": ticket.tags,
        "is_public": ticket.is_public,
        "upvotes": ticket.upvotes,
        "environment": ticket.environment,
        "waiting_on": ticket.waiting_on,
        "verified": ticket.verified,
        "snoozed_until": _time(ticket.snoozed_until),
        "created_at": _time(ticket.created_at),
        "updated_at": _time(ticket.updated_at),
        "resolved_at": _time(ticket.resolved_at),
        "first_response_at": _time(ticket.first_response_at),
        "url": desk.ticket_url(ticket.number),
    }


def public_ticket_json(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    """A known issue for anybody: what is said in public, and nothing of who asked or answered."""
    hidden: dict[str, Any] = {"reporter": None, "assignee": None, "tags": [], "environment": {}, "snoozed_until": None}
    return ticket_json(desk, ticket) | hidden


def whole_ticket_json(desk: Desk, ticket: Ticket, conversation: Conversation) -> dict[str, Any]:
    """A single ticket with what this viewer sees of its conversation."""
    shown = ticket_json(desk, ticket)
    if not conversation.opening:
        shown["description"] = ""
    shown["attachments"] = attachments_json(desk, conversation.files.get(None, ()))
    shown["comments"] = [comment_json(desk, one, conversation.files.get(one.id, ())) for one in conversation.messages]
    return shown


def comment_json(desk: Desk, comment: Comment, files: Iterable[Attachment]) -> dict[str, Any]:
    """A message; `html` is sanitised or null (then `content` is shown as it is)."""
    role = comment.author.role if comment.by_staff and comment.author is not None else "customer"
    address = comment.author_address
    if comment.by_staff and not desk.viewer.is_staff:
        address = desk.web.site.support_address
    return {
        "id": comment.id,
        "author": {
            "email": address,
            "name": comment.author_name or (comment.author.name if comment.author is not None else ""),
            "role": role if role != "customer" or not comment.by_staff else "agent",
        },
        "content": comment.content,
        "html": comment.html,
        "is_internal": comment.internal,
        "state": comment.state,
        "source": comment.source,
        "verified": comment.verified,
        "created_at": _time(comment.created_at),
        "attachments": attachments_json(desk, files),
    }


def attachments_json(desk: Desk, files: Iterable[Attachment]) -> list[dict[str, Any]]:
    """Files of a message."""
    return [
        {
            "id": str(one.id),
            "filename": one.filename,
            "content_type": one.content_type,
            "size": one.size,
            "url": desk.file_url(one.id),
            "created_at": _time(one.created_at),
        }
        for one in files
    ]


def canned_json(response: CannedResponse) -> dict[str, Any]:
    """A canned response."""
    return {
        "id": response.id,
        "title": response.title,
        "content": response.content,
        "shortcut": response.shortcut,
        "actions": response.actions,
        "shared": response.shared,
        "created_by": response.created_by,
    }


def listed(items: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    """A list: `next` is the cursor of what follows, or null."""
    return {"items": items, "next": after}


def _who(desk: Desk, person: Person) -> dict[str, str]:
    # agents' own addresses are no customer's business: they write to the helpdesk
    private = person.is_staff and not desk.viewer.is_staff and person.id != desk.viewer.person_id
    return {"email": desk.web.site.support_address if private else person.address, "name": person.name}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
