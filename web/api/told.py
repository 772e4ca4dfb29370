"""How tickets, messages, people and the rest are told to programs: from rows to the shapes of web/api/answers.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from helpdesk.conversation import Conversation
from helpdesk.lists.directory import Entry
from helpdesk.models import (
    ApiToken,
    Attachment,
    CannedResponse,
    Comment,
    Event,
    FaqEntry,
    OutboxMessage,
    OutboxState,
    Person,
    Role,
    Ticket,
)
from helpdesk.text import markdown
from web.api import answers
from web.deps import Desk


def ticket_json(desk: Desk, ticket: Ticket) -> answers.Ticket:
    """A ticket in a list; requester and assignee must be at hand."""
    return {
        "id": str(ticket.id),
        "number": ticket.number,
        "tag": desk.tag(ticket.number),
        "type": ticket.type,  # type: ignore[typeddict-item]  # the columns hold the words
        "status": ticket.status,  # type: ignore[typeddict-item]
        "priority": ticket.priority,  # type: ignore[typeddict-item]
        "title": ticket.title,
        "description": ticket.description,
        "reporter": _who(desk, ticket.requester),
        "assignee": _who(desk, ticket.assignee) if ticket.assignee is not None else None,
        # what only the team says of a ticket: the requester reads the rest
        "tags": ticket.tags if desk.viewer.is_staff else [],
        "is_public": ticket.is_public,
        "upvotes": ticket.upvotes,
        "environment": ticket.environment,
        "waiting_on": ticket.waiting_on,  # type: ignore[typeddict-item]
        "verified": ticket.verified,
        "merged_into": desk.tag(ticket.merged_into) if ticket.merged_into is not None else None,
        "snoozed_until": time(ticket.snoozed_until) if desk.viewer.is_staff else None,
        "created_at": time(ticket.created_at),
        "updated_at": time(ticket.updated_at),
        "resolved_at": time(ticket.resolved_at),
        "first_response_at": time(ticket.first_response_at),
        "url": desk.ticket_url(ticket.number),
    }


def public_ticket_json(desk: Desk, ticket: Ticket) -> answers.Ticket:
    """A known issue for anybody: what is said in public, and nothing of who asked or answered."""
    shown = ticket_json(desk, ticket)
    shown["reporter"] = shown["assignee"] = shown["snoozed_until"] = None
    shown["tags"], shown["environment"] = [], {}
    return shown


def whole_ticket_json(desk: Desk, ticket: Ticket, conversation: Conversation) -> answers.WholeTicket:
    """A single ticket with what this viewer sees of its conversation."""
    shown = ticket_json(desk, ticket)
    if not conversation.opening:
        shown["description"] = ""
    messages = [message_json(desk, one, conversation.files.get(one.id, ())) for one in conversation.messages]
    return {**shown, "attachments": files_json(desk, conversation.files.get(None, ())), "comments": messages}


def message_json(desk: Desk, comment: Comment, files: Iterable[Attachment]) -> answers.Message:
    """A message; `html` is sanitised or null (then `content` is shown as it is)."""
    role = comment.author.role if comment.by_staff and comment.author is not None else Role.CUSTOMER.value
    address = comment.author_address
    if comment.by_staff and not desk.viewer.is_staff:
        address = desk.web.site.support_address
    return {
        "id": comment.id,
        "ticket": desk.tag(comment.ticket_number),
        "author": {
            "email": address,
            "name": comment.author_name or (comment.author.name if comment.author is not None else ""),
            "role": role if role != Role.CUSTOMER or not comment.by_staff else Role.AGENT.value,  # type: ignore[typeddict-item]
        },
        "content": comment.content,
        "html": comment.html,
        "is_internal": comment.internal,
        "state": comment.state,  # type: ignore[typeddict-item]
        "source": comment.source,  # type: ignore[typeddict-item]
        "verified": comment.verified,
        "created_at": time(comment.created_at),
        "attachments": files_json(desk, files),
    }


def files_json(desk: Desk, files: Iterable[Attachment]) -> list[answers.File]:
    """Files of a message."""
    return [
        {
            "id": str(one.id),
            "filename": one.filename,
            "content_type": one.content_type,
            "size": one.size,
            "url": desk.file_url(one.id),
            "created_at": time(one.created_at),
        }
        for one in files
    ]


def canned_json(response: CannedResponse) -> answers.Canned:
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


def faq_json(entry: FaqEntry) -> answers.Faq:
    """A question with its answer, for anybody."""
    return {
        "id": entry.id,
        "category": entry.category,
        "question": entry.question,
        "answer": entry.answer,
        "html": markdown.to_html(entry.answer) or "",
    }


def faq_draft_json(entry: FaqEntry) -> answers.FaqDraft:
    """An entry for administrators."""
    return {
        **faq_json(entry),
        "position": entry.position,
        "published": entry.published,
        "created_at": time(entry.created_at),
        "updated_at": time(entry.updated_at),
    }


def person_json(entry: Entry) -> answers.Person:
    """A person with what the directory knows of them."""
    person = entry.person
    return {
        "id": person.id,
        "email": person.address,
        "addresses": [{"email": one.address, "verified": one.verified_at is not None} for one in person.addresses],
        "name": person.name,
        "role": person.role,  # type: ignore[typeddict-item]
        "active": person.active,
        "tickets": entry.tickets,
        "last_seen_at": time(entry.last_seen_at),
        "delivery_problem": entry.problem,
        "created_at": time(person.created_at),
    }


def outgoing_json(desk: Desk, row: OutboxMessage) -> answers.Outgoing:
    """A mail in the list."""
    return {
        "id": row.id,
        "kind": row.kind,
        "reason": row.reason,
        "state": row.state,  # type: ignore[typeddict-item]
        "to": row.recipient,
        "ticket": desk.tag(row.ticket_number) if row.ticket_number is not None else None,
        "comment": row.comment_id,
        "subject": row.subject,
        "tries": row.attempts,
        "last_answer": row.last_answer,
        "message_id": row.message_id,
        "created_at": time(row.created_at),
        "sent_at": time(row.sent_at),
        "next_try_at": time(row.due_at) if row.state == OutboxState.QUEUED else None,
        "url": f"{desk.web.installation.settings.base_url}/admin/outbox/{row.id}",
    }


def event_json(desk: Desk, event: Event) -> answers.Event:
    """One thing that happened; its actor must be at hand."""
    return {
        "id": event.id,
        "kind": event.kind,
        "actor": _who(desk, event.actor) if event.actor is not None else None,
        "via": event.via,  # type: ignore[typeddict-item]
        "ticket": desk.tag(event.ticket_number) if event.ticket_number is not None else None,
        "comment": event.comment_id,
        "mail": event.inbound_mail_id,
        "data": event.data,
        "created_at": time(event.created_at),
    }


def token_json(row: ApiToken) -> answers.Token:
    """A token, without what it opens with."""
    return {
        "id": row.id,
        "name": row.name,
        "scopes": row.scopes,
        "created_at": time(row.created_at),
        "used_at": time(row.used_at),
    }


def time(moment: datetime | None) -> Any:
    """A time as RFC 3339, or None."""
    return moment.isoformat() if moment is not None else None


def _who(desk: Desk, person: Person) -> answers.Who:
    # agents' own addresses are no customer's business: they write to the helpdesk
    private = person.is_staff and not desk.viewer.is_staff and person.id != desk.viewer.person_id
    return {"email": desk.web.site.support_address if private else person.address, "name": person.name}
