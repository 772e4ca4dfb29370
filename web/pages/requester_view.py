"""What the requester's page of a ticket shows, and what its reader may do there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk import conversation, participants, tickets
from helpdesk.errors import NotFound
from helpdesk.lifecycle import AfterReply
from helpdesk.models import ACTIVE, Attachment, Comment, Event, Person, Source, Status, Ticket
from helpdesk.permissions import Action, Viewer, may
from helpdesk.text import pictures
from web.deps import Desk
from web.pages import requester_words
from web.pages.ticket_thread import shown_html

FIRST = "first"
# what of a mail's layout its text cannot tell
_LAYOUT = re.compile(r"<(?:table|img|ul|ol|h[1-6]|font)\b|background-color", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket, and as whom it was opened; `by_link`: nobody signed in, the bearer of its link reads and replies."""

    ticket: Ticket
    viewer: Viewer
    person: Person
    by_link: bool


def goes_on(desk: Desk, ticket: Ticket) -> bool:
    """Whether the matter goes on here: the ticket was not joined with another, nor closed so long ago that a reply is a new one."""
    after = tickets.after_reply(desk.session, ticket, desk.web.installation.settings.reopen_days)
    return ticket.merged_into is None and after != AfterReply.FOLLOW_UP


def context(desk: Desk, opened: Opened, content: str = "", error: str | None = None) -> dict[str, Any]:
    """The template's context; `content` is what was typed into the reply, `error` why it was not taken."""
    ticket = opened.ticket
    still = goes_on(desk, ticket)
    path = f"/ticket/{desk.tag(ticket.number)}"
    done = ticket.status in (Status.RESOLVED, Status.CLOSED)
    own = participants.one(desk.session, ticket.number, opened.person.id)  # held: whoever asks again finds it in the session

    def allows(action: Action) -> bool:
        return may(opened.viewer, action, own, ticket)

    close = allows(Action.CLOSE)
    return {
        "ticket": {
            "tag": desk.tag(ticket.number),
            "title": ticket.title,
            "status": ticket.status,
            "waiting_on": requester_words.turn(ticket),
            "created_at": ticket.created_at,
            "type": ticket.type,
        },
        "state": requester_words.state(ticket, _reopens_until(desk, ticket) if still else None),
        "thread": _thread(desk, opened, path),
        "may": {
            # where it goes on has a page of its own, which a signed link to this one does not open
            "reply": (ticket.merged_into is None or opened.by_link) and allows(Action.REPLY),
            "resolve": close and ticket.status in ACTIVE and ticket.merged_into is None,
            "reopen": close and done and still,
            "add_cc": allows(Action.ADD_CC) and ticket.merged_into is None,
            "confirm": not ticket.verified and opened.person.id == ticket.requester_id,
        },
        "max_mb": desk.web.installation.settings.max_mail_bytes // (1024 * 1024),
        "participants": _in_copy(desk, opened, removable=allows(Action.REMOVE_CC)),
        "reply": {"content": content, "error": error, "hint": _what_a_reply_does(done, still)},
        "follow": _follow(desk, opened),
        "by_link": opened.by_link,
        "address": opened.person.address,
    }


def layout(desk: Desk, opened: Opened, message: str) -> tuple[str, Sequence[Attachment]]:
    """The HTML of a mail that this reader sees in the thread ("first" or a number), and its files; NotFound for any other."""
    read = conversation.read(desk.session, opened.viewer, opened.ticket)
    if message == FIRST and read.opening:
        html, source = opened.ticket.description_html, opened.ticket.source
        return _found(html if _has_layout(html, source) else None), read.files.get(None, ())
    for one in read.messages:
        if str(one.id) == message and not one.by_staff and _has_layout(one.html, one.source):
            return _found(one.html), read.files.get(one.id, ())
    raise NotFound("This message has no layout of its own.")


def _found(html: str | None) -> str:
    if html is None:
        raise NotFound("This message has no layout of its own.")
    return html


def _has_layout(html: str | None, source: str) -> bool:
    return html is not None and source == Source.EMAIL and _LAYOUT.search(html) is not None


def _what_a_reply_does(done: bool, still: bool) -> str:
    if not still:
        return "This ticket was closed long ago: your reply starts a new one that follows it."
    return "It reopens the ticket." if done else ""


