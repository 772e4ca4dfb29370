"""The thread of a ticket as staff see it: the first message, what was said, and what happened in between, oldest first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from helpdesk.conversation import Conversation
from helpdesk.models import (
    Comment,
    CommentState,
    Event,
    InboundMail,
    Person,
    Source,
    Ticket,
)
from helpdesk.reshaping import split
from helpdesk.storage import Storage
from helpdesk.text import pictures
from web.pages import event_words
from web.pages.event_words import Names, Told
from web.pages.ticket_page import deliveries
from web.pages.ticket_page.deliveries import Delivery, Sent

FIRST = "first"
CHARACTERS_A_LINE, LINES_A_PICTURE = 90, 8
FRAMES = (("s", 6), ("m", 14), ("l", 26))
# Markdown tables say it with `style`, which the page's policy blocks
_ALIGNED = re.compile(r'<(td|th) style="text-align:\s?(left|right|center)">')


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message, by the address that was really used."""

    name: str
    address: str
    role: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a mail is where it is."""

    rule: str
    reason: str
    matched_by: str
    tried: list[str]
    verdict: str
    verdict_reason: str
    cut_by: str | None
    received_at: datetime
    raw_url: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `html` is sanitised, else `text` is shown as it was typed.

    `frame` is how high its own layout is shown (s, m, l, xl). `moved`: the ticket that was made of it. `seconds` are left to take
    it back, `own` says whose it is.
    """

    kind: str
    id: str
    author: Author
    created_at: datetime
    source: str
    text: str
    html: Markup | None = None
    trimmed: str = ""
    signature: str = ""
    hidden_lines: int = 0
    original_url: str | None = None
    frame: str = "m"
    attachments: Sequence[Mapping[str, Any]] = ()
    verified: bool = True
    pending: str | None = None
    deliveries: Sequence[Delivery] = ()
    seconds: int = 0
    own: bool = False
    moved: Markup | None = None
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the thread is made from; each was one query."""

    ticket: Ticket
    conversation: Conversation
    events: Sequence[Event]
    mails: Mapping[int, InboundMail]
    storage: Storage
    sent: Mapping[int, Sent] = field(default_factory=dict)
    reader: int | None = None


def facts(
    session: Session,
    ticket: Ticket,
    conversation: Conversation,
    events: Sequence[Event],
    mails: Mapping[int, InboundMail],
    storage: Storage,
    reader: int | None,
) -> Facts:
    """What became of the mails of these messages is read too; `reader` is the number of the agent who looks."""
    return Facts(ticket, conversation, events, mails, storage, deliveries.of(session, conversation.messages), reader)


def thread(facts: Facts, base: str, names: Names) -> list[Message | Told]:
    """All of it in order; `base` is the address of the ticket's page. A message stands before what it set off."""
    said: list[tuple[datetime, int, int, Message | Told]] = []
    moved = {message: names.link(number) for message, number in split.moved(facts.events).items()}
    if facts.conversation.opening:
        said.append((facts.ticket.created_at, 0, 0, _first(facts, base)))
    said += [
        (comment.created_at, 0, comment.id, _message(facts, comment, base, moved.get(comment.id)))
        for comment in facts.conversation.messages
    ]
    said += [
        (event.created_at, 1, event.id, event_words.told(event, names))
        for event in facts.events
        if event.kind in event_words.IN_THREAD
    ]
    return [one for *_, one in sorted(said, key=lambda each: each[:3])]


def shown_html(html: str) -> Markup:
    """Sanitised HTML fit for our own pages, whose policy knows no inline style."""
    return Markup(_ALIGNED.sub(r'<\1 align="\2">', html))  # noqa: S704  (sanitised when it was stored)


def frame_for(text: str, html: str | None) -> str:
    """How high the frame of a mail's own layout is: no script runs in it, so nobody measures; what is longer scrolls inside."""
    lines = sum(1 + len(line) // CHARACTERS_A_LINE for line in text.splitlines()) + LINES_A_PICTURE * (html or "").count("<img")
    return next((name for name, most in FRAMES if lines <= most), "xl")


def _first(facts: Facts, base: str) -> Message:
    ticket = facts.ticket
    by_mail = ticket.source == Source.EMAIL
    html = ticket.description_html
    return Message(
        kind="requester",
        id=FIRST,
        author=_author(ticket.requester, ticket.requester.address),
        created_at=ticket.created_at,
        source=ticket.source,
        text=ticket.description or "(no text)",
        html=shown_html(html) if html and not by_mail else None,
        original_url=f"{base}/original/{FIRST}" if html and by_mail else None,
        frame=frame_for(ticket.description, html),
        attachments=_files(facts, None),
        verified=ticket.verified,
        trace=_trace(facts.mails.get(ticket.inbound_mail_id or 0), base),
    )


def _message(facts: Facts, comment: Comment, base: str, moved: Markup | None) -> Message:
    by_mail = comment.source == Source.EMAIL
    sent = facts.sent.get(comment.id, Sent([]))
    return Message(
        kind=_kind(comment),
        id=str(comment.id),
        author=_author(comment.author, comment.author_address, comment.author_name),
        created_at=comment.created_at,
        source=comment.source,
        text=comment.content,
        html=shown_html(comment.html) if comment.html and not by_mail else None,
        trimmed=comment.trimmed,
        signature=comment.signature,
        hidden_lines=comment.hidden_lines,
        original_url=f"{base}/original/{comment.id}" if comment.html and by_mail else None,
        frame=frame_for(comment.content, comment.html),
        attachments=_files(facts, comment.id),
        verified=comment.verified,
        pending=(comment.state_reason.capitalize() + "." if comment.state_reason else "Its sender is not sure.")
        if comment.state == CommentState.PENDING
        else None,
        deliveries=sent.deliveries,
        seconds=sent.seconds,
        own=comment.author_id == facts.reader,
        moved=moved,
        trace=_trace(facts.mails.get(comment.inbound_mail_id or 0), base),
    )


def _kind(comment: Comment) -> str:
    if comment.automatic:
        return "automatic"
    if comment.internal:
        return "note"
    return "agent" if comment.by_staff else "requester"


def _author(person: Person | None, address: str, name: str = "") -> Author:
    known = person.name if person is not None else ""
    return Author(known or name, address, person.role if person is not None else "customer")


def _files(facts: Facts, comment: int | None) -> list[dict[str, Any]]:
    return [
        {
            "filename": one.filename,
            "size": one.size,
            "url": f"/api/v1/attachments/{one.id}",
            "picture": pictures.is_shown(facts.storage, one.storage_key, one.content_type, one.size),
        }
        for one in facts.conversation.files.get(comment, ())
    ]


def _trace(row: InboundMail | None, base: str) -> Trace | None:
    if row is None or "classified" not in row.trace:
        return None
    trace = row.trace
    routed, cut = trace.get("routed") or {}, trace.get("cut") or {}
    return Trace(
        rule=row.rule or "",
        reason=trace["classified"]["reason"] or "",
        matched_by=row.matched_by or "nothing",
        tried=list(routed.get("tried", ())),
        verdict=trace["judged"]["verdict"],
        verdict_reason=trace["judged"]["detail"] or "",
        cut_by=cut.get("by"),
        received_at=row.received_at,
        raw_url=f"{base}/raw/{row.id}",
    )
