"""The values of one ticket's page, read in as few queries as they need; what the handlers of that page share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlalchemy import CompoundSelect, literal_column, select, union
from sqlalchemy.orm import Session, joinedload

from helpdesk import addressing, canned, conversation, tickets
from helpdesk.conversation import Conversation
from helpdesk.issues import workaround
from helpdesk.lists import ticket_queue
from helpdesk.lists.ticket_queue import Filters
from helpdesk.models import Comment, Draft, Event, InboundMail, Participant, ParticipantRole, Person, Presence, Ticket
from helpdesk.permissions import Viewer
from helpdesk.staff import presence
from helpdesk.staff.presence import Present
from helpdesk.text.plain_line import plain_line
from helpdesk.words import Status
from web import rendering
from web.deps import Desk
from web.pages import event_words, shell, ticket_thread
from web.pages.event_words import Names
from web.pages.submit import FACTS
from web.pages.ticket_page import folds, panel

MOST_EVENTS, EVENTS_OF_ALL = 300, 3000
LONGEST_WORDS = 160
MOST_HISTORY = 12


@dataclass(frozen=True, slots=True)
class Composer:
    """The answer being written: `seen` is the newest event that its writer had before them, `applied` a canned response in it.

    `newer` came since and held it back; `kept_at`: it is a draft that was restored.
    """

    mode: str = "reply"
    content: str = ""
    status: str = ""
    error: str | None = None
    newer: Sequence[Comment] = ()
    seen: int = 0
    to: Sequence[str] = ()
    applied: str = ""
    kept_at: datetime | None = None


def find(desk: Desk, tag: str, *, lock: bool = False) -> Ticket:
    """The ticket of this address, NotFound where this agent sees none."""
    return tickets.find(desk.session, desk.viewer, desk.number_of(tag), lock=lock)


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
    request: Request,
    desk: Desk,
    tag: str,
    composer: Composer,
    *,
    status: int = 200,
    query: str | None = None,
    whole: bool = False,
) -> HTMLResponse:
    """The page of one ticket; `query` is that of the page a form was sent from, `whole`: with every message of a long thread."""
    number = desk.number_of(tag)
    found = _people(desk.session, number, desk.viewer)  # held here: what is loaded below finds them in the session
    ticket = tickets.find(desk.session, desk.viewer, number, people=False)
    filters = filters_of(request, ticket, query)
    talk = conversation.read(desk.session, desk.viewer, ticket)
    events, mails = _events(desk.session, ticket, EVENTS_OF_ALL if whole else MOST_EVENTS)
    related = panel.related(desk, ticket)
    names = Names(
        {one.address: person.name for person in found.everybody for one in person.addresses},
        lambda other: Markup('<a href="/admin/ticket/{0}">{0}</a>').format(desk.tag(other)),
        panel.zone(desk),
    )
    previous, following = ticket_queue.neighbours(
        desk.session, desk.viewer, filters, desk.web.installation.settings.ticket_prefix, ticket
    )
    shown = len(events) if whole else min(len(events), MOST_HISTORY)
    storage = desk.web.installation.storage
    read = ticket_thread.facts(desk.session, ticket, talk, events, mails, storage, desk.viewer.person_id)
    said = ticket_thread.thread(read, base(desk, ticket), names)
    return rendering.render(
        request,
        "portal/admin/ticket.html",
        status,
        **shell.frame(desk, view=filters.view, section="queue"),
        ticket=_ticket(
            desk, ticket, workaround.of(desk.session, [ticket.number]).get(ticket.number, "") if ticket.is_public else ""
        ),
        view={"label": ticket_queue.VIEWS[filters.view].label, "url": list_url(filters)},
        previous_url=ticket_url(desk, previous, filters) if previous is not None else None,
        next_url=ticket_url(desk, following, filters) if following is not None else None,
        thread=folds.folded(said, whole=whole),
        whole_url=_whole_url(desk, ticket, filters),
        first_words=first_words(ticket, talk),
        composer=_with_draft(
            found.draft,
            replace(composer, seen=newest(events), to=[one.person.address for one in found.taking_part]),
            restore=status == 200,
        ),
        agents=panel.agents(found.everybody, ticket),
        canned=canned.listed(desk.session, desk.viewer),
        others=panel.others(desk, ticket, related),
        links=panel.links(desk, related),
        participants=panel.in_copy(found.taking_part),
        looking=found.looking,
        mornings=panel.mornings(datetime.now(UTC), panel.zone(desk)),
        history=[event_words.told(event, names) for event in events[-shown:][::-1]],
        older=len(events) - shown,
        may_belong=panel.may_belong(desk, related),
    )


def newest(events: Sequence[Event]) -> int:
    """The number of the newest event that is shown."""
    return max((one.id for one in events), default=0)


def first_words(ticket: Ticket, talk: Conversation) -> str:
    """What the ticket began with, in one line."""
    text = ticket.description if talk.opening else talk.messages[0].content if talk.messages else ""
    return plain_line(text, LONGEST_WORDS)


def _with_draft(draft: Draft | None, composer: Composer, *, restore: bool) -> Composer:
    """The composer with what this agent kept, where nothing is being sent at this moment."""
    if draft is None or composer.content or not restore:
        return composer
    return replace(composer, mode="note" if draft.internal else "reply", content=draft.content, kept_at=draft.updated_at)


def _whole_url(desk: Desk, ticket: Ticket, filters: Filters) -> str:
    here = ticket_url(desk, ticket.number, filters)
    return f"{here}{'&' if '?' in here else '?'}whole=1"


@dataclass(frozen=True, slots=True)
class _People:
    """Whose names may stand on the page (the team among them), who takes part, who looks at it, and what this agent kept for it."""

    everybody: list[Person]
    taking_part: list[Participant]
    looking: list[Present]
    draft: Draft | None


def _people(session: Session, number: int | None, by: Viewer) -> _People:
    """All of it in one query; those who take part with the requester first."""
    involved: CompoundSelect[Any] = union(
        select(Ticket.requester_id).where(Ticket.number == number),
        select(Ticket.assignee_id).where(Ticket.number == number),
        select(Participant.person_id).where(Participant.ticket_number == number),
        select(Comment.author_id).where(Comment.ticket_number == number),
        select(Event.actor_id).where(Event.ticket_number == number),
        # as the index of staff spells it: with OR beside the union everybody would be read
        select(Person.id).where(Person.role != literal_column("'customer'"), Person.active),
    )
    part = (Participant.person_id == Person.id) & (Participant.ticket_number == number) & Participant.removed_at.is_(None)
    own = (Draft.person_id == Person.id) & (Draft.ticket_number == number) & (Draft.person_id == by.person_id)
    rows = (
        session.execute(
            select(Person, Participant, Presence, Draft)
            .outerjoin(Participant, part)
            .outerjoin(Presence, (Presence.person_id == Person.id) & presence.fresh(number))
            .outerjoin(Draft, own)
            .where(Person.id.in_(involved))
            .order_by(Person.name, Person.id)
            .options(joinedload(Person.addresses))
        )
        .unique()
        .all()
    )
    taking_part = [part for _, part, _, _ in rows if part is not None]
    return _People(
        everybody=[person for person, *_ in rows],
        taking_part=sorted(taking_part, key=lambda one: one.role != ParticipantRole.REQUESTER),
        looking=presence.told([(person, seen.writing) for person, _, seen, _ in rows if seen is not None], by),
        draft=next((draft for *_, draft in rows if draft is not None), None),
    )


def _events(session: Session, ticket: Ticket, most: int) -> tuple[list[Event], dict[int, InboundMail]]:
    """What happened, oldest first, and the mails behind it; of very much the newest, and how it began."""
    rows = session.execute(
        select(Event, InboundMail)
        .outerjoin(InboundMail, InboundMail.id == Event.inbound_mail_id)
        .where(Event.ticket_number == ticket.number)
        .order_by((Event.kind == "created").desc(), Event.id.desc())
        .limit(most)
    ).all()
    mails = {mail.id: mail for _, mail in rows if mail is not None}
    return sorted((event for event, _ in rows), key=lambda one: one.id), mails


def _ticket(desk: Desk, ticket: Ticket, helps: str) -> dict[str, Any]:
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
        "environment": environment(ticket),
        "asleep_until": panel.hour(ticket.snoozed_until, panel.zone(desk)) if ticket.snoozed_until else None,
        "url": base(desk, ticket),
        "public_url": desk.ticket_url(ticket.number),
        "workaround": helps,
        "spam": tickets.is_spam(ticket),
        "unassigned": ticket.assignee_id is None,
    }


def environment(ticket: Ticket) -> list[tuple[str, str, bool]]:
    """Where it happened: label, value, and whether the value is an address on the web."""
    known = [(label, ticket.environment[name]) for name, label in FACTS.items() if name in ticket.environment]
    others = [(name, value) for name, value in ticket.environment.items() if name not in FACTS]
    return [(label, str(value), _on_the_web(str(value))) for label, value in known + others]


def _on_the_web(value: str) -> bool:
    try:
        address = urlsplit(value)
    except ValueError:
        return False
    return address.scheme in ("http", "https") and bool(address.netloc)


def read_tag(desk: Desk, text: str) -> int:
    """The number in a field where somebody typed a ticket; 0 where there is none."""
    prefix = desk.web.installation.settings.ticket_prefix
    plain = text.strip().lstrip("#")
    return addressing.read_tag(prefix, plain) or (int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 12 else 0)
