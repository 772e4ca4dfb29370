"""Pages: one ticket for staff, and what hangs on it: canned responses filled for it, mails in their own layout, raw mails."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy import select

from helpdesk import canned, raw_mail
from helpdesk.errors import NotFound
from helpdesk.models import Attachment, CannedResponse, Comment, InboundMail, Ticket
from helpdesk.storage import Storage
from helpdesk.text import pictures
from web import deps, downloads, mail_html
from web.deps import Desk, Staff, WebState
from web.pages import ticket_thread, ticket_view
from web.pages.ticket_view import Composer

router = APIRouter(include_in_schema=False)
LARGEST_INLINE = 300_000
MOST_INLINE = 3_000_000
_CID = re.compile(r'src="cid:([^"]{1,500})"')


@router.get("/admin/ticket/{tag}")
def show_ticket(request: Request, desk: Staff, tag: str, whole: Annotated[int, Query(ge=0, le=1)] = 0) -> Response:
    """One ticket, with what this agent kept of an answer; `whole`: with every message of a long thread."""
    return ticket_view.page(request, desk, tag, Composer(), whole=bool(whole))


@router.get("/admin/ticket/{tag}/canned/{number}")
def filled(desk: Staff, tag: str, number: int) -> Response:
    """A canned response with its blanks filled for this ticket, as plain text; what it does besides is in two headers."""
    ticket = ticket_view.find(desk, tag)
    response = canned.one(desk.session, desk.viewer, number)
    headers = {"X-Then-Status": str(response.actions.get("status", "")), "X-Canned": str(response.id)}
    return PlainTextResponse(fill(desk, ticket, response), headers=headers)


@router.get("/admin/ticket/{tag}/original/{message}")
def original(desk: Staff, tag: str, message: str) -> Response:
    """A message as its sender formatted it, for a sandboxed frame: its own images inside, remote ones not fetched."""
    ticket = ticket_view.find(desk, tag)
    comment = _comment(desk, ticket, message) if message != ticket_thread.FIRST else None
    html = ticket.description_html if comment is None else comment.html
    if not html:
        raise NotFound("This message has no layout of its own.")
    files = desk.session.scalars(
        select(Attachment).where(
            Attachment.ticket_number == ticket.number,
            Attachment.comment_id == comment.id if comment is not None else Attachment.comment_id.is_(None),
            Attachment.content_id.is_not(None),
        )
    )
    return mail_html.page(with_images(html, files, desk.web.installation.storage))


@router.get("/admin/ticket/{tag}/raw/{number}")
def raw(request: Request, web: WebState, tag: str, number: int) -> Response:
    """A mail of this ticket as it came."""
    with deps.staff_desk(request) as desk:
        ticket = ticket_view.find(desk, tag)
        row = desk.session.get(InboundMail, number)
        if row is None or row.ticket_number != ticket.number:
            raise NotFound("There is no such mail on this ticket.")
        name = f"{desk.tag(ticket.number)}-{number}.eml"
    return downloads.eml(raw_mail.content(web.installation.engine, web.installation.storage, number), name)


def with_images(html: str, files: Iterable[Attachment], storage: Storage) -> str:
    """Sanitised HTML whose `cid:` images are put in: a sandboxed frame sends no cookie, so it could fetch none."""
    by_id = {one.content_id: one for one in files}
    room = MOST_INLINE

    def put_in(found: re.Match[str]) -> str:
        nonlocal room
        file = by_id.get(found[1])
        if file is None or file.size > min(LARGEST_INLINE, room) or file.content_type not in pictures.TYPES:
            return found[0]
        try:
            content = storage.get(file.storage_key)
        except NotFound:
            return found[0]
        if not pictures.is_small(content):
            return found[0]
        room -= file.size
        return f'src="data:{file.content_type};base64,{base64.b64encode(content).decode("ascii")}"'

    return _CID.sub(put_in, html)


def fill(desk: Desk, ticket: Ticket, response: CannedResponse) -> str:
    """The text of a canned response for this ticket and this agent."""
    settings = desk.web.installation.settings
    values = canned.values_of(
        ticket,
        desk.viewer,
        ticket_tag=desk.tag(ticket.number),
        ticket_url=desk.ticket_url(ticket.number),
        support_address=settings.support_address,
        helpdesk_name=settings.name,
    )
    return canned.fill(response.content, values)


def _comment(desk: Desk, ticket: Ticket, identifier: str) -> Comment:
    plain = identifier.isascii() and identifier.isdigit() and len(identifier) <= 15
    found = desk.session.get(Comment, int(identifier)) if plain else None
    if found is None or found.ticket_number != ticket.number:
        raise NotFound("There is no such message.")
    return found
