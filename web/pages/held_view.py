"""The values of the page of held mail: the list, the longest waiting first, and the chosen mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from helpdesk import held_mail, people, tickets
from helpdesk.errors import NotFound
from helpdesk.models import Comment, InboundMail, Ticket
from helpdesk.permissions import Action, require
from mail_ingest.mail import Reading
from web.deps import Desk
from web.pages import mail_words, shell, ticket_view

KINDS = {"": "All", "held": "Held", "pending": "To accept"}
PAGE = 40  # with its styles and scripts a full page stays below 120 kB
UNREADABLE = "This mail cannot be shown here. Download it as it came, and look at it with care."
_CID_IMAGE = re.compile(r'<img[^>]* src="cid:[^"]*"[^>]*>')


@dataclass(frozen=True, slots=True)
class Where:
    """Which part of the list is shown: of one kind, of one reason, and what came after a mail."""

    kind: str = ""
    reason: int | None = None
    after: int | None = None

    def address(self, path: str = "/admin/held") -> str:
        """A path of ours that keeps this part of the list."""
        return shell.address(path, kind=self.kind, reason=self.reason, after=self.after)


def listing(desk: Desk, here: Where) -> dict[str, Any]:
    """The shell, the list and its filters."""
    require(desk.viewer, Action.READ_NOTES)
    waiting = held_mail.waiting(desk.session, desk.viewer)
    pending = held_mail.pending(desk.session, desk.viewer)
    held = []
    if here.kind != "pending":
        held = held_mail.listed(desk.session, desk.viewer, reason=here.reason, after=here.after, most=PAGE + 1)
    items = [_held_line(row, here) for row in held[:PAGE]]
    if here.kind != "held" and here.after is None:
        items += [_pending_line(desk, comment, ticket) for comment, ticket in pending]
    chosen = [one for one in waiting if here.reason in (None, one.number)]
    ages = [one.oldest for one in chosen] if here.kind != "pending" else []
    ages += [comment.created_at for comment, _ in pending[:1]] if here.kind != "held" else []
    total = sum(one.count for one in waiting)
    counts = {"": total + len(pending), "held": total, "pending": len(pending)}
    more = Where("held", here.reason, held[PAGE - 1].id) if len(held) > PAGE else None
    return shell.frame(desk, section="held") | {
        "kinds": [
            {"key": key, "label": label, "count": counts[key], "url": Where(key).address(), "current": key == here.kind}
            for key, label in KINDS.items()
        ],
        "reasons": [_reason(one.number, one.count) for one in waiting if one.number is not None],
        "reason": here.reason or "",
        "items": sorted(items, key=lambda one: one["received_at"]),
        "total": sum(one.count for one in chosen) if here.reason is not None else counts[here.kind],
        "oldest": min(ages, default=None),
        "next_url": more.address() if more is not None else None,
        "may_decide": desk.viewer.is_admin,
        "list_url": here.address(),
        "drop_url": here.address("/admin/held/drop"),
    }


def detail(row: InboundMail, reading: Reading | None, suggested: dict[str, str] | None, here: Where) -> dict[str, Any]:
    """The chosen mail: what it says, what was decided about it, and where its forms go."""
    mail = reading.mail if reading is not None else None
    trace = row.trace or {}
    senders = mail.senders if mail is not None else ()
    name = people.clean_name(senders[0].name, row.sender or "") if senders else ""
    own = f"/admin/held/{row.id}"
    why = held_mail.why(row.held_number, row.held_reason)
    return _held_line(row, here) | {
        "sender": {"name": name, "address": row.sender or ", ".join(one.address for one in senders) or row.mail_from or "(nobody)"},
        "to": ", ".join(row.rcpt_to),
        "text": mail.text if mail is not None else UNREADABLE,
        "detail": _sentence(why.detail) if why.detail else "",
        "advice": why.advice,
        "releasable": row.held_number not in held_mail.NOT_RELEASED,
        "forms": {verb: here.address(f"{own}/{verb}") for verb in ("release", "attach", "again", "drop")},
        "original_url": f"{own}/original" if reading is not None and reading.html else None,
        "raw_url": f"{own}/raw",
        "attachments": [
            {"filename": one.filename, "size": one.size, "url": f"{own}/raw"} for one in (mail.attachments if mail else ())
        ],
        "verdict": row.sender_verdict or "none",
        "verdict_reason": (trace.get("judged") or {}).get("detail", ""),
        "rule": row.rule or "unread",
        "written": mail_words.words(mail_words.WRITTEN, row.rule or "unread"),
        "matched_by": row.matched_by if row.ticket_number is not None else None,
        "found_by": mail_words.words(mail_words.FOUND_BY, row.matched_by or ""),
        "defects": [one.replace("-", " ") for one in mail.defects] if mail is not None else [],
        "suggested": suggested,
        "traceback": row.error,
    }


def suggested(desk: Desk, row: InboundMail) -> dict[str, str] | None:
    """The ticket that the mail names, where this agent sees it."""
    if row.ticket_number is None:
        return None
    try:
        found = tickets.find(desk.session, desk.viewer, row.ticket_number)
    except NotFound:
        return None
    return {"tag": desk.tag(found.number), "title": found.title, "url": ticket_view.base(desk, found)}


def without_images(html: str) -> str:
    """Sanitised HTML without the images that came along: a sandboxed frame could not fetch them."""
    return _CID_IMAGE.sub("", html)


def _held_line(row: InboundMail, here: Where) -> dict[str, Any]:
    why = held_mail.why(row.held_number, row.held_reason)
    return {
        "id": row.id,
        "kind": "held",
        "sender": {"name": "", "address": row.sender or row.mail_from},
        "subject": row.subject,
        "code": why.code,
        "reason": _sentence(why.reason),
        "received_at": row.received_at,
        "url": here.address(f"/admin/held/{row.id}"),
    }


def _pending_line(desk: Desk, comment: Comment, ticket: Ticket) -> dict[str, Any]:
    tag = desk.tag(ticket.number)
    return {
        "id": f"c{comment.id}",
        "kind": "pending",
        "sender": {"name": comment.author_name, "address": comment.author_address},
        "subject": f"{tag} {ticket.title}",
        "code": "",
        "reason": _sentence(comment.state_reason or "nobody said why"),
        "received_at": comment.created_at,
        "url": f"/admin/ticket/{tag}#m-{comment.id}",
    }


def _reason(number: int, count: int) -> dict[str, Any]:
    why = held_mail.why(number)
    return {"number": number, "label": f"{why.code} · {why.reason} ({count})"}


def _sentence(words: str) -> str:
    words = words.strip().rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."
