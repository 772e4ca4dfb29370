"""Pages: two tickets become one, or one becomes two: what is chosen, what will happen, and then it does.

Each choice is a page of its own; a script shows the same page in a dialog.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from helpdesk import conversation, participants, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.lists import ticket_queue
from helpdesk.lists.ticket_queue import Filters
from helpdesk.models import CommentState, Ticket
from helpdesk.reshaping import merge, split
from helpdesk.text.plain_line import plain_line
from web import deps, limits, rendering
from web.deps import Desk, Staff, WebState
from web.pages import shell, ticket_view
from web.pages.shell import Line
from web.pages.ticket_page import panel

router = APIRouter(include_in_schema=False, prefix="/admin/ticket/{tag}")
Word = Annotated[str, Query(max_length=500)]
MOST_FOUND = 8
LONGEST_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a merge would do, in sentences; `refused`: why it would not be done."""

    into: Ticket
    sentences: Sequence[str] = ()
    refused: str | None = None


# --- merge


@router.get("/merge")
def choose_merge(request: Request, desk: Staff, tag: str, q: Word = "", into: Word = "") -> HTMLResponse:
    """Search for the ticket to go on in; once it is chosen (`into`): what will happen."""
    ticket = ticket_view.find(desk, tag)
    outcome = _outcome(desk, ticket, into) if into else None
    found = [] if outcome is not None else _found(request, desk, ticket, q.strip())
    return rendering.render(
        request,
        "portal/admin/ticket_merge.html",
        **shell.frame(desk, section="queue"),
        ticket=_shown(desk, ticket),
        wanted=q,
        asked=into,
        found=[_shown(desk, one) for one in found],
        outcome=outcome,
        into=_shown(desk, outcome.into) if outcome is not None else None,
    )


@router.post("/merge")
def merge_into(request: Request, desk: Staff, tag: str, into: Line = "") -> Response:
    """This ticket is one with another: go there."""
    number, other = ticket_view.find(desk, tag).number, ticket_view.read_tag(desk, into)
    back = ticket_view.came_with(request, desk, ticket_view.find(desk, tag))
    try:
        with desk.session.begin_nested():
            # the lower number first, as everywhere: two merges at once never wait for each other
            locked = {one: tickets.find(desk.session, desk.viewer, one, lock=True) for one in sorted({number, other})}
            merge.merge(desk.session, locked[number], locked[other], desk.viewer, tag=desk.tag(other))
    except NotFound:
        return rendering.see_other(request, back, f"There is no ticket “{into.strip()[:40]}”.", kind="error")
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    return rendering.see_other(request, f"/admin/ticket/{desk.tag(other)}", f"{desk.tag(number)} goes on here.")


def _found(request: Request, desk: Desk, ticket: Ticket, query: str) -> list[Ticket]:
    """What fits the words; without words what is likely: tickets of the same requester, and linked ones, open ones first."""
    if not query:
        likely = [one for one, _ in panel.related(desk, ticket) if one.merged_into is None]
        return sorted(likely, key=lambda one: one.status in ("resolved", "closed"))[:MOST_FOUND]
    number = ticket_view.read_tag(desk, query)
    if number:
        try:
            return [tickets.find(desk.session, desk.viewer, number)]
        except NotFound:
            return []
    limits.search(request, desk, query)
    prefix = desk.web.installation.settings.ticket_prefix
    page = ticket_queue.page(desk.session, desk.viewer, Filters(view="all", q=query), prefix, most=MOST_FOUND + 1)
    return [one for one in page.rows if one.number != ticket.number][:MOST_FOUND]


def _outcome(desk: Desk, ticket: Ticket, asked: str) -> Outcome | None:
    try:
        into = tickets.find(desk.session, desk.viewer, ticket_view.read_tag(desk, asked))
    except NotFound:
        return None
    try:
        merge.check(ticket, into)
    except Refused as error:
        return Outcome(into, refused=str(error))
    here = [one.person for one in participants.of(desk.session, ticket.number)]
    there = {one.person_id for one in participants.of(desk.session, into.number)}
    new = [one.address for one in here if one.id not in there and not one.is_staff]
    old_tag, new_tag = desk.tag(ticket.number), desk.tag(into.number)
    told = ", ".join(one.address for one in here if not one.is_staff)
    sentences = [
        f"{old_tag} is closed and points to {new_tag}. Its messages and files stay where they are, for whoever could read them.",
        f"What is answered to {old_tag} arrives in {new_tag} from now on.",
    ]
    if new:
        sentences.append(f"{', '.join(new)} will be in copy of {new_tag}: what was said there before stays hidden from them.")
    if told:
        sentences.append(f"A mail tells {told} that it goes on in {new_tag}.")
    return Outcome(into, sentences)


# --- split


@router.get("/split")
def choose_split(request: Request, desk: Staff, tag: str, message: Annotated[int, Query(le=10**15)] = 0) -> HTMLResponse:
    """Which messages become a ticket of their own; `message` is chosen already."""
    ticket = ticket_view.find(desk, tag)
    return _split_page(request, desk, ticket, [message])


@router.post("/split")
def split_off(
    request: Request,
    web: WebState,
    tag: str,
    message: Annotated[list[int], Form()] = [],  # noqa: B006  (FastAPI copies defaults)
    title: Line = "",
    tell: Line = "",
) -> Response:
    """Make them one, and go there."""
    with deps.staff_desk(request) as desk:
        files = split.files_of(desk.session, ticket_view.find(desk, tag), message)
    try:
        with split.copied(web.installation.storage, files) as copies, deps.staff_desk(request) as desk:
            ticket = ticket_view.find(desk, tag, lock=True)
            made = split.split(desk.session, ticket, message, desk.viewer, title=title, tell=bool(tell), files=copies)
            old, new = desk.tag(ticket.number), desk.tag(made.number)
    except NotFound:
        raise
    except Refused as error:
        with deps.staff_desk(request) as desk:
            return _split_page(
                request, desk, ticket_view.find(desk, tag), message, title=title, tell=bool(tell), error=str(error), status=422
            )
    return rendering.see_other(request, f"/admin/ticket/{new}", f"Split off from {old}. The messages can still be read there.")


def _split_page(
    request: Request,
    desk: Desk,
    ticket: Ticket,
    chosen: Sequence[int],
    *,
    title: str = "",
    tell: bool = False,
    error: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    talk = conversation.read(desk.session, desk.viewer, ticket)
    messages = [
        {
            "id": one.id,
            "author": one.author.name if one.author and one.author.name else one.author_name or one.author_address,
            "address": one.author_address,
            "kind": "note" if one.internal else "agent" if one.by_staff else "requester",
            "created_at": one.created_at,
            "text": plain_line(one.content, LONGEST_EXCERPT),
            "files": len(talk.files.get(one.id, ())),
            "chosen": one.id in chosen,
        }
        for one in talk.messages
        if one.state == CommentState.POSTED
    ]
    return rendering.render(
        request,
        "portal/admin/ticket_split.html",
        status,
        **shell.frame(desk, section="queue"),
        ticket=_shown(desk, ticket),
        messages=messages,
        title=title,
        tell=tell,
        error=error,
    )


def _shown(desk: Desk, one: Ticket) -> dict[str, Any]:
    return {
        "tag": desk.tag(one.number),
        "title": one.title,
        "status": one.status,
        "requester": one.requester.name or one.requester.address,
        "updated_at": one.updated_at,
        "url": ticket_view.base(desk, one),
    }
