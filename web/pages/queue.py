"""Pages: the queue, changes of many tickets at once, and their undo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select

from helpdesk import addressing, people, tickets, undo
from helpdesk.errors import NotFound, Refused
from helpdesk.lifecycle import WORDS
from helpdesk.lists import metrics, query_language, ticket_queue
from helpdesk.lists.ticket_queue import MOST_COUNTED, VIEWS, Filters, Page, Row
from helpdesk.models import Person, Status, Ticket
from helpdesk.text.plain_line import plain_line
from web import rendering
from web.deps import Desk, Staff
from web.pages import shell, ticket_view
from web.pages.admin import queue_chips
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
PAGE = 30  # with its styles and scripts a full page stays below 120 kB
LONGEST_EXCERPT = 100
MOST_AT_ONCE = 100
_SHOWN = (
    "title", "status", "priority", "type", "tags", "is_public", "requester", "assignee", "waiting_since", "updated_at", "pending",
)  # fmt: skip
_TYPES = {"bug": "a bug", "feature": "a feature request", "question": "a question", "other": "of another type"}
Word = Annotated[str, Query(max_length=500)]
Typed = Annotated[str, Query(max_length=20_000)]  # the parser reads its beginning, and says so


@router.get("/admin")
def show_queue(
    request: Request,
    desk: Staff,
    view: Word = "open",
    status: Word = "",
    type: Word = "",
    priority: Word = "",
    assignee: Word = "",
    tag: Word = "",
    q: Typed = "",
    created: Word = "",
    cursor: Word = "",
) -> Response:
    """One view, filtered; a search for one ticket's number opens it."""
    filters = Filters(view, status, type, priority, assignee, tag, " ".join(q.split())[: query_language.LONGEST + 1], created)
    prefix = desk.web.installation.settings.ticket_prefix
    if filters.q:
        if (found := _named(desk, filters)) is not None:
            return RedirectResponse(found, 303)
        desk.web.rates.spend("search", f"person {desk.me.id}")
    asked = query_language.parse(filters.q, now=datetime.now(UTC), prefix=prefix)
    here = {name: value for name, value in asdict(filters).items() if value}
    frame = shell.frame(desk, view=view, section="queue", q=filters.q, here=here)
    kept = next((one["count"] for one in frame["nav"]["views"] if one["key"] == view and view != "held"), None)
    problem = None
    page: Page[Row] = Page([], 1, None, None)
    try:
        # words are counted by reading every message that has them
        counted = (kept is None or filters.active > 0) and not asked.text
        page = ticket_queue.listing(desk.session, desk.viewer, filters, prefix, cursor=cursor, most=PAGE, counted=counted)
    except Refused as refused:
        if refused.field != "q":
            raise
        problem = str(refused)
    agents = people.staff(desk.session)
    return rendering.render(
        request,
        "portal/admin/queue.html",
        422 if problem else 200,
        **frame,
        view=VIEWS[view],
        heading=next((one["label"] for one in frame["nav"]["saved"] if one["current"]), VIEWS[view].label),
        metrics=_figures(desk, frame),
        filters=filters,
        spans=queue_chips.SPANS,
        chips=queue_chips.chips(filters, asked, agents),
        hints=asked.hints,
        problem=problem,
        agents=agents,
        tickets=[_row(desk, row, here) for row in page.rows],
        page=_pages(page, here, kept if not filters.active else None),
        here=shell.address("/admin", **here, cursor=cursor),
        first_steps=not page.rows and _is_fresh(desk, filters, frame),
        can_save=not any(one["current"] for one in frame["nav"]["saved"]) and (filters.active > 0 or view == "all"),
    )


@router.post("/admin/bulk")
def change_many(
    request: Request,
    desk: Staff,
    ticket: Annotated[list[str], Form()] = [],  # noqa: B006  (FastAPI copies defaults)
    do_status: Line = "",
    do_assignee: Line = "",
    do_priority: Line = "",
    do_tag: Line = "",
    back: Line = "/admin",
) -> Response:
    """Change the chosen tickets, all or none; undone by one click as long as no mail about it has left."""
    back = shell.back_to(back)
    if not ticket or not any((do_status, do_assignee, do_priority, do_tag)):
        return rendering.see_other(request, back, "Choose tickets, and what to change about them.", kind="info")
    prefix = desk.web.installation.settings.ticket_prefix
    numbers = sorted({addressing.read_tag(prefix, one) or 0 for one in ticket[:MOST_AT_ONCE]})
    assignee = _assignee(desk, do_assignee)
    delay = timedelta(seconds=desk.web.installation.settings.undo_seconds)
    changed: list[Ticket] = []
    for number in numbers:  # in one order everywhere, so that two agents never wait for each other
        one = tickets.find(desk.session, desk.viewer, number, lock=True)
        fields: dict[str, Any] = {"priority": do_priority} if do_priority else {}
        if do_tag:
            fields["tags"] = tickets.tags_from([*one.tags, *do_tag.split(",")])
        done = bool(tickets.edit(desk.session, one, desk.viewer, **fields))
        if do_assignee:
            done |= tickets.assign(desk.session, one, assignee, desk.viewer)
        if do_status:
            done |= tickets.change_status(desk.session, one, do_status, desk.viewer, delay=delay)
        if done:
            changed.append(one)
    if not changed:
        return rendering.see_other(request, back, "Nothing to change: they are like that already.", kind="info")
    given = {"status": do_status, "assignee": do_assignee, "priority": do_priority}
    words = became(changed[0], [name for name, value in given.items() if value], desk.me)
    words += [f"tagged {', '.join(tags)}"] if (tags := tickets.tags_from(do_tag.split(","))) else []
    text = f"{f'{len(changed)} tickets are' if len(changed) > 1 else f'{desk.tag(changed[0].number)} is'} {', '.join(words)}."
    return rendering.see_other(request, back, text, undo_url=undo_url(desk, back))