def _reopens_until(desk: Desk, ticket: Ticket) -> datetime | None:
    return ticket.closed_at + timedelta(days=desk.web.installation.settings.reopen_days) if ticket.closed_at is not None else None


def _thread(desk: Desk, opened: Opened, path: str) -> list[dict[str, Any]]:
    """Messages and changes of status, oldest first; a message stands before the change that it brought."""
    ticket = opened.ticket
    read = conversation.read(desk.session, opened.viewer, ticket)
    shown: list[tuple[datetime, int, dict[str, Any]]] = []
    if read.opening:
        shown.append((ticket.created_at, 0, _opening(opened, path, _files(desk, read.files.get(None, ()), path))))
    since = min([at for at, _, _ in shown] + [one.created_at for one in read.messages], default=None)
    shown += [
        (one.created_at, 0, _message(desk, opened, one, path, _files(desk, read.files.get(one.id, ()), path)))
        for one in read.messages
    ]
    for event in _changes(desk, ticket):
        text = requester_words.change(event, opened.person.id)
        if text is not None and since is not None and event.created_at >= since:
            shown.append((event.created_at, 1, {"kind": "event", "text": text, "created_at": event.created_at}))
    return [one for _, _, one in sorted(shown, key=lambda each: each[:2])]


def _changes(desk: Desk, ticket: Ticket) -> Iterable[Event]:
    wanted = select(Event).where(Event.ticket_number == ticket.number, Event.kind == "status_changed").order_by(Event.id)
    return desk.session.scalars(wanted.options(joinedload(Event.actor)))


def _opening(opened: Opened, path: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    ticket = opened.ticket
    return {
        "kind": "requester",
        "id": FIRST,
        "author": {"name": ticket.requester.name, "address": ticket.requester.address},
        "mine": ticket.requester_id == opened.person.id,
        "created_at": ticket.created_at,
        "html": _html(ticket.description_html, ticket.source),
        "text": ticket.description or "(no text)",
        "trimmed": "",
        "original_url": f"{path}/original/{FIRST}" if _has_layout(ticket.description_html, ticket.source) else None,
        "attachments": files,
    }


def _message(desk: Desk, opened: Opened, comment: Comment, path: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    known = comment.author.name if comment.author is not None else ""
    laid_out = not comment.by_staff and _has_layout(comment.html, comment.source)
    # agents' own addresses are no customer's business: they write as the helpdesk
    address = desk.web.site.support_address if comment.by_staff else comment.author_address
    return {
        "kind": "agent" if comment.by_staff else "requester",
        "id": comment.id,
        "author": {"name": known or comment.author_name or (desk.web.site.name if comment.by_staff else ""), "address": address},
        "mine": comment.author_id == opened.person.id and not comment.by_staff,
        "created_at": comment.created_at,
        "html": _html(comment.html, comment.source),
        "text": comment.content,
        # what an agent quoted may be a colleague's mail: only people's own quotes are theirs to see
        "trimmed": "" if comment.by_staff else comment.trimmed,
        "original_url": f"{path}/original/{comment.id}" if laid_out else None,
        "attachments": files,
    }


def _html(html: str | None, source: str) -> Markup | None:
    """Markdown as HTML; the HTML of a mail is a stranger's whole page, so its text is shown instead."""
    return shown_html(html) if html and source != Source.EMAIL else None


def _files(desk: Desk, files: Iterable[Attachment], path: str) -> list[dict[str, Any]]:
    return [
        {
            "filename": one.filename,
            "size": one.size,
            "url": f"{path}/files/{one.id}",
            "picture": pictures.is_shown(desk.web.installation.storage, one.storage_key, one.content_type, one.size),
        }
        for one in files
    ]


def _in_copy(desk: Desk, opened: Opened, *, removable: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": one.person.name,
            "address": one.person.address,
            "me": one.person_id == opened.person.id,
            "removable": not opened.by_link and (removable or one.person_id == opened.person.id),
        }
        for one in participants.of(desk.session, opened.ticket.number)
        if one.role == "cc"
    ]


def _follow(desk: Desk, opened: Opened) -> dict[str, str] | None:
    into = opened.ticket.merged_into
    if into is None:
        return None
    try:
        tickets.find(desk.session, opened.viewer, into)
    except NotFound:
        return None
    return {"tag": desk.tag(into), "url": f"/ticket/{desk.tag(into)}"}
