"""Pages: every mail that left or waits to leave, and one of them as its reader sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import defer, joinedload

from helpdesk import outbox
from helpdesk.errors import NotFound
from helpdesk.models import DeliveryProblem, OutboxMessage, OutboxState, Ticket
from helpdesk.permissions import visible_tickets
from web import downloads, mail_html, rendering
from web.deps import Desk, Staff
from web.pages import shell

router = APIRouter(include_in_schema=False)
PAGE = 40
LABELS = {
    "": "All", "queued": "Waiting", "sent": "Sent", "captured": "Captured", "failed": "Not delivered",
    "suppressed": "Not sent", "cancelled": "Cancelled",
}  # fmt: skip
# whoever reads one of these can use it: shown only where nothing is really sent
SECRET_KINDS = frozenset({"magic_link", "confirm_commands"})
Number = Annotated[int | None, Query(ge=0, le=10**15)]


@router.get("/admin/outbox")
def list_mails(request: Request, desk: Staff, state: Annotated[str, Query(max_length=20)] = "", before: Number = None) -> Response:
    """The newest mails first, of one state or of all."""
    return _page(request, desk, state, before, None)


@router.get("/admin/outbox/{number}")
def show_mail(
    request: Request, desk: Staff, number: int, state: Annotated[str, Query(max_length=20)] = "", before: Number = None
) -> Response:
    """One mail beside the list."""
    return _page(request, desk, state, before, _one(desk, number))


@router.get("/admin/outbox/{number}/html")
def as_html(desk: Staff, number: int) -> Response:
    """The HTML part, for a sandboxed frame."""
    part = _parsed(_readable(_one(desk, number))).get_body(("html",))
    if part is None:
        raise NotFound("This mail has no HTML.")
    return mail_html.page(part.get_content())


@router.get("/admin/outbox/{number}/raw")
def as_sent(desk: Staff, number: int) -> Response:
    """The mail as it was composed."""
    return downloads.eml(_readable(_one(desk, number)).mime or b"", f"outbox-{number}.eml")


@router.post("/admin/outbox/{number}/retry")
def send_now(request: Request, desk: Staff, number: int) -> Response:
    """Try a mail that failed or waits again, at once."""
    row = _one(desk, number)
    done = outbox.send_again(desk.session, row.id)
    back = f"/admin/outbox/{number}"
    if not done:
        return rendering.see_other(request, back, "It is being sent, or was already.", kind="info")
    return rendering.see_other(request, back, f"The mail to {row.recipient} is tried again.")


def _page(request: Request, desk: Desk, state: str, before: int | None, chosen: OutboxMessage | None) -> Response:
    state = state if state in LABELS else ""
    wanted = select(OutboxMessage).where(_visible(desk)).order_by(OutboxMessage.id.desc()).limit(PAGE + 1)
    if state:
        # as a literal: the partial indexes are of some states only
        wanted = wanted.where(OutboxMessage.state == literal_column(f"'{OutboxState(state).value}'"))
    if before is not None:
        wanted = wanted.where(OutboxMessage.id < before)
    rows = desk.session.scalars(wanted.options(defer(OutboxMessage.mime), defer(OutboxMessage.body_text))).all()
    more = len(rows) > PAGE
    link: Callable[[OutboxMessage], str] = lambda row: shell.address(f"/admin/outbox/{row.id}", state=state, before=before)  # noqa: E731
    return rendering.render(
        request,
        "portal/admin/outbox.html",
        **shell.frame(desk, section="outbox"),
        capture=desk.web.installation.settings.outbound == "capture",
        states=_states(desk, state),
        mails=[_in_list(desk, row, link(row)) for row in rows[:PAGE]],
        mail=_detail(desk, chosen, link(chosen)) if chosen is not None else None,
        next_url=shell.address("/admin/outbox", state=state, before=rows[PAGE - 1].id) if more else None,
        list_url=shell.address("/admin/outbox", state=state, before=before),
    )


def _visible(desk: Desk) -> ColumnElement[bool]:
    """Mails about tickets that this agent sees; those about none (sign-in, warnings) are for administrators and their reader."""
    about = OutboxMessage.ticket_number.in_(select(Ticket.number).where(visible_tickets(desk.viewer)))
    none = OutboxMessage.ticket_number.is_(None)
    if desk.viewer.is_admin:
        return or_(none, about)
    return or_(about, and_(none, OutboxMessage.person_id == desk.viewer.person_id))


def _one(desk: Desk, number: int) -> OutboxMessage:
    wanted = select(OutboxMessage).where(OutboxMessage.id == number, _visible(desk)).options(joinedload(OutboxMessage.ticket))
    found = desk.session.scalar(wanted)
    if found is None:
        raise NotFound("There is no such mail.")
    return found


def _readable(row: OutboxMessage) -> OutboxMessage:
    if row.mime is None or (row.kind in SECRET_KINDS and row.state != OutboxState.CAPTURED):
        raise NotFound("This mail cannot be read here.")
    return row


def _states(desk: Desk, current: str) -> list[dict[str, Any]]:
    counts = dict(
        desk.session.execute(select(OutboxMessage.state, func.count()).where(_visible(desk)).group_by(OutboxMessage.state)).all()
    )
    shown = [key for key in LABELS if not key or counts.get(key) or key in (current, "queued", "failed")]
    return [
        {
            "key": key,
            "label": LABELS[key],
            "count": counts.get(key, 0) if key else sum(counts.values()),
            "url": shell.address("/admin/outbox", state=key),
            "current": key == current,
        }
        for key in shown
    ]


def _in_list(desk: Desk, row: OutboxMessage, url: str) -> dict[str, Any]:
    waits = row.state == OutboxState.QUEUED
    kind = row.kind.replace("_", " ").capitalize()
    return {
        "id": row.id,
        "state": "delayed" if waits and row.attempts else row.state,
        "to": row.recipient,
        "subject": row.subject or f"{kind}{f' about {desk.tag(row.ticket_number)}' if row.ticket_number else ''}",
        "kind": kind,
        "ticket_tag": desk.tag(row.ticket_number) if row.ticket_number else None,
        "tries": row.attempts,
        "created_at": row.created_at,
        "url": url,
        "next_try_at": row.due_at if waits and row.attempts else None,
        "error": row.last_answer if row.state in (OutboxState.FAILED, OutboxState.SUPPRESSED) or (waits and row.attempts) else None,
    }


def _detail(desk: Desk, row: OutboxMessage, url: str) -> dict[str, Any]:
    secret = row.kind in SECRET_KINDS and row.state != OutboxState.CAPTURED
    message = _parsed(row) if row.mime is not None and not secret else EmailMessage()
    text = message.get_body(("plain",)) if len(message) else None  # an empty one takes itself for its text
    why = (
        "Its link acts for whoever it was sent to, so it is shown to nobody else."
        if secret
        else "It is not written yet: that happens before its first try."
    )
    tag = desk.tag(row.ticket_number) if row.ticket_number else None
    return _in_list(desk, row, url) | {
        "from_": str(message["From"] or "–"),
        "reply_to": str(message["Reply-To"] or "–"),
        "message_id": row.message_id or "",
        "sent_at": row.sent_at,
        "headers": [(name, str(value)) for name, value in message.items()],
        "text": str(text.get_content()) if text is not None else why,
        "html_url": f"/admin/outbox/{row.id}/html" if message.get_body(("html",)) is not None else None,
        "raw_url": f"/admin/outbox/{row.id}/raw" if len(message) else None,
        "attachments": [
            {
                "filename": part.get_filename() or "file",
                "size": len(part.get_payload(decode=True) or b""),
                "url": f"/admin/outbox/{row.id}/raw",
            }
            for part in message.iter_attachments()
        ],
        "ticket_url": f"/admin/ticket/{tag}" if tag else None,
        "history": _history(desk, row),
        "retryable": row.state == OutboxState.FAILED or (row.state == OutboxState.QUEUED and row.attempts > 0),
    }


def _history(desk: Desk, row: OutboxMessage) -> list[dict[str, Any]]:
    """What is known of its tries: the last answer is kept, and every report that came back."""
    lines: list[tuple[datetime, str]] = [(row.created_at, f"Written: {row.reason or row.kind.replace('_', ' ')}")]
    if row.last_answer:
        tries = f"After {row.attempts} tries: " if row.attempts > 1 else ""
        lines.append((row.sent_at or row.created_at, f"{tries}{row.last_answer}"))
    problems = desk.session.scalars(select(DeliveryProblem).where(DeliveryProblem.outbox_id == row.id).order_by(DeliveryProblem.id))
    lines += [(one.at, f"{one.action.capitalize()}: {one.status or ''} {one.diagnostic or ''}".strip()) for one in problems]
    return [{"at": at, "text": text} for at, text in sorted(lines)]


def _parsed(row: OutboxMessage) -> EmailMessage:
    """Our own mail, so the standard library's newer policy is safe on it."""
    return message_from_bytes(row.mime or b"", policy=policy.default)
