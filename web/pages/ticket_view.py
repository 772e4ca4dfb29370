"""The values of one ticket's page, read in as few queries as they need; what the handlers of that page share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlalchemy import CompoundSelect, or_, select, union
from sqlalchemy.orm import Session, defer

from helpdesk import addressing, canned, conversation, tickets
from helpdesk.conversation import Conversation
from helpdesk.lists import ticket_queue
from helpdesk.lists.ticket_queue import Filters
from helpdesk.models import STAFF, Event, Participant, ParticipantRole, Person, Ticket, TicketLink
from helpdesk.models import Comment as CommentRow
from helpdesk.permissions import visible_tickets
from helpdesk.words import Status
from web import rendering
from web.deps import Desk
from web.pages import event_words, shell, ticket_thread
from web.pages.event_words import Names

MOST_EVENTS = 300
MOST_OTHERS = 6


@dataclass(frozen=True, slots=True)
class Composer:
    """The answer being written: `seen` is the newest message that its writer had before them, `applied` a canned response in it."""

    mode: str = "reply"
    content: str = ""
    status: str = ""
    error: str | None = None
    newer: int = 0
    seen: int = 0
    to: Sequence[str] = ()
    applied: str = ""


def number_of(desk: Desk, tag: str) -> int | None:
    """The ticket's number that an address of ours names, or None."""
    return tickets.number_of(desk.session, tag, desk.web.installation.settings.ticket_prefix)


def find(desk: Desk, tag: str, *, lock: bool = False) -> Ticket:
    """The ticket of this address, NotFound where this agent sees none."""
    return tickets.find(desk.session, desk.viewer, number_of(desk, tag), lock=lock)


def base(desk: Desk, ticket: Ticket) -> str:
    """The address of a ticket's page for staff."""
    return f"/admin/ticket/{desk.tag(ticket.number)}"


def came_with(request: Request, desk: Desk, ticket: Ticket) -> str:
    """The address to go back to after a change: this ticket's page, in the view it was opened from."""
    query = shell.came_from(request, base(desk, ticket))
    kept = dict(pair for pair in parse_qsl(query) if pair[0] in Filters.__slots__)
    return shell.address(base(desk, ticket), **kept)


def filters_of(request: Request, ticket: Ticket, query: str | None = None) -> Filters:
    """The view that the page was opened from; without one, all that is open, or everything."""
    pairs = parse_qsl(query) if query is not None else list(request.query_params.items())
    given = {name: value[:500] for name, value in pairs if name in Filters.__slots__}
    if given.get("view") not in ticket_queue.VIEWS:
        active = ticket.status in (Status.OPEN, Status.IN_PROGRESS) and ticket.merged_into is None
        return Filters(view="open" if active else "all")
    return Filters(**given)


def list_url(filters: Filters) -> str:
    """The address of the list that these filters make."""
    return shell.address("/admin", **{name: getattr(filters, name) for name in Filters.__slots__})


def ticket_url(desk: Desk, number: int, filters: Filters) -> str:
    """The address of another ticket in the same list."""
    return shell.address(f"/admin/ticket/{desk.tag(number)}", **{name: getattr(filters, name) for name in Filters.__slots__})


def page(
    request: Request, desk: Desk, tag: str, composer: Composer, *, status: int = 200, query: str | None = None
) -> HTMLResponse:
    """The page of one ticket; `query` is that of the page a form was sent from."""
    number = number_of(desk, tag)
    everybody, in_copy = _everybody(desk.session, number)  # held here: what is loaded below finds them in the session
    ticket = tickets.find(desk.session, desk.viewer, number)
    filters = filters_of(request, ticket, query)
    talk = conversation.read(desk.session, desk.viewer, ticket)
    events = _events(desk.session, ticket)
    own = base(desk, ticket)
    related = _related(desk, ticket)
    names = Names(
        {one.address: person.name for person in everybody for one in person.addresses},
        lambda other: Markup('<a href="/admin/ticket/{0}">{0}</a>').format(desk.tag(other)),
    )
    previous, following = ticket_queue.neighbours(
        desk.session, desk.viewer, filters, desk.web.installation.settings.ticket_prefix, ticket
    )
    return rendering.render(
        request,
        "portal/admin/ticket.html",
        status,
        **shell.frame(desk, view=filters.view, section="queue"),
        ticket=_ticket(desk, ticket, related),
        view={"label": ticket_queue.VIEWS[filters.view].label, "url": list_url(filters)},
        previous_url=ticket_url(desk, previous, filters) if previous is not None else None,
        next_url=ticket_url(desk, following, filters) if following is not None else None,
        thread=ticket_thread.thread(ticket_thread.facts(desk.session, ticket, talk, events), own, names),
        composer=replace(composer, seen=newest(talk), to=[one.person.address for one in in_copy]),
        agents=_agents(everybody, ticket),
        canned=canned.listed(desk.session, desk.viewer),
        others=_others(desk, ticket, related),
        participants=_in_copy(in_copy),
        looking=[],
        history=[event_words.told(event, names) for event in reversed(events)],
        may_belong=_may_belong(desk, related),
    )


