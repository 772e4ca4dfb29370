"""Pages: answering a ticket: a reply or a note, with files, a status, a canned response; and taking a reply back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import JSONResponse, Response

from helpdesk import attachments, canned, conversation, submissions, undo
from helpdesk.attachments import StoredFile
from helpdesk.errors import Conflict, Refused
from helpdesk.models import CannedResponse, Comment, Ticket
from helpdesk.staff import drafts
from web import deps, rendering
from web.deps import Desk, Staff, WebState
from web.pages import shell, ticket, ticket_view
from web.pages.shell import Line, Text
from web.pages.ticket_view import Composer

router = APIRouter(include_in_schema=False)
Files = Annotated[list[UploadFile], File()]
Number = Annotated[int, Form(ge=0, le=10**15)]


class _Crossed(Conflict):
    """Others said something that the agent has not seen."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """What was added: whether a click within the next seconds still takes it back, and what a canned response did besides."""

    number: int
    undoable: bool
    also: str


@router.post("/admin/ticket/{tag}/comment")
def answer(
    request: Request,
    web: WebState,
    tag: str,
    mode: Line = "reply",
    content: Text = "",
    status: Line = "",
    seen: Number = 0,
    canned: Line = "",
    applied: Line = "",
    insert: Line = "",
    files: Files = [],  # noqa: B006  (FastAPI copies defaults)
) -> Response:
    """Send a reply or leave a note; a reply that crosses with what others said is shown again first (409), its text kept."""
    written = Composer("note" if mode == "note" else "reply", content, status, seen=seen, applied=applied)
    with deps.staff_desk(request) as desk:
        found = ticket_view.find(desk, tag)
        back = ticket_view.came_with(request, desk, found)
        query = back.partition("?")[2]
        if insert:
            return ticket_view.page(request, desk, tag, _inserted(desk, found, written, canned), query=query)
    try:
        with attachments.stored(web.installation.storage, shell.files_of(files)) as stored, deps.staff_desk(request) as desk:
            found = ticket_view.find(desk, tag, lock=True)
            if written.mode == "reply" and conversation.newer(desk.session, found, desk.viewer, seen):
                raise _Crossed("Others said something meanwhile.")
            sent = _add(desk, found, written, stored)
    except Refused as error:
        crossed = isinstance(error, _Crossed)
        shown = written if crossed else replace(written, error=str(error))
        with deps.staff_desk(request) as desk:
            return _held_back(request, desk, tag, shown, query, crossed=crossed)
    undo_url = f"{back.partition('?')[0]}/undo/{sent.number}" if sent.undoable else None
    said = "The note is on the ticket." if written.mode == "note" else "The reply is on its way."
    answered = rendering.see_other(request, f"{back}#m-{sent.number}", f"{said}{sent.also}", undo_url=undo_url)
    return _as_asked(request, answered)


def _as_asked(request: Request, answered: Response) -> Response:
    """A script that sends files and shows how far they are goes to the next page by itself: it is told where that is."""
    if "application/json" not in request.headers.get("accept", ""):
        return answered
    told = JSONResponse({"location": answered.headers["location"]})
    told.raw_headers += [(name, value) for name, value in answered.raw_headers if name == b"set-cookie"]
    return told


def _held_back(request: Request, desk: Desk, tag: str, written: Composer, query: str, *, crossed: bool) -> Response:
    """The page with what was not sent, its text kept on the server too, and with what it crossed with."""
    found = ticket_view.find(desk, tag)
    newer = conversation.newer(desk.session, found, desk.viewer, written.seen) if crossed else []
    if found.merged_into is None:
        drafts.keep(desk.session, found, desk.viewer, written.content, internal=written.mode == "note", seen=written.seen)
    shown = replace(written, newer=newer)
    return ticket_view.page(request, desk, tag, shown, status=409 if crossed else 422, query=query)


@router.post("/admin/ticket/{tag}/undo/{number}")
def take_back(request: Request, desk: Staff, tag: str, number: int) -> Response:
    """Take one's own reply back before it is sent; its text is in the composer again."""
    found = ticket_view.find(desk, tag, lock=True)
    comment = desk.session.get(Comment, number)
    back = ticket_view.came_with(request, desk, found)
    if comment is None or comment.ticket_number != found.number:
        return rendering.see_other(request, back, "There is no such reply.", kind="error")
    try:
        with desk.session.begin_nested():
            undo.withdraw(desk.session, found, comment, desk.viewer)
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    _write_on(desk, found, comment.content)
    files = any(one.comment_id == number for one in attachments.of_ticket(desk.session, found.number))
    text = "Taken back: nothing was sent." + (" Its files must be chosen again." if files else "")
    return rendering.see_other(request, f"{back}#composer", text)


def _write_on(desk: Desk, found: Ticket, content: str) -> None:
    """The text that was taken back is the draft again, above what was begun since: as a note where that was one."""
    since = drafts.of(desk.session, found.number, desk.viewer)
    text = content if since is None else f"{content}\n\n{since.content}"
    drafts.keep(desk.session, found, desk.viewer, text, internal=since is not None and since.internal)


def _inserted(desk: Desk, found: Ticket, written: Composer, wanted: str) -> Composer:
    """The composer with a canned response below what stands there already."""
    response = _canned(desk, wanted)
    if response is None:
        return replace(written, error="Choose a canned response first.")
    text = "\n\n".join(part for part in (written.content.rstrip(), ticket.fill(desk, found, response)) if part)
    status = written.status or str(response.actions.get("status", ""))
    return replace(written, content=text, status=status, applied=str(response.id))


def _canned(desk: Desk, wanted: str) -> CannedResponse | None:
    plain = wanted.isascii() and wanted.isdigit() and len(wanted) <= 15
    return canned.one(desk.session, desk.viewer, int(wanted)) if plain else None


def _add(desk: Desk, found: Ticket, written: Composer, stored: Sequence[StoredFile]) -> _Sent:
    if found.merged_into is not None:
        raise Refused(f"This ticket was merged into {desk.tag(found.merged_into)}: answer there.")
    reply = written.mode == "reply"
    seconds = desk.web.installation.settings.undo_seconds if reply else 0
    comment = submissions.add_message(
        desk.session,
        found,
        written.content,
        desk.viewer,
        desk.me,
        internal=not reply,
        status=written.status or None,
        delay=timedelta(seconds=seconds),
        files=stored,
    )
    drafts.discard(desk.session, found.number, desk.viewer)
    return _Sent(comment.id, seconds > 0, _besides(desk, found, written))


def _besides(desk: Desk, found: Ticket, written: Composer) -> str:
    """Do what the inserted canned response does besides its text; the status is the one that the agent left in the form."""
    response = _canned(desk, written.applied)
    if response is None:
        return ""
    response.used += 1
    rest = {name: value for name, value in response.actions.items() if name != "status"}
    canned.act(desk.session, found, rest, desk.viewer)
    words = [f"{name} {', '.join(value) if isinstance(value, list) else value or 'nobody'}" for name, value in rest.items()]
    return f" “{response.title}” also set: {'; '.join(words)}." if words else ""
