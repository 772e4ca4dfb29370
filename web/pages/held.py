"""Pages: mail that waits for a decision: why, what it says, and what can be done with it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from helpdesk import held_mail, raw_mail, tickets
from helpdesk.errors import NotFound, Refused
from mail_ingest import held as decided
from web import deps, downloads, mail_html, rendering
from web.deps import Admin, Staff, WebState
from web.pages import held_view, ticket_view
from web.pages.held_view import Where
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
Number = Annotated[int | None, Query(ge=0, le=10**15)]


def where(
    kind: Annotated[str, Query(max_length=20)] = "",
    reason: Annotated[str, Query(pattern=r"^H?\d{0,3}$")] = "",
    after: Number = None,
) -> Where:
    """Which part of the list the address names; a reason is of held mails only."""
    number = int(reason.removeprefix("H") or 0) or None
    return Where("held" if number is not None else kind if kind in held_view.KINDS else "", number, after)


Here = Annotated[Where, Depends(where)]


@router.get("/admin/held")
def list_held(request: Request, desk: Staff, here: Here) -> Response:
    """Held mails, and messages on tickets that wait to be accepted; the longest waiting first."""
    return rendering.render(request, "portal/admin/held.html", **held_view.listing(desk, here), item=None)


@router.get("/admin/held/{number}")
def show_held(request: Request, web: WebState, number: int, here: Here) -> Response:
    """One held mail beside the list; it is read anew, in a child process, with no transaction open."""
    with deps.staff_desk(request) as desk:
        row = held_mail.one(desk.session, desk.viewer, number)
        suggested = held_view.suggested(desk, row)
        listing = held_view.listing(desk, here)
    reading = decided.look(web.installation, web.reader, number)
    item = held_view.detail(row, reading, suggested, here)
    return rendering.render(request, "portal/admin/held.html", **listing, item=item)


@router.get("/admin/held/{number}/original")
def original(request: Request, web: WebState, number: int) -> Response:
    """The mail as its sender formatted it, for a sandboxed frame; no image of it is fetched."""
    with deps.staff_desk(request) as desk:
        held_mail.one(desk.session, desk.viewer, number)
    reading = decided.look(web.installation, web.reader, number)
    if reading is None or reading.html is None:
        raise NotFound("This mail has no layout of its own.")
    return mail_html.page(held_view.without_images(reading.html))


@router.get("/admin/held/{number}/raw")
def raw(request: Request, web: WebState, number: int) -> Response:
    """The mail as it came."""
    with deps.staff_desk(request) as desk:
        held_mail.one(desk.session, desk.viewer, number)
    return downloads.eml(raw_mail.content(web.installation.engine, web.installation.storage, number), f"held-{number}.eml")


@router.post("/admin/held/{number}/release")
def release(request: Request, web: WebState, number: int, here: Here) -> Response:
    """The mail becomes a new ticket of its sender."""
    return _settle(request, web, number, here, None)


@router.post("/admin/held/{number}/attach")
def attach(request: Request, web: WebState, number: int, here: Here, tag: Line = "") -> Response:
    """The mail becomes a message on a ticket."""
    return _settle(request, web, number, here, tag)


@router.post("/admin/held/{number}/again")
def again(request: Request, desk: Admin, number: int, here: Here) -> Response:
    """The mail is processed again from the start: the rules decide anew."""
    held_mail.one(desk.session, desk.viewer, number)
    held_mail.again(desk.session, desk.viewer, number)
    return rendering.see_other(request, here.address(), "It is tried again: what becomes of it shows in a moment.")


@router.post("/admin/held/{number}/drop")
def drop(request: Request, desk: Admin, number: int, here: Here, reason: Line = "") -> Response:
    """Nothing is made of the mail; it is kept all the same. The next one of the list follows."""
    held_mail.one(desk.session, desk.viewer, number)
    after = held_mail.listed(desk.session, desk.viewer, reason=here.reason, after=number, most=1)
    try:
        held_mail.drop(desk.session, desk.viewer, [number], reason)
    except Refused as error:
        return rendering.see_other(request, here.address(f"/admin/held/{number}"), str(error), kind="error")
    path = f"/admin/held/{after[0].id}" if after else "/admin/held"
    return _dropped(request, here.address(path), [number])


@router.post("/admin/held/drop")
def drop_many(
    request: Request,
    desk: Admin,
    here: Here,
    mail: Annotated[list[int], Form()] = [],  # noqa: B006  (FastAPI copies defaults)
    reason: Line = "",
) -> Response:
    """Nothing is made of the chosen mails, for one reason; each is kept, and each has its line in the audit trail."""
    try:
        done = held_mail.drop(desk.session, desk.viewer, mail[: held_view.PAGE], reason)
    except Refused as error:
        return rendering.see_other(request, here.address(), str(error), kind="error")
    if not done:
        return rendering.see_other(request, here.address(), "Choose the mails first: none was dropped.", kind="error")
    return _dropped(request, here.address(), done)


@router.post("/admin/held/undrop")
def undrop(
    request: Request,
    desk: Admin,
    here: Here,
    mail: Annotated[list[int], Query()] = [],  # noqa: B006  (FastAPI copies defaults)
) -> Response:
    """What was dropped by mistake is held again."""
    back = held_mail.hold_again(desk.session, desk.viewer, mail[: held_view.PAGE])
    said = f"{len(back)} mail{'s are' if len(back) != 1 else ' is'} held again." if back else "Nothing was dropped."
    return rendering.see_other(request, here.address(), said, kind="ok" if back else "info")


def _dropped(request: Request, path: str, numbers: list[int]) -> Response:
    what = f"{len(numbers)} mails dropped" if len(numbers) != 1 else "Dropped"
    undo = f"/admin/held/undrop?{urlencode({'mail': numbers}, doseq=True)}"
    return rendering.see_other(request, path, f"{what}. Nothing is made of it, and its bytes are kept.", undo_url=undo)


def _settle(request: Request, web: WebState, number: int, here: Where, tag: str | None) -> Response:
    back = here.address(f"/admin/held/{number}")
    with deps.staff_desk(request) as desk:
        if not desk.viewer.is_admin:
            raise NotFound("For administrators only.")
        held_mail.one(desk.session, desk.viewer, number)
        onto = None
        if tag is not None:
            try:
                onto = tickets.find(desk.session, desk.viewer, ticket_view.read_tag(desk, tag)).number
            except NotFound:
                return rendering.see_other(request, back, f"There is no ticket “{tag.strip()[:40]}”.", kind="error")
        by = desk.viewer
    try:
        made = decided.settle(web.installation, web.reader, number, by, onto)
    except NotFound:
        raise
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    return rendering.see_other(request, f"/admin/ticket/{desk.tag(made)}", "The held mail is on this ticket.")
