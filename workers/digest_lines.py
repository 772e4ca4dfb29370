"""The lines of a digest: one for each gathered notification, with the links that answer it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import addressing
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.models import OutboxMessage
from workers.actions import Action
from workers.mail_headers import clean, mailto
from workers.outgoing import House

GIST = 160  # characters
_WHAT = {
    "new_ticket": "New from {who}",
    "assignment": "Yours now, from {who}",
    "note": "Note by {who}",
    "comment": "{who} wrote",
    "requester_status": "{who} changed the status",
}


def gathered(session: Session, message: OutboxMessage, house: House) -> dict[str, Any]:
    """What the mail `message` is made from: its lines, oldest first, and how many tickets they are about."""
    wanted = select(OutboxMessage).where(OutboxMessage.id.in_(message.data.get("rows", []))).order_by(OutboxMessage.id)
    rows = [row for row in session.scalars(wanted) if row.ticket is not None]
    return {"updates": [_line(row, house) for row in rows], "tickets": len({row.ticket_number for row in rows})}


def _line(row: OutboxMessage, house: House) -> dict[str, Any]:
    ticket, comment = row.ticket, row.comment
    assert ticket is not None  # noqa: S101  (the caller left the others out)
    tag = addressing.tag(house.mint.prefix, ticket.number)
    if comment is not None:
        who = (comment.author.name if comment.author is not None else "") or comment.author_name or comment.author_address or ""
        text = comment.content
    else:
        who, text = ticket.requester.name or ticket.requester.address, ticket.description
    gist = clean(text[: GIST * 4], GIST)
    subject = addressing.subject_line(house.mint.prefix, ticket.number, ticket.subject, reply=True)[:GIST]
    return {
        "tag": tag,
        "title": clean(ticket.title),
        "what": _WHAT[row.kind].format(who=clean(who)),
        "gist": gist,
        "url": f"{house.base_url}/admin/ticket/{tag}",
        "address": _address(row, house, row.purpose),
        "actions": [
            Action("Answer" if row.purpose == Purpose.REPLY else "Answer with a note", _mailto(row, house, row.purpose, subject)),
            Action("Take", _mailto(row, house, Purpose.NOTE, subject, body="#take\r\n")),
        ],
    }


def _mailto(row: OutboxMessage, house: House, purpose: str, subject: str, **more: str) -> str:
    return mailto(_address(row, house, purpose), subject=subject, **more)


def _address(row: OutboxMessage, house: House, purpose: str) -> str:
    token = ReplyToken(row.ticket_number or 0, row.person_id or 0, Purpose(purpose), row.seen_event_id or 0)
    return addressing.reply_address(house.mint, token)
