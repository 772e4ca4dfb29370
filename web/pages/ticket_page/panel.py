"""What stands beside the thread: the requester and their other tickets, who is in copy, what is linked, and when it may wake up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import literal, select, union
from sqlalchemy.orm import aliased, load_only

from helpdesk.models import Participant, ParticipantRole, Person, Ticket, TicketLink
from helpdesk.permissions import visible_tickets
from helpdesk.reshaping import split
from web.deps import Desk

MOST_OTHERS = 6
MORNING = time(8)  # of the desk: a ticket wakes up when people begin to work

Related = Sequence[tuple[Ticket, str | None]]


def related(desk: Desk, ticket: Ticket) -> Related:
    """More tickets of the requester, those linked to this one, either way, and where it was merged into, with the kind of the link.

    A link that leads here has "from " before its kind.
    """
    away, here = aliased(TicketLink), aliased(TicketLink)
    own = select(Ticket.number).where(Ticket.requester_id == ticket.requester_id).order_by(Ticket.number.desc())
    numbers = union(
        select(own.limit(MOST_OTHERS + 1).subquery().c.number),
        select(TicketLink.other_number).where(TicketLink.ticket_number == ticket.number),
        select(TicketLink.ticket_number).where(TicketLink.other_number == ticket.number),
        select(literal(ticket.merged_into or 0)),
    ).subquery()
    wanted = (
        select(Ticket, away.kind, here.kind)
        .join(numbers, numbers.c.number == Ticket.number)
        .outerjoin(away, (away.ticket_number == ticket.number) & (away.other_number == Ticket.number))
        .outerjoin(here, (here.other_number == ticket.number) & (here.ticket_number == Ticket.number))
        .where(Ticket.number != ticket.number, visible_tickets(desk.viewer))
        .order_by(Ticket.number.desc())
        .limit(MOST_OTHERS + 20)
        .options(load_only(Ticket.number, Ticket.title, Ticket.status, Ticket.requester_id))
    )
    return [(other, to or (f"from {back}" if back else None)) for other, to, back in desk.session.execute(wanted)]


def others(desk: Desk, ticket: Ticket, found: Related) -> list[dict[str, str]]:
    """More tickets of the same requester."""
    mine = [other for other, _ in found if other.requester_id == ticket.requester_id]
    return [_line(desk, one) for one in mine[:MOST_OTHERS]]


def links(desk: Desk, found: Related) -> list[dict[str, str]]:
    """What this ticket follows or was split from, and what follows or was split from it."""
    return [_line(desk, other) | {"words": _LINKS[kind]} for other, kind in found if kind in _LINKS]


def may_belong(desk: Desk, found: Related) -> dict[str, str] | None:
    """The ticket that the mail which opened this one only mentioned."""
    named = next((other for other, kind in found if kind == "may_belong_to"), None)
    return _line(desk, named) if named is not None else None


def in_copy(found: Sequence[Participant]) -> list[dict[str, Any]]:
    """Those who take part besides the requester."""
    return [
        {"name": one.person.name, "address": one.person.address, "removable": True}
        for one in found
        if one.role != ParticipantRole.REQUESTER
    ]


def agents(everybody: Sequence[Person], ticket: Ticket) -> list[Person]:
    """Who can be chosen; a disabled agent stays as long as the ticket is theirs, or saving another field would take it away."""
    return [one for one in everybody if one.is_staff or one.id == ticket.assignee_id]


def zone(desk: Desk) -> tzinfo:
    """Where the desk's day begins."""
    return desk.web.installation.settings.time_zone or UTC


def morning(day: date, at: tzinfo) -> datetime:
    """When people begin to work on this day; the moment is in UTC."""
    return datetime.combine(day, MORNING, at).astimezone(UTC)


def hour(moment: datetime, at: tzinfo) -> str:
    """A moment as the desk's clock shows it: "Mon 23 Nov, 08:00"."""
    return f"{moment.astimezone(at):%a %-d %b, %H:%M}"


def mornings(now: datetime, at: tzinfo) -> list[tuple[str, str, str]]:
    """When a snoozed ticket may wake up: (day in ISO form, words, its hour in the desk's zone), each on a morning."""
    today = now.astimezone(at).date()
    offered = [
        (today + timedelta(days=1), "Tomorrow"),
        (today + timedelta(days=3), "In three days"),
        (today + timedelta(days=7 - today.weekday()), "Monday"),
        (today + timedelta(days=7), "In a week"),
        (today + timedelta(days=28), "In four weeks"),
    ]
    by_day = dict(reversed(offered))  # of two words for one day the first in the list
    return [(f"{day:%Y-%m-%d}", words, hour(morning(day, at), at)) for day, words in sorted(by_day.items())]


_LINKS = {
    "follows": "follows",
    "from follows": "is followed by",
    split.LINK: "was split from",
    f"from {split.LINK}": "was split into",
}


def _line(desk: Desk, one: Ticket) -> dict[str, str]:
    tag = desk.tag(one.number)
    return {"tag": tag, "title": one.title, "status": one.status, "url": f"/admin/ticket/{tag}"}