def newest(talk: Conversation) -> int:
    """The number of the newest message that is shown, 0 when there is only the first one."""
    return max((one.id for one in talk.messages), default=0)


def _everybody(session: Session, number: int | None) -> tuple[list[Person], list[Participant]]:
    """The team and everyone whose name may stand on the page; and who takes part now, the requester first."""
    involved: CompoundSelect[Any] = union(
        select(Ticket.requester_id).where(Ticket.number == number),
        select(Ticket.assignee_id).where(Ticket.number == number),
        select(Participant.person_id).where(Participant.ticket_number == number),
        select(CommentRow.author_id).where(CommentRow.ticket_number == number),
        select(Event.actor_id).where(Event.ticket_number == number),
    )
    staff = Person.role.in_(STAFF) & Person.active
    part = (Participant.person_id == Person.id) & (Participant.ticket_number == number) & Participant.removed_at.is_(None)
    rows = session.execute(
        select(Person, Participant)
        .outerjoin(Participant, part)
        .where(or_(staff, Person.id.in_(involved)))
        .order_by(Person.name, Person.id)
    ).all()
    taking_part = [part for _, part in rows if part is not None]
    return [person for person, _ in rows], sorted(taking_part, key=lambda one: one.role != ParticipantRole.REQUESTER)


def _events(session: Session, ticket: Ticket) -> list[Event]:
    wanted = select(Event).where(Event.ticket_number == ticket.number).order_by(Event.id.desc()).limit(MOST_EVENTS)
    return list(reversed(session.scalars(wanted).all()))


def _related(desk: Desk, ticket: Ticket) -> list[tuple[Ticket, str | None]]:
    """More tickets of the requester, and those that this one is linked to or was merged into, with the kind of the link."""
    link = (TicketLink.ticket_number == ticket.number) & (TicketLink.other_number == Ticket.number)
    wanted = (
        select(Ticket, TicketLink.kind)
        .outerjoin(TicketLink, link)
        .where(Ticket.number != ticket.number, visible_tickets(desk.viewer))
        .where(or_(Ticket.requester_id == ticket.requester_id, TicketLink.kind.is_not(None), Ticket.number == ticket.merged_into))
        .order_by(TicketLink.kind, Ticket.number.desc())
        .limit(MOST_OTHERS + 10)
        .options(defer(Ticket.description), defer(Ticket.description_html))
    )
    return [(other, kind) for other, kind in desk.session.execute(wanted)]


def _ticket(desk: Desk, ticket: Ticket, related: list[tuple[Ticket, str | None]]) -> dict[str, Any]:
    into = desk.tag(ticket.merged_into) if ticket.merged_into is not None else None
    who = ticket.requester
    active = ticket.status in (Status.OPEN, Status.IN_PROGRESS)
    plain = ("title", "status", "priority", "type", "tags", "is_public", "upvotes", "source", "assignee", "created_at",
             "updated_at", "first_response_at", "resolved_at", "snoozed_until")  # fmt: skip
    return {name: getattr(ticket, name) for name in plain} | {
        "tag": desk.tag(ticket.number),
        "waiting_on": ticket.waiting_on if active and into is None else None,
        "requester": {
            "name": who.name,
            "address": who.address,
            "verified": ticket.verified,
            "url": shell.address("/admin", view="all", q=who.address),
        },
        "merged_into": {"tag": into, "url": f"/admin/ticket/{into}"} if into else None,
        "environment": list(ticket.environment.items()),
        "url": base(desk, ticket),
        "public_url": desk.ticket_url(ticket.number),
    }


def _agents(everybody: Sequence[Person], ticket: Ticket) -> list[Person]:
    """Who can be chosen; a disabled agent stays as long as the ticket is theirs, or saving another field would take it away."""
    return [one for one in everybody if one.is_staff or one.id == ticket.assignee_id]


def _others(desk: Desk, ticket: Ticket, related: list[tuple[Ticket, str | None]]) -> list[dict[str, str]]:
    mine = [other for other, _ in related if other.requester_id == ticket.requester_id]
    return [
        {"tag": desk.tag(one.number), "title": one.title, "status": one.status, "url": base(desk, one)}
        for one in mine[:MOST_OTHERS]
    ]


def _in_copy(found: list[Participant]) -> list[dict[str, Any]]:
    return [
        {"name": one.person.name, "address": one.person.address, "removable": True}
        for one in found
        if one.role != ParticipantRole.REQUESTER
    ]


def _may_belong(desk: Desk, related: list[tuple[Ticket, str | None]]) -> dict[str, str] | None:
    named = next((other for other, kind in related if kind == "may_belong_to"), None)
    return {"tag": desk.tag(named.number), "url": base(desk, named)} if named is not None else None


def read_tag(desk: Desk, text: str) -> int:
    """The number in a field where somebody typed a ticket; 0 where there is none."""
    prefix = desk.web.installation.settings.ticket_prefix
    plain = text.strip().lstrip("#")
    return addressing.read_tag(prefix, plain) or (int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 12 else 0)