@router.post("/admin/bulk/undo")
def undo_changes(
    request: Request, desk: Staff, at: Annotated[str, Query(max_length=40)], back: Annotated[str, Query(max_length=1000)] = "/admin"
) -> Response:
    """Take back one's own changes of the transaction of the moment `at`."""
    back = shell.back_to(back)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused("This is nothing that could be taken back.")
    restored = undo.take_back(desk.session, desk.viewer, moment)
    if not restored:
        return rendering.see_other(request, back, "There is nothing to take back.", kind="info")
    return rendering.see_other(request, back, f"Taken back on {', '.join(desk.tag(number) for number in restored[:5])}.")


def became(ticket: Ticket, changed: Iterable[str], me: Person) -> list[str]:
    """What a ticket is now, in words that follow "is", of those fields that were changed."""
    owner = ticket.assignee
    words = {
        "status": WORDS[Status(ticket.status)].lower(),
        "assignee": f"assigned to {'you' if owner.id == me.id else owner.name or owner.address}" if owner else "unassigned",
        "priority": f"{ticket.priority} priority",
        "type": _TYPES[ticket.type],
    }
    return [words[name] for name in words if name in set(changed)]


def undo_url(desk: Desk, back: str) -> str:
    """What takes back the changes of this transaction: its time is on each of their events."""
    at = desk.session.execute(select(func.now())).scalar_one()
    return shell.address("/admin/bulk/undo", at=at.isoformat(), back=back)


def _figures(desk: Desk, frame: dict[str, Any]) -> metrics.Figures:
    """The kept figures, with what can be counted now as it stands beside them in the views."""
    now = {one["key"]: one["count"] for one in frame["nav"]["views"]}
    kept = metrics.latest(desk.session)
    return replace(kept, open=now["open"], unassigned=now["unassigned"], delivery_problems=now["problems"])


def _named(desk: Desk, filters: Filters) -> str | None:
    """The page of the ticket whose tag or number was searched for, or None."""
    number = ticket_view.read_tag(desk, filters.q)
    if not number:
        return None
    try:
        found = tickets.find(desk.session, desk.viewer, number)
    except NotFound:
        return None
    return f"/admin/ticket/{desk.tag(found.number)}"


def _is_fresh(desk: Desk, filters: Filters, frame: dict[str, Any]) -> bool:
    """Whether an administrator looks at a helpdesk that has never had a ticket; only then a query says so."""
    if not desk.viewer.is_admin or filters.active or any(one["count"] for one in frame["nav"]["views"]):
        return False
    return desk.session.scalar(select(Ticket.number).limit(1)) is None


def _assignee(desk: Desk, wanted: str) -> Person | None:
    if wanted in ("", "none"):
        return None
    return desk.me if wanted == "me" else people.agent_named(desk.session, wanted)


def _row(desk: Desk, row: Row, here: dict[str, str]) -> dict[str, Any]:
    tag = desk.tag(row.number)
    return {name: getattr(row, name) for name in _SHOWN} | {
        "tag": tag,
        "excerpt": plain_line(row.excerpt, LONGEST_EXCERPT),
        "waiting_on": row.waiting_on if row.status in ("open", "in_progress") else None,
        "url": shell.address(f"/admin/ticket/{tag}", **here),
        "problem": f"{row.lost} mail{'s' if row.lost > 1 else ''} not delivered" if row.lost else None,
    }


def _pages(page: Page[Row], here: dict[str, str], kept: int | None) -> dict[str, Any]:
    """Where the page leads, and how many there are in words: exact for a view, up to a limit for filters, "" if not counted."""
    total = page.total if kept is None else kept
    if page.next is None and (total is None or total <= MOST_COUNTED):
        total = page.first + len(page.rows) - 1
    beyond = kept is None and total is not None and total > MOST_COUNTED
    return {
        "next_url": shell.address("/admin", **here, cursor=page.next) if page.next else None,
        "previous_url": shell.address("/admin", **here, cursor=page.previous) if page.previous else None,
        "first": page.first,
        "more": page.next is not None,
        "total": "" if total is None else f"{MOST_COUNTED}+" if beyond else f"{total:,}",
    }
