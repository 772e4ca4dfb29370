"""Pages: the web form, and the receipt of what was sent. What is believed of it: helpdesk/submissions.py."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import attachments, people, submissions, tickets
from helpdesk.attachments import StoredFile
from helpdesk.errors import NotFound, Refused
from helpdesk.models import Ticket, TicketType
from helpdesk.sign_in import links
from helpdesk.submissions import Submission
from helpdesk.tickets import LONGEST_TEXT
from web import limits, rendering
from web.deps import Anyone, Desk, WebState, any_desk
from web.pages.form import Filled, FilledForm, chosen_again
from web.pages.portal import came_from
from web.pages.while_typing import previewed, similar
from web.problems import TooMany

router = APIRouter(include_in_schema=False)
FACTS = {"browser": "Browser", "os": "System", "url": "Page or app"}
LONGEST_FIRST_LINE = 90
_BROWSERS = (
    ("Edge", r"Edg(?:A|iOS)?/([\d.]+)"), ("Opera", r"OPR/([\d.]+)"), ("Samsung Internet", r"SamsungBrowser/([\d.]+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/([\d.]+)"), ("Chrome", r"(?:Chrome|CriOS)/([\d.]+)"), ("Safari", r"Version/([\d.]+).* Safari/"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", r"Windows NT ([\d.]+)"), ("Android", r"Android ([\d.]+)"), ("iOS", r"(?:iPhone )?OS ([\d_]+) like Mac"),
    ("macOS", r"Mac OS X ([\d_.]+)"), ("ChromeOS", r"CrOS \S+ ([\d.]+)"), ("Linux", r"Linux()"),
)  # fmt: skip
Text = Annotated[str, Query(max_length=20_000)]


@router.get("/submit")
def show_form(request: Request, desk: Anyone, description: Text = "", title: Text = "", url: Text = "") -> Response:
    """The form, with what was already said on the front door or in a link to here."""
    fields = {
        "title": title or _first_line(description),
        "description": description,
        **{f"env_{name}": value for name, value in environment(request, url or came_from(request)).items()},
    }
    return _page(request, desk, Filled(fields))


@router.post("/submit")
def submit(request: Request, web: WebState, form: FilledForm) -> Response:
    """Open the ticket and go to its receipt; whatever is wrong shows the form again, with all that was typed.

    Who has not been shown what may help (`asked`) is shown it first, once; files would be lost by that, so they are sent at once.
    What was `begun` on the front door is posted too: an address would keep it in histories and logs.
    """
    with any_desk(request) as desk:
        shown = _shown_again(request, desk, form)
        if shown is not None:
            return shown
    try:
        with attachments.stored(web.installation.storage, form.files) as files, any_desk(request) as desk:
            ticket = _opened(desk, form, files)
            typed = people.normal_address(form.text("email")) if desk.person is None else desk.person.address
            key = links.receipt_key(desk.session, web.installation.keys, ticket, typed, datetime.now(UTC))
    except Refused as error:
        with any_desk(request) as desk:
            return _page(request, desk, form, {error.field or "form": str(error)}, status=422)
    return RedirectResponse(f"/submitted?key={key}", 303)


def _shown_again(request: Request, desk: Desk, form: Filled) -> Response | None:
    """The page once more, where this form is not sent (yet); None when it is, and then it counts whatever becomes of it."""
    if form.text("begun"):
        return _begun(request, desk, form)
    if form.text("preview"):
        return _page(request, desk, form, {"files": chosen_again(form.files)} if form.files else {}, preview=True)
    errors = _wrong(desk, form)
    if errors:
        return _page(request, desk, form, errors, status=422)
    if not form.text("asked") and not form.files and similar(desk, _said(form)):
        return _page(request, desk, form, asking=True)
    try:
        if desk.person is None:
            limits.spend(desk.session, "form", limits.network(request))
    except TooMany as error:
        page = _page(request, desk, form, {"form": f"{error} Nothing was sent yet."}, status=429)
        page.headers["Retry-After"] = str(error.seconds)
        return page
    return None


def _begun(request: Request, desk: Desk, form: Filled) -> Response:
    """The form, as far as the front door filled it; only a text that is too long is wrong already."""
    description = form.text("description")
    facts = environment(request, form.text("url"))
    begun = Filled({
        "title": _first_line(description), "description": description, **{f"env_{name}": value for name, value in facts.items()},
    })  # fmt: skip
    wrong = {name: said for name, said in _wrong(desk, begun).items() if name == "description"}
    return _page(request, desk, begun, wrong, status=422 if wrong else 200)


@router.get("/submitted")
def receipt(request: Request, desk: Anyone, key: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The number of what was sent, for whoever holds the key; it can be loaded again and kept."""
    found = links.read_receipt(desk.session, desk.web.installation.keys, key, datetime.now(UTC))
    ticket = desk.session.get(Ticket, found.ticket) if found is not None else None
    if ticket is None or found is None:
        raise NotFound("There is no such receipt.")
    return rendering.render(
        request,
        "portal/submitted.html",
        ticket={"tag": desk.tag(ticket.number), "title": ticket.title, "created_at": ticket.created_at},
        address=found.address,
        verified=ticket.verified,
        ticket_url=_own_page(desk, ticket),
        similar=similar(desk, f"{ticket.title} {ticket.description}", but=ticket.number),
    )


