"""Pages: every mail that left or waits to leave, and one of them as its reader sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from helpdesk import outbox
from helpdesk.errors import NotFound
from helpdesk.lists import outgoing
from helpdesk.models import OutboxMessage, OutboxState, Suppression
from helpdesk.sign_in import links
from web import downloads, mail_html, rendering
from web.deps import Admin, Desk, Staff
from web.pages import shell

router = APIRouter(include_in_schema=False)
PAGE = 40
LABELS = {
    "": "All", "queued": "Waiting", "sent": "Sent", "captured": "Captured", "failed": "Not delivered",
    "suppressed": "Not sent", "cancelled": "Cancelled",
}  # fmt: skip
Number = Annotated[int | None, Query(ge=0, le=10**15)]
State = Annotated[str, Query(max_length=20)]
To = Annotated[str, Query(max_length=320)]


@dataclass(frozen=True, slots=True)
class Where:
    """Which part of the list is shown: of one state, to one recipient, and what is older than a mail."""

    state: str = ""
    to: str = ""
    before: int | None = None

    def address(self, path: str = "/admin/outbox") -> str:
        """A path of ours that keeps this part of the list."""
        return shell.address(path, state=self.state, to=self.to, before=self.before)


def _where(state: State = "", to: To = "", before: Number = None) -> Where:
    return Where(state if state in LABELS else "", to.strip(), before)


Here = Annotated[Where, Depends(_where)]


@router.get("/admin/outbox")
def list_mails(request: Request, desk: Staff, here: Here) -> Response:
    """The newest mails first, of one state or of all, to one recipient or to all."""
    return _page(request, desk, here, None)


@router.get("/admin/outbox/{number}")
def show_mail(request: Request, desk: Staff, number: int, here: Here) -> Response:
    """One mail beside the list."""
    return _page(request, desk, here, outgoing.one(desk.session, desk.viewer, number))


@router.get("/admin/outbox/{number}/html")
def as_html(desk: Staff, number: int) -> Response:
    """The HTML part, for a sandboxed frame; its links to tickets are without the keys that act as their reader."""
    part = _parsed(_readable(outgoing.one(desk.session, desk.viewer, number))).get_body(("html",))
    if part is None:
        raise NotFound("This mail has no HTML.")
    return mail_html.page(_without_keys(desk, part.get_content()))


@router.get("/admin/outbox/{number}/raw")
def as_sent(desk: Admin, number: int) -> Response:
    """The mail as it was composed, for administrators: whoever has its links acts as its reader."""
    return downloads.eml(_readable(outgoing.one(desk.session, desk.viewer, number)).mime or b"", f"outbox-{number}.eml")


@router.post("/admin/outbox/{number}/retry")
def send_now(request: Request, desk: Staff, number: int, here: Here) -> Response:
    """Try a mail at once that failed, waits, or was not sent while its address was stopped."""
    row = outgoing.one(desk.session, desk.viewer, number)
    stopped = outbox.why_not(desk.session, row.kind, row.recipient) if row.state == OutboxState.SUPPRESSED else None
    done = outbox.send_again(desk.session, row.id)
    back = here.address(f"/admin/outbox/{number}")
    if stopped is not None:
        return rendering.see_other(request, back, f"Mail to {row.recipient} is still stopped: {stopped}", kind="error")
    if not done:
        return rendering.see_other(request, back, "It is being sent, or was already.", kind="info")
    return rendering.see_other(request, back, f"The mail to {row.recipient} is tried again.")


def _page(request: Request, desk: Desk, here: Where, chosen: OutboxMessage | None) -> Response:
    rows, before = outgoing.page(desk.session, desk.viewer, state=here.state, to=here.to, before=here.before, most=PAGE)
    link: Callable[[OutboxMessage], str] = lambda row: here.address(f"/admin/outbox/{row.id}")  # noqa: E731
    capture = desk.web.installation.settings.outbound == "capture"
    return rendering.render(
        request,
        "portal/admin/outbox.html",
        **shell.frame(desk, section="outbox"),
        capture=capture,
        here=here,
        states=_states(desk, here, capture=capture),
        mails=[_in_list(desk, row, link(row)) for row in rows],
        mail=_detail(desk, chosen, here) if chosen is not None else None,
        next_url=replace(here, before=before).address() if before is not None else None,
        list_url=here.address(),
    )


def _readable(row: OutboxMessage) -> OutboxMessage:
    if not outgoing.is_readable(row):
        raise NotFound("This mail cannot be read here.")
    return row


def _states(desk: Desk, here: Where, *, capture: bool) -> list[dict[str, Any]]:
    counts = outgoing.counts(desk.session, desk.viewer)
    other = "sent" if capture else "captured"  # what no mail is while things are as they are set
    shown = [key for key in LABELS if key != other or key == here.state]
    return [
        {
            "key": key,
            "label": LABELS[key],
            "count": counts.get(key, 0),
            "url": Where(key, here.to).address(),
            "current": key == here.state,
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


def _detail(desk: Desk, row: OutboxMessage, here: Where) -> dict[str, Any]:
    message = _parsed(row) if outgoing.is_readable(row) else EmailMessage()
    text = message.get_body(("plain",)) if len(message) else None  # an empty one takes itself for its text
    why = (
        "Its link acts for whoever it was sent to, so it is shown to nobody else."
        if outgoing.is_secret(row)
        else "It is not written yet: that happens before its first try."
    )
    tag = desk.tag(row.ticket_number) if row.ticket_number else None
    unsent = _unsent(desk, row)
    raw_url = f"/admin/outbox/{row.id}/raw" if desk.viewer.is_admin else None
    return _in_list(desk, row, here.address(f"/admin/outbox/{row.id}")) | {
        "from_": str(message["From"] or "–"),
        "reply_to": str(message["Reply-To"] or "–"),
        "message_id": row.message_id or "",
        "sent_at": row.sent_at,
        "headers": [(name, _without_keys(desk, str(value))) for name, value in message.items()],
        "text": _without_keys(desk, text.get_content()) if text is not None else why,
        "html_url": f"/admin/outbox/{row.id}/html" if message.get_body(("html",)) is not None else None,
        "raw_url": raw_url if len(message) else None,
        "attachments": [
            {
                "filename": part.get_filename() or "file",
                "size": len(part.get_payload(decode=True) or b""),
                "url": raw_url,
            }
            for part in message.iter_attachments()
        ],
        "ticket_url": f"/admin/ticket/{tag}" if tag else None,
        "history": _history(desk, row),
        "unsent": unsent,
        "retry_url": here.address(f"/admin/outbox/{row.id}/retry"),
        "retryable": row.state == OutboxState.FAILED
        or (row.state == OutboxState.QUEUED and row.attempts > 0)
        or (unsent is not None and unsent["may_go_now"]),
    }


def _unsent(desk: Desk, row: OutboxMessage) -> dict[str, Any] | None:
    """Why a mail was never sent, what can be done about it, and where; None of one that was, or will be."""
    if row.state == OutboxState.CANCELLED:
        return {"says": row.last_answer or "It was taken back before it was sent.", "then": "", "url": None, "may_go_now": False}
    if row.state != OutboxState.SUPPRESSED:
        return None
    stop = outbox.why_not(desk.session, row.kind, row.recipient)
    says = (stop or row.last_answer or "Mail to this address was stopped.").strip().rstrip(".")
    told = {"says": f"{says[:1].upper()}{says[1:]}.", "then": "", "url": None, "may_go_now": stop is None}
    if stop is None:
        told["then"] = "The address gets mail again by now: this one can be sent."
    elif desk.session.get(Suppression, row.recipient.lower()) is not None:
        told["then"] = "An administrator can let mail go there again, on the page of people."
        told["url"] = shell.address("/admin/people", q=row.recipient) if desk.viewer.is_admin else None
    return told


def _history(desk: Desk, row: OutboxMessage) -> list[dict[str, Any]]:
    """What is known of its tries: the last answer is kept, and every report that came back."""
    lines: list[tuple[datetime, str]] = [(row.created_at, f"Written: {row.reason or row.kind.replace('_', ' ')}")]
    if row.last_answer:
        tries = f"After {row.attempts} tries: " if row.attempts > 1 else ""
        lines.append((row.sent_at or row.created_at, f"{tries}{row.last_answer}"))
    problems = outgoing.problems(desk.session, row)
    lines += [(one.at, f"{one.action.capitalize()}: {one.status or ''} {one.diagnostic or ''}".strip()) for one in problems]
    return [{"at": at, "text": text} for at, text in sorted(lines)]


def _without_keys(desk: Desk, text: str) -> str:
    return links.without_keys(text, desk.web.installation.settings.base_url)


def _parsed(row: OutboxMessage) -> EmailMessage:
    """Our own mail, so the standard library's newer policy is safe on it."""
    return message_from_bytes(row.mime or b"", policy=policy.default)
