"""Whoever said "me too" follows the issue: one mail when its public state changes, no more than what its page says.

The change leaves a row of `facts` (one an issue), written with it; `write_due` makes the mails of it in batches. So a change that
follows soon is told in the same mail, and nobody gets more than one in ten minutes.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, delete, exists, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import outbox
from helpdesk.models import (
    ACTIVE,
    STAFF,
    Event,
    Fact,
    MutedTicket,
    OutboxMessage,
    Person,
    PersonAddress,
    Ticket,
    Upvote,
)
from helpdesk.permissions import public_tickets

KIND = "issue_update"
AT_ONCE = 500  # followers of one issue in one transaction
APART = timedelta(minutes=10)
_NAME = "issue update "


def changed(session: Session, ticket: Ticket, event: Event) -> None:
    """The public state of a known issue changed by this event: its followers are to be told, soon."""
    if not _is_public(ticket):
        return
    # work that begins is no news: followers hear that it is solved, closed, or open again
    if event.kind == "status_changed" and event.data.get("new") in ACTIVE and event.data.get("old") in ACTIVE:
        return
    row = insert(Fact).values(name=f"{_NAME}{ticket.number}", value={"event": event.id, "actor": event.actor_id})
    session.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value, "updated_at": func.now()})
    )


def withdrawn(session: Session, ticket: Ticket) -> None:
    """It is no known issue any more: what waits about it is never sent."""
    outbox.cancel(session, ticket.number, OutboxMessage.kind == KIND, "it is no known issue any more")


def write_due(session: Session) -> int:
    """Write mails about an issue that changed, for 500 followers at most, or forget it once all know; gives how many rows changed.

    One issue a call, and never both: what waits for a ticket here must hold nothing that whoever changes it waits for.
    The caller is alone at it.
    """
    for fact in session.scalars(select(Fact).where(Fact.name.startswith(_NAME)).order_by(Fact.updated_at, Fact.name)).all():
        number, event = int(fact.name.removeprefix(_NAME)), int(fact.value["event"])
        ticket = session.scalar(select(Ticket).where(Ticket.number == number, public_tickets()))
        followers = _untold(session, number, event, fact.value.get("actor")) if ticket is not None else []
        if ticket is None or not followers:
            # unless it changed once more meanwhile
            done = delete(Fact).where(Fact.name == fact.name, Fact.value["event"].as_integer() == event)
            session.execute(done, execution_options={"synchronize_session": False})
            return 1
        due = [(person, address) for person, address, is_due in followers if is_due]
        for person, address in due:
            _write(session, ticket, event, person, address)
        if due:
            return len(due)
    return 0


def was(session: Session, outbox_id: int) -> bool:
    """Whether this message of ours was such a mail."""
    return session.scalar(select(OutboxMessage.kind).where(OutboxMessage.id == outbox_id)) == KIND


def _is_public(ticket: Ticket) -> bool:
    return ticket.is_public and not ticket.restricted and ticket.merged_into is None


def _untold(session: Session, number: int, event: int, actor: int | None) -> list[tuple[int, str, bool]]:
    """(person, their proved address, whether ten minutes are over since their last) of followers who do not know of `event` yet.

    Never the actor, the requester (who is told as such) and agents (whose answer would be one of ours).
    """
    told = (
        select(
            OutboxMessage.person_id,
            func.max(OutboxMessage.data["event"].as_integer()).label("event"),
            func.max(OutboxMessage.created_at).label("at"),
        )
        .where(OutboxMessage.ticket_number == number, OutboxMessage.kind == KIND)
        .group_by(OutboxMessage.person_id)
        .subquery()
    )
    proved = (
        select(PersonAddress.person_id, func.min(PersonAddress.id).label("id"))
        .where(PersonAddress.verified_at.is_not(None))
        .group_by(PersonAddress.person_id)
        .subquery()
    )
    is_due = func.coalesce(told.c.at < func.now() - APART, true())
    muted = exists().where(MutedTicket.ticket_number == number, MutedTicket.person_id == Upvote.person_id)
    wanted = (
        select(Upvote.person_id, PersonAddress.address, is_due)
        .join(Person, and_(Person.id == Upvote.person_id, Person.active, Person.role.not_in(STAFF)))
        .join(proved, proved.c.person_id == Upvote.person_id)
        .join(PersonAddress, PersonAddress.id == proved.c.id)
        .join(Ticket, and_(Ticket.number == Upvote.ticket_number, Ticket.requester_id != Upvote.person_id))
        .outerjoin(told, told.c.person_id == Upvote.person_id)
        .where(Upvote.ticket_number == number, ~muted, func.coalesce(told.c.event, 0) < event)
        .order_by(is_due.desc(), Upvote.person_id)
        .limit(AT_ONCE)
    )
    if actor is not None:
        wanted = wanted.where(Upvote.person_id != actor)
    return [(person, address, old) for person, address, old in session.execute(wanted)]


def _write(session: Session, ticket: Ticket, event: int, person: int, address: str) -> None:
    outbox.enqueue(
        session,
        KIND,
        address,
        ticket_number=ticket.number,
        person_id=person,
        reason="you said “me too”",
        # as it is public now: what is sent later says no more than that
        data={"event": event, "title": ticket.title, "status": ticket.status},
    )