def environment(request: Request, url: str = "") -> dict[str, str]:
    """Browser and system as the User-Agent names them (RFC 9110 section 10.1.5), and the page that sent the reader here."""
    agent = request.headers.get("user-agent", "")[:500]
    return {"browser": _named(_BROWSERS, agent), "os": _named(_SYSTEMS, agent), "url": url[:500]}


def _named(table: Sequence[tuple[str, str]], agent: str) -> str:
    for name, pattern in table:
        if found := re.search(pattern, agent):
            return f"{name} {found[1].replace('_', '.')}".strip()
    return ""


def _first_line(text: str) -> str:
    """What the title may be: the first sentence, when it is short enough to be one."""
    first = re.split(r"(?<=[.!?])\s|\n", text.strip(), maxsplit=1)[0].strip()
    return first if len(first) <= LONGEST_FIRST_LINE else ""


def _wrong(desk: Desk, form: Filled) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not tickets.one_line(form.text("title")):
        errors["title"] = "Please say in one line what it is about."
    if len(form.text("description")) > LONGEST_TEXT:
        errors["description"] = f"That is too long: at most {LONGEST_TEXT:,} characters. Send the rest as a file."
    if form.size > desk.web.installation.settings.max_mail_bytes:
        errors["files"] = f"The files are larger than {_max_mb(desk)} MB together."
    if desk.person is None:
        try:
            people.normal_address(form.text("email"))
        except Refused:
            errors["email"] = "Please give the address that our answer shall go to."
    if errors and form.files:
        errors.setdefault("files", chosen_again(form.files))
    return errors


def _opened(desk: Desk, form: Filled, files: Sequence[StoredFile]) -> Ticket:
    return submissions.submit(
        desk.session,
        Submission(
            title=form.text("title"),
            description=form.text("description"),
            type=form.text("type") or TicketType.QUESTION,
            priority=form.text("priority") or "medium",
            email=form.text("email") if desk.person is None else "",
            name=form.text("name") if desk.person is None else "",
            environment={name: form.text(f"env_{name}") for name in FACTS},
            files=files,
        ),
        desk.viewer,
        desk.person,
        acknowledgements_an_hour=desk.web.installation.settings.acknowledgements_an_hour,
    )


def _page(
    request: Request,
    desk: Desk,
    form: Filled,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
    preview: bool = False,
    asking: bool = False,
) -> Response:
    shown: dict[str, Any] = {name: form.text(name) for name in ("title", "description", "type", "priority", "email", "name")}
    shown["environment"] = [(name, label, form.text(f"env_{name}")) for name, label in FACTS.items()]
    return rendering.render(
        request,
        "portal/submit.html",
        status,
        form=shown,
        errors=errors or {},
        suggestions=similar(desk, _said(form)),
        previewed=previewed(form.text("description")) if preview else None,
        asking=asking,
        max_mb=_max_mb(desk),
    )


def _said(form: Filled) -> str:
    return f"{form.text('title')} {form.text('description')}"


def _own_page(desk: Desk, ticket: Ticket) -> str | None:
    try:
        tickets.find(desk.session, desk.viewer, ticket.number)
    except NotFound:
        return None
    return f"/ticket/{desk.tag(ticket.number)}"


def _max_mb(desk: Desk) -> int:
    return desk.web.installation.settings.max_mail_bytes // (1024 * 1024)
