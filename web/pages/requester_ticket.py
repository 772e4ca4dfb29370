"""Pages: one ticket for the people outside who take part in it; a signed link (helpdesk/sign_in/links.py) opens it too.

The link's key is taken out of the address at once and kept in a cookie that is sent to this ticket's pages only. Staff have a page
of their own and are sent there.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import attachments, conversation, participants, people, submissions, tickets
from helpdesk.attachments import File, StoredFile
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.models import Person, Status, Ticket
from helpdesk.permissions import Via, Viewer, viewer_of
from helpdesk.reshaping import merge
from helpdesk.sign_in import links
from helpdesk.tickets import LONGEST_TEXT
from web import downloads, mail_html, rendering
from web.deps import Anyone, Desk, WebState, any_desk
from web.pages import requester_view
from web.pages.form import FilledForm, chosen_again
from web.pages.requester_view import Opened, goes_on
from web.pages.ticket import with_images
from web.pages.while_typing import previewed
from web.problems import SignInNeeded

router = APIRouter(prefix="/ticket/{tag}", include_in_schema=False)
Line = Annotated[str, Form(max_length=1024)]


@router.get("")
def show(request: Request, desk: Anyone, tag: str, key: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The ticket as its requester, or somebody in copy, sees it; with `key`, first the cookie and the address without it."""
    number = desk.number_of(tag)
    path = _path(desk, number or 0)
    if desk.viewer.is_staff:
        return RedirectResponse(f"/admin{_path(desk, tickets.find(desk.session, desk.viewer, number).number)}", 303)
    if key:
        return _kept(desk, path, key, number or 0)
    opened = _open(request, desk, tag)
    if request.url.path != path:
        return RedirectResponse(path, 303)
    return _page(request, desk, opened)


@router.post("/reply")
def reply(request: Request, web: WebState, tag: str, form: FilledForm) -> Response:
    """Write on the ticket, with files; it opens again when it was done, and long after that a new one follows it."""
    content = form.text("content")
    with any_desk(request) as desk:
        opened = _open(request, desk, tag)
        if form.text("preview"):
            kept = chosen_again(form.files) if form.files else None
            return _page(request, desk, opened, content, kept, preview=True)
        wrong = _too_much(desk, content, form.files)
        if wrong is not None:
            return _page(request, desk, opened, content, wrong, 422)
    try:
        with attachments.stored(web.installation.storage, form.files) as files, any_desk(request) as desk:
            return _replied(request, desk, _open(request, desk, tag), content, files)
    except Refused as error:
        if error.field != "content":
            raise
        with any_desk(request) as desk:
            return _page(request, desk, _open(request, desk, tag), content, "Please write something, or choose a file.", 422)


def _replied(request: Request, desk: Desk, opened: Opened, content: str, files: Sequence[StoredFile]) -> Response:
    ticket, by = merge.where_it_goes_on(desk.session, opened.viewer, opened.ticket.number)
    days = desk.web.installation.settings.reopen_days
    later = submissions.follow_up(desk.session, ticket, content, by, opened.person, reopen_days=days, files=files)
    if later is None:
        submissions.add_message(desk.session, ticket, content, by, opened.person, files=files)
    links.prove(desk.session, ticket, by)
    said = "Your reply is with us."
    if later is not None:
        said += f" It started a new ticket, {desk.tag(later.number)}."
    elif ticket.number != opened.ticket.number:
        said += f" It goes on in {desk.tag(ticket.number)}."
    # the link opens the old ticket only
    return _back(request, desk, opened.ticket if opened.by_link else later or ticket, said)


@router.post("/confirm")
def confirm(request: Request, desk: Anyone, tag: str) -> Response:
    """The requester says that the ticket, and so the address on it, is theirs."""
    opened = _open(request, desk, tag, lock=True)
    if opened.person.id != opened.ticket.requester_id:
        raise NotAllowed("Only who wrote the ticket can say this.")
    links.prove(desk.session, opened.ticket, opened.viewer)
    return _back(request, desk, opened.ticket, "Thank you. From now on you get every answer by mail.")


@router.post("/resolve")
def resolve(request: Request, desk: Anyone, tag: str) -> Response:
    """The requester needs nothing more."""
    opened = _open(request, desk, tag, lock=True)
    tickets.change_status(desk.session, opened.ticket, Status.RESOLVED, opened.viewer)
    return _back(request, desk, opened.ticket, "Good to hear. It is marked as resolved.")


@router.post("/reopen")
def reopen(request: Request, desk: Anyone, tag: str) -> Response:
    """It was not done after all."""
    opened = _open(request, desk, tag, lock=True)
    if not goes_on(desk, opened.ticket):
        raise Refused("It was closed too long ago to be opened again: please write a new one.")
    tickets.reopen(desk.session, opened.ticket, opened.viewer)
    return _back(request, desk, opened.ticket, "It is open again.")


