"""The verbs of a ticket. Each checks the right, changes the row, leaves an event and tells whom it concerns.

Callers hold a transaction (`db.transaction`) and, for changes, the ticket's lock (`locked`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from helpdesk import audit, lifecycle, notify, outbox, participants
from helpdesk.errors import NotFound, Refused
from helpdesk.issues import updates
from helpdesk.lifecycle import AfterReply
from helpdesk.lists import search
from helpdesk.models import (
    Event,
    OutboxMessage,
    ParticipantRole,
    Person,
    Priority,
    Source,
    Status,
    Ticket,
    TicketLink,
    TicketType,
    WaitingOn,
)
from helpdesk.permissions import Action, Viewer, require, visible_tickets

LONGEST_TITLE = 250
LONGEST_TEXT = 1_000_000
MOST_TAGS = 40
SPAM = "spam"


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a ticket is opened with. `acknowledge` False: a machine wrote it, or the sender failed the check.

    `quiet`: agents are not told either.
    """

    title: str
    description: str
    requester: Person
    source: Source
    html: str | None = None
    type: str = TicketType.OTHER
    priority: str = Priority.MEDIUM
    environment: dict[str, Any] = field(default_factory=dict)
    verified: bool = True
    restricted: bool = False
    acknowledge: bool = True
    quiet: bool = False
    inbound_mail_id: int | None = None
    follows: int | None = None
    may_belong_to: int | None = None


def open_ticket(
    session: Session, new: NewTicket, by: Viewer, *, acknowledgements_an_hour: int = notify.ACKNOWLEDGEMENTS_AN_HOUR
) -> Ticket:
    """Open a ticket: the requester takes part, is acknowledged, and watching agents are told."""
    title = one_line(new.title)[:LONGEST_TITLE] or "(no subject)"
    ticket = Ticket(
        title=title,
        subject=title,
        description=new.description[:LONGEST_TEXT],
        description_html=new.html,
        type=_word(TicketType, new.type, "type"),
        priority=_word(Priority, new.priority, "priority"),
        source=new.source,
        requester=new.requester,
        environment=new.environment,
        verified=new.verified,
        restricted=new.restricted,
        inbound_mail_id=new.inbound_mail_id,
        reporter_user_id=new.requester.external_id,
    )
    session.add(ticket)
    session.flush()
    session.refresh(ticket)
    participants.join(session, ticket.number, new.requester, ParticipantRole.REQUESTER)
    for kind, other in (("follows", new.follows), ("may_belong_to", new.may_belong_to)):
        if other is not None:
            session.add(TicketLink(ticket_number=ticket.number, other_number=other, kind=kind))
    search.index(session, ticket.number, ticket.title, ticket.description)
    event = audit.record(
        session, "created", by, ticket_number=ticket.number, inbound_mail_id=new.inbound_mail_id, source=new.source
    )
    if not new.quiet:
        notify.created(session, ticket, event, acknowledge=new.acknowledge, an_hour=acknowledgements_an_hour)
    return ticket


def locked(session: Session, number: int) -> Ticket | None:
    """The ticket, locked until the transaction ends, or None; whoever changes a ticket takes this first."""
    return session.scalar(
        select(Ticket).where(Ticket.number == number).with_for_update(of=Ticket).execution_options(populate_existing=True)
    )


def find(session: Session, viewer: Viewer, number: int | None, *, lock: bool = False, people: bool = True) -> Ticket:
    """The ticket as this viewer may see it; NotFound whether it is absent or not theirs.

    `people` False: the session knows its requester and assignee already.
    """
    wanted = select(Ticket).where(Ticket.number == number, visible_tickets(viewer))
    if lock:
        wanted = wanted.with_for_update(of=Ticket).execution_options(populate_existing=True)
    elif people:
        wanted = wanted.options(joinedload(Ticket.requester), joinedload(Ticket.assignee))
    ticket = session.scalar(wanted) if number is not None else None
    if ticket is None:
        raise NotFound("There is no such ticket.")
    return ticket


def number_of(session: Session, identifier: str, prefix: str) -> int | None:
    """The number that a uuid, a tag ("elm-1") or a plain number means, or None."""
    from helpdesk.addressing import read_tag

    plain = identifier.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= 12:
        return int(plain)
    try:
        return session.scalar(select(Ticket.number).where(Ticket.id == uuid.UUID(plain)))
    except ValueError:
        return read_tag(prefix, plain)


def change_status(session: Session, ticket: Ticket, status: str, by: Viewer, *, delay: timedelta = timedelta(0)) -> bool:
    """Move to another status (requester, agents and the helpdesk itself may); gives whether anything changed."""
    new = _word(Status, status, "status")
    action = Action.EDIT if new == Status.IN_PROGRESS else Action.CLOSE
    require(by, action, participants.one(session, ticket.number, by.person_id), ticket)
    if new == ticket.status:
        return False
    old, ticket.status = ticket.status, new
    ticket.updated_at = func.now()
    ticket.resolved_at = func.now() if new == Status.RESOLVED else ticket.resolved_at if new == Status.CLOSED else None
    ticket.closed_at = func.now() if new == Status.CLOSED else None
    if new in (Status.OPEN, Status.IN_PROGRESS) and old in (Status.RESOLVED, Status.CLOSED):
        ticket.waiting_on, ticket.waiting_since = WaitingOn.US, func.now()
    event = audit.record(session, "status_changed", by, ticket_number=ticket.number, old=old, new=new)
    updates.changed(session, ticket, event)
    notify.status_changed(session, ticket, event, delay=delay)
    return True


