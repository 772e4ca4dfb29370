"""Pages: mail that waits for a decision: why, what it says, and what can be done with it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from helpdesk import held_mail, people, raw_mail, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.models import Comment, InboundMail, Ticket
from helpdesk.permissions import Action, require
from mail_ingest import held as decided
from mail_ingest.mail import Reading
from web import mail_html, rendering
from web.deps import Admin, Desk, Staff, WebState
from web.pages import shell, ticket_view
from web.pages.shell import Line
from web.pages.ticket import eml

router = APIRouter(include_in_schema=False)
KINDS = {"": "All", "held": "Held", "pending": "To accept"}
Kind = Annotated[str, Query(max_length=20)]
_CID_IMAGE = re.compile(r'<img[^>]* src="cid:[^"]*"[^>]*>')


@router.get("/admin/held")
def list_held(request: Request, desk: Staff, kind: Kind = "") -> Response:
    """Held mails, and messages on tickets that wait to be accepted."""
    return rendering.render(request, "portal/admin/held.html", **_context(desk, kind), item=None)


@router.get("/admin/held/{number}")
def show_held(request: Request, web: WebState, number: int, kind: Kind = "") -> Response:
    """One held mail beside the list; it is read anew, in a child process, with no transaction open."""
    with shell.staff_desk(request) as desk:
        row = held_mail.one(desk.session, desk.viewer, number)
        suggested = _suggested(desk, row)
        context = _context(desk, kind)
    reading = decided.look(web.installation, number)
    return rendering.render(request, "portal/admin/held.html", **context, item=_detail(desk, row, reading, suggested))


@router.get("/admin/held/{number}/original")
def original(request: Request, web: WebState, number: int) -> Response:
    """The mail as its sender formatted it, for a sandboxed frame; no image of it is fetched."""
    with shell.staff_desk(request) as desk:
        held_mail.one(desk.session, desk.viewer, number)
    reading = decided.look(web.installation, number)
    if reading is None or reading.html is None:
        raise NotFound("This mail has no layout of its own.")
    return mail_html.page(_CID_IMAGE.sub("", reading.html))


@router.get("/admin/held/{number}/raw")
def raw(request: Request, web: WebState, number: int) -> Response:
    """The mail as it came."""
    with shell.staff_desk(request) as desk:
        held_mail.one(desk.session, desk.viewer, number)
    return eml(raw_mail.content(web.installation.engine, web.installation.storage, number), f"held-{number}.eml")


@router.post("/admin/held/{number}/release")
def release(request: Request, web: WebState, number: int) -> Response:
    """The mail becomes a new ticket of its sender."""
    return _settle(request, web, number, None)


@router.post("/admin/held/{number}/attach")
def attach(request: Request, web: WebState, number: int, tag: Line = "") -> Response:
    """The mail becomes a message on a ticket."""
    return _settle(request, web, number, tag)


@router.post("/admin/held/{number}/drop")
def drop(request: Request, desk: Admin, number: int, reason: Line = "") -> Response:
    """Nothing is made of the mail; it is kept all the same."""
    held_mail.drop(desk.session, desk.viewer, number, reason)
    return rendering.see_other(request, "/admin/held", "Dropped: nothing is made of it, and its bytes are kept.")


def _settle(request: Request, web: WebState, number: int, tag: str | None) -> Response:
    with shell.staff_desk(request) as desk:
        if not desk.viewer.is_admin:
            raise NotFound("For administrators only.")
        held_mail.one(desk.session, desk.viewer, number)
        onto = None
        if tag is not None:
            try:
                onto = tickets.find(desk.session, desk.viewer, ticket_view.read_tag(desk, tag)).number
            except NotFound:
                return rendering.see_other(
                    request, f"/admin/held/{number}", f"There is no ticket “{tag.strip()[:40]}”.", kind="error"
                )
        by = desk.viewer
    try:
        made = decided.settle(web.installation, number, by, onto)
    except NotFound:
        raise
    except Refused as error:
        return rendering.see_other(request, f"/admin/held/{number}", str(error), kind="error")
    return rendering.see_other(request, f"/admin/ticket/{desk.tag(made)}", "The held mail is on this ticket.")


def _context(desk: Desk, kind: str) -> dict[str, Any]:
    require(desk.viewer, Action.READ_NOTES)
    kind = kind if kind in KINDS else ""
    held = held_mail.listed(desk.session, desk.viewer)
    pending = held_mail.pending(desk.session, desk.viewer)
    items = [_held_line(row, kind) for row in held if kind != "pending"]
    items += [_pending_line(desk, comment, ticket) for comment, ticket in pending if kind != "held"]
    counts = {"": len(held) + len(pending), "held": len(held), "pending": len(pending)}
    kinds = [
        {"key": key, "label": label, "count": counts[key], "url": shell.address("/admin/held", kind=key), "current": key == kind}
        for key, label in KINDS.items()
    ]
    return shell.frame(desk, section="held") | {
        "kinds": kinds,
        "items": sorted(items, key=lambda one: one["received_at"], reverse=True),
        "may_decide": desk.viewer.is_admin,
        "list_url": shell.address("/admin/held", kind=kind),
    }


def _held_line(row: InboundMail, kind: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": "held",
        "sender": {"name": "", "address": row.sender or row.mail_from},
        "subject": row.subject,
        "reason": _sentence(row.held_reason),
        "received_at": row.received_at,
        "url": shell.address(f"/admin/held/{row.id}", kind=kind),
    }


def _pending_line(desk: Desk, comment: Comment, ticket: Ticket) -> dict[str, Any]:
    tag = desk.tag(ticket.number)
    return {
        "id": f"c{comment.id}",
        "kind": "pending",
        "sender": {"name": comment.author_name, "address": comment.author_address},
        "subject": f"{tag} {ticket.title}",
        "reason": _sentence(comment.state_reason),
        "received_at": comment.created_at,
        "url": f"/admin/ticket/{tag}#m-{comment.id}",
    }


def _detail(desk: Desk, row: InboundMail, reading: Reading | None, suggested: dict[str, str] | None) -> dict[str, Any]:
    mail = reading.mail if reading is not None else None
    trace = row.trace or {}
    senders = mail.senders if mail is not None else ()
    name = people.clean_name(senders[0].name, row.sender or "") if senders else ""
    own = f"/admin/held/{row.id}"
    return _held_line(row, "") | {
        "sender": {"name": name, "address": row.sender or ", ".join(one.address for one in senders) or row.mail_from or "(nobody)"},
        "to": ", ".join(row.rcpt_to),
        "text": mail.text
        if mail is not None
        else "This mail cannot be shown here. Download it as it came, and look at it with care.",
        "original_url": f"{own}/original" if reading is not None and reading.html else None,
        "raw_url": f"{own}/raw",
        "attachments": [
            {"filename": one.filename, "size": one.size, "url": f"{own}/raw"} for one in (mail.attachments if mail else ())
        ],
        "verdict": row.sender_verdict or "none",
        "verdict_reason": (trace.get("judged") or {}).get("detail", ""),
        "rule": row.rule or "unread",
        "matched_by": row.matched_by,
        "tried": list((trace.get("routed") or {}).get("tried", ())),
        "defects": list(mail.defects) if mail is not None else [],
        "suggested": suggested,
        "traceback": row.error,
    }


def _suggested(desk: Desk, row: InboundMail) -> dict[str, str] | None:
    """The ticket that the mail names, where this agent sees it."""
    if row.ticket_number is None:
        return None
    try:
        found = tickets.find(desk.session, desk.viewer, row.ticket_number)
    except NotFound:
        return None
    return {"tag": desk.tag(found.number), "title": found.title, "url": ticket_view.base(desk, found)}


def _sentence(reason: str | None) -> str:
    words = (reason or "nobody said why").strip().rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."