@router.post("/cc")
def change_copy(request: Request, desk: Anyone, tag: str, address: Line = "", remove: Line = "") -> Response:
    """Put somebody in copy, or take them (or oneself) out again."""
    opened = _open(request, desk, tag, lock=True)
    if remove:
        gone = people.person_at(desk.session, people.normal_address(remove))
        if gone is None or (opened.by_link and gone.id == opened.person.id):
            raise NotFound("There is nobody of this address in copy.")
        participants.remove_cc(desk.session, opened.ticket, gone, opened.viewer)
        if gone.id == opened.person.id:
            return rendering.see_other(request, "/my-tickets", "You are not in copy any more.")
        return _back(request, desk, opened.ticket, f"{remove.strip()} is not in copy any more.")
    new = participants.add_cc(desk.session, opened.ticket, [people.find_or_make(desk.session, address)], opened.viewer)
    said = f"{new[0].address} sees what is written from now on." if new else "Nothing changed: this address cannot be added."
    return _back(request, desk, opened.ticket, said, kind="ok" if new else "info")


@router.get("/files/{identifier}")
def download(request: Request, desk: Anyone, tag: str, identifier: uuid.UUID) -> Response:
    """A file of a message that one sees."""
    opened = _open(request, desk, tag)
    found = conversation.file(desk.session, opened.viewer, opened.ticket, identifier)
    return downloads.response(desk.web.installation.storage, found)


@router.get("/original/{message}")
def original(request: Request, desk: Anyone, tag: str, message: str) -> Response:
    """A message as its sender formatted it, for a sandboxed frame."""
    opened = _open(request, desk, tag)
    html, files = requester_view.layout(desk, opened, message)
    return mail_html.page(with_images(html, files, desk.web.installation.storage))


def _page(
    request: Request,
    desk: Desk,
    opened: Opened,
    content: str = "",
    error: str | None = None,
    status: int = 200,
    *,
    preview: bool = False,
) -> Response:
    context = requester_view.context(desk, opened, content, error)
    shown = previewed(content) if preview else None
    return rendering.render(request, "portal/ticket.html", status, previewed=shown, **context)


def _too_much(desk: Desk, content: str, files: Sequence[File]) -> str | None:
    most = desk.web.installation.settings.max_mail_bytes
    if len(content) > LONGEST_TEXT:
        return f"That is too long: at most {LONGEST_TEXT:,} characters. Send the rest as a file."
    if sum(len(file.content) for file in files) > most:
        return f"The files are larger than {most // (1024 * 1024)} MB together. Please choose fewer of them."
    return None


# --- who opens it


def _open(request: Request, desk: Desk, tag: str, *, lock: bool = False) -> Opened:
    """The ticket for whoever is signed in, else for the bearer of its link; NotFound, or SignInNeeded when it is nobody."""
    number = desk.number_of(tag)
    tried = [] if desk.person is None or desk.viewer.is_staff else [(desk.viewer, desk.person, False)]
    bearer = _bearer(desk, request.cookies.get(_cookie(desk), ""), number or 0)
    if bearer is not None:
        tried.append((*bearer[:2], True))
    for viewer, person, by_link in tried:
        try:
            return Opened(tickets.find(desk.session, viewer, number, lock=lock), viewer, person, by_link)
        except NotFound:
            continue
    if desk.person is None:
        raise SignInNeeded("Sign in first.")
    raise NotFound("There is no such ticket.")


def _kept(desk: Desk, path: str, key: str, number: int) -> Response:
    bearer = _bearer(desk, key, number)
    if bearer is None:
        raise NotFound("This link opens nothing.")
    viewer, _, until = bearer
    tickets.find(desk.session, viewer, number)
    response = RedirectResponse(path, 303)
    age = int((until - datetime.now(UTC)).total_seconds())
    response.set_cookie(_cookie(desk), key, max_age=age, path=path, secure=desk.web.secure, httponly=True, samesite="lax")
    return response


def _bearer(desk: Desk, key: str, number: int) -> tuple[Viewer, Person, datetime] | None:
    """Whoever holds this key to this ticket, as a reader of it alone, and until when."""
    found = links.opener(desk.session, desk.web.installation.keys, key, number, datetime.now(UTC))
    return (viewer_of(found[0], Via.WEB, only_ticket=number), *found) if found is not None else None


def _cookie(desk: Desk) -> str:
    return "__Secure-ticket" if desk.web.secure else "ticket"


def _path(desk: Desk, number: int) -> str:
    return f"/ticket/{desk.tag(number)}"


def _back(request: Request, desk: Desk, ticket: Ticket, text: str, kind: str = "ok") -> Response:
    return rendering.see_other(request, _path(desk, ticket.number), text, kind=kind)