def after_reply(session: Session, ticket: Ticket, reopen_days: int) -> AfterReply:
    """What the reply of somebody outside asks of this ticket, by mail, web and API alike; one that is spam stays as it is."""
    if is_spam(ticket):
        return AfterReply.STAY
    now = session.execute(select(func.now())).scalar_one()
    return lifecycle.after_requester_reply(ticket.status, ticket.closed_at, now, reopen_days)


def reopen(session: Session, ticket: Ticket, by: Viewer) -> bool:
    """Back to work: `in_progress` with an assignee, else `open`."""
    require(by, Action.CLOSE, participants.one(session, ticket.number, by.person_id), ticket)
    event = back_to_work(session, ticket, by)
    if event is not None and by.person_id == ticket.requester_id:
        notify.status_changed(session, ticket, event)
    return event is not None


def back_to_work(session: Session, ticket: Ticket, by: Viewer) -> Event | None:
    """What a participant's reply does to a ticket that was done, if it was: no right to reopen is needed for answering."""
    if ticket.status not in (Status.RESOLVED, Status.CLOSED):
        return None
    old, ticket.status = ticket.status, lifecycle.reopened_to(ticket.assignee_id)
    ticket.resolved_at = ticket.closed_at = None
    ticket.waiting_on, ticket.waiting_since, ticket.updated_at = WaitingOn.US, func.now(), func.now()
    event = audit.record(session, "status_changed", by, ticket_number=ticket.number, old=old, new=ticket.status, reopened=True)
    updates.changed(session, ticket, event)
    return event


def assign(session: Session, ticket: Ticket, assignee: Person | None, by: Viewer) -> bool:
    """Give the ticket to an agent, or to nobody."""
    require(by, Action.EDIT, None, ticket)
    if assignee is not None and not assignee.is_staff:
        raise Refused("Tickets are assigned to agents only.", "assignee")
    if ticket.assignee_id == (assignee.id if assignee else None):
        return False
    old, ticket.assignee = ticket.assignee, assignee
    ticket.updated_at = func.now()
    session.flush()
    event = audit.record(
        session,
        "assigned",
        by,
        ticket_number=ticket.number,
        old=old.address if old else None,
        new=assignee.address if assignee else None,
    )
    notify.assigned(session, ticket, event)
    return True


def mark_spam(session: Session, ticket: Ticket, by: Viewer) -> None:
    """The ticket is junk: tagged and closed, its sender is told nothing, and what they add to it wakes nobody.

    The ticket must be locked.
    """
    require(by, Action.EDIT, None, ticket)
    edit(session, ticket, by, tags=tags_from([*ticket.tags, SPAM]))
    if ticket.status != Status.CLOSED:
        old, ticket.status = ticket.status, Status.CLOSED
        ticket.closed_at = ticket.updated_at = func.now()
        audit.record(session, "status_changed", by, ticket_number=ticket.number, old=old, new=Status.CLOSED)
    everybody = [one.person_id for one in participants.of(session, ticket.number)]
    outbox.cancel(session, ticket.number, OutboxMessage.person_id.in_(everybody), "the ticket is spam")


def is_spam(ticket: Ticket) -> bool:
    """An agent said so (`mark_spam`); taking the tag away takes it back."""
    return SPAM in ticket.tags


_FIELDS = {"type": TicketType, "priority": Priority}


def edit(session: Session, ticket: Ticket, by: Viewer, **changes: Any) -> list[str]:
    """Change plain fields (type, priority, title, tags, is_public, snoozed_until); gives the names of those that changed.

    A new title changes no mail: their subject was fixed by the first one.
    """
    require(by, Action.EDIT, None, ticket)
    changed: list[str] = []
    for name, value in changes.items():
        new = _checked(name, value)
        old = getattr(ticket, name)
        if new == old:
            continue
        setattr(ticket, name, new)
        changed.append(name)
        event = audit.record(session, f"{name}_changed", by, ticket_number=ticket.number, old=_plain(old), new=_plain(new))
        if name == "title":
            updates.changed(session, ticket, event)
        if name == "is_public" and not new:
            updates.withdrawn(session, ticket)
    if changed:
        ticket.updated_at = func.now()
        session.flush()
    if "title" in changed:
        search.reindex_ticket(session, ticket)
    return changed


def tags_from(words: list[str]) -> list[str]:
    """Tags as they are stored: lower case, no spaces or commas, each once, sorted."""
    cleaned = {"-".join(one.lower().replace(",", " ").split())[:50] for one in words} - {""}
    if len(cleaned) > MOST_TAGS:
        raise Refused(f"At most {MOST_TAGS} tags.", "tags")
    return sorted(cleaned)


def one_line(text: str) -> str:
    """Text fit for a subject or a title: control characters and runs of white space become one space."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _checked(name: str, value: Any) -> Any:
    if name in _FIELDS:
        return _word(_FIELDS[name], value, name)
    if name == "title":
        title = one_line(str(value))[:LONGEST_TITLE]
        if not title:
            raise Refused("A ticket needs a title.", "title")
        return title
    if name == "tags":
        return tags_from(value)
    if name in ("is_public", "snoozed_until"):
        return value
    raise Refused(f"There is no field “{name}”.", name)


def _word(words: Any, value: str, name: str) -> str:
    try:
        return str(words(str(value)).value)
    except ValueError:
        raise Refused(f"“{value}” is none of {', '.join(words)}.", name) from None


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
