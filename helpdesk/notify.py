"""Who is told what: one event of a ticket becomes rows in the outbox.

created   -> requester (acknowledgement), watching agents      public reply -> requester and those in copy, assignee if another
comment   -> assignee, else watching agents; other participants unless they stood in its To or Cc
note      -> assignee, mentioned agents                         status alone -> requester      assignment -> the new assignee
status, by the requester -> assignee; reopened: assignee, else watching agents

Never the actor; one mail per recipient and transaction: a reply that also resolves is one mail with a status line.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from helpdesk import outbox, participants, people
from helpdesk.delivery import breaker, failures
from helpdesk.models import Comment, Event, OutboxMessage, OutboxState, Person, Source, Status, Ticket
from helpdesk.staff import digest, preferences

# the kinds of mail about tickets; where two meet for one recipient in one transaction, the later in this row wins
RANK = (
    "status", "acknowledgement", "requester_status", "assignment", "new_ticket", "participant_comment", "comment", "note", "reply",
)  # fmt: skip
ACKNOWLEDGEMENTS = ((timedelta(minutes=10), 1), (timedelta(days=1), 4))
ACKNOWLEDGEMENTS_AN_HOUR = 3000  # over all addresses, where no setting says otherwise
_TOLD = "helpdesk.told"


def created(session: Session, ticket: Ticket, event: Event, *, acknowledge: bool, an_hour: int = ACKNOWLEDGEMENTS_AN_HOUR) -> None:
    """The requester is acknowledged (within the caps); agents who watch unassigned tickets are told."""
    if acknowledge and event.actor_id in (None, ticket.requester_id) and _may_acknowledge(session, ticket.requester.address):
        wait = breaker.wait(session, an_hour)
        _tell(
            session, "acknowledgement", ticket.requester, ticket, event, reason="you wrote to us", delay=wait, even_the_actor=True
        )
        if wait:
            breaker.tell_admins(session, an_hour)
    agents = _agents(session, ticket)
    for person in _once(*_concerned(ticket, agents), *_curious(agents)):
        _tell(session, "new_ticket", person, ticket, event, reason=_staff_reason(ticket, person))


def split_off(session: Session, ticket: Ticket, event: Event) -> None:
    """The requester gets the number of the ticket that an agent made of their message, as for one that they opened themselves."""
    _tell(session, "acknowledgement", ticket.requester, ticket, event, reason="you wrote to us")


def commented(
    session: Session, ticket: Ticket, comment: Comment, event: Event, *, delay: timedelta, already: Collection[str] = ()
) -> None:
    """A message was posted; `already` are addresses that got it from its author (its To and Cc)."""
    if comment.internal:
        for person in _once(ticket.assignee, *mentioned(session, comment.content)):
            _tell(session, "note", person, ticket, event, comment, purpose="n", reason="a colleague left a note")
        return
    kind = "reply" if comment.by_staff else "participant_comment"
    for participant in participants.of(session, ticket.number):
        if participant.person.address not in already:
            why = "you asked" if participant.role == "requester" else "you are in copy"
            _tell(session, kind, participant.person, ticket, event, comment, delay=delay, reason=why)
    agents = _agents(session, ticket)
    concerned = [ticket.assignee] if comment.by_staff else _concerned(ticket, agents)
    for person in _once(*concerned, *_curious(agents)):
        _tell(session, "comment", person, ticket, event, comment, delay=delay, reason=_staff_reason(ticket, person))


def status_changed(session: Session, ticket: Ticket, event: Event, *, delay: timedelta = timedelta(0)) -> None:
    """The requester learns of a status that changed; next to a message it becomes a line of that message's mail."""
    if event.data.get("new") != "in_progress":
        _tell(session, "status", ticket.requester, ticket, event, delay=delay, reason="you asked")
    if event.actor_id == ticket.requester_id:
        done = event.data.get("new") in (Status.RESOLVED, Status.CLOSED)
        for person in _once(ticket.assignee) if done else _concerned(ticket, _agents(session, ticket)):
            _tell(session, "requester_status", person, ticket, event, reason=_staff_reason(ticket, person))


def assigned(session: Session, ticket: Ticket, event: Event) -> None:
    """The new assignee is told, unless they took it themselves."""
    if ticket.assignee is not None:
        _tell(session, "assignment", ticket.assignee, ticket, event, reason="it is yours now")


def mentioned(session: Session, text: str) -> list[Person]:
    """Active agents named by @login or @first-name in a note."""
    names = set(re.findall(r"(?<![\w.])@([\w.-]{2,64})", text.lower()))
    if not names:
        return []
    return [
        person
        for person in people.staff(session)
        if preferences.of(person).mentions
        and (person.name.lower().partition(" ")[0] in names or any(a.address.partition("@")[0] in names for a in person.addresses))
    ]


def _agents(session: Session, ticket: Ticket) -> list[Person]:
    """The active agents who may read the ticket."""
    return people.admins(session) if ticket.restricted else people.staff(session)


def _concerned(ticket: Ticket, agents: Collection[Person]) -> list[Person]:
    """The assignee while active, else every agent who watches unassigned tickets."""
    if ticket.assignee is not None and ticket.assignee.is_staff:
        return [ticket.assignee]
    return [person for person in agents if preferences.of(person).unassigned]


def _curious(agents: Collection[Person]) -> list[Person]:
    """Agents who want to hear of the tickets of colleagues too."""
    return [person for person in agents if preferences.of(person).everything]


def _staff_reason(ticket: Ticket, person: Person) -> str:
    if ticket.assignee_id == person.id:
        return "the ticket is yours"
    return "you watch unassigned tickets" if ticket.assignee_id is None else "you watch all tickets"


def _once(*wanted: Person | None) -> list[Person]:
    return list({person.id: person for person in wanted if person is not None and person.is_staff}.values())


def _may_acknowledge(session: Session, address: str) -> bool:
    return all(outbox.count_recent(session, address, "acknowledgement", span) < most for span, most in ACKNOWLEDGEMENTS)


def _tell(
    session: Session,
    kind: str,
    person: Person,
    ticket: Ticket,
    event: Event,
    comment: Comment | None = None,
    *,
    purpose: str = "r",
    reason: str,
    delay: timedelta = timedelta(0),
    even_the_actor: bool = False,
) -> None:
    if kind != "reply" and ticket.muted_until is not None and ticket.muted_until > datetime.now(UTC):
        return
    if _unproved(ticket, person) and kind not in ("acknowledgement", "reply"):
        return
    if (person.id == event.actor_id and not even_the_actor) or not person.address:
        return
    # an agent's own words reach a requester who wants no more notices
    if (person.is_staff or kind != "reply") and participants.is_muted(session, ticket.number, person):
        return
    told: dict[tuple[int, int], OutboxMessage] = session.info.setdefault(_TOLD, {})
    row = told.get((ticket.number, person.id))
    if row is None:
        row = told[ticket.number, person.id] = outbox.enqueue(
            session,
            kind,
            person.address,
            ticket_number=ticket.number,
            person_id=person.id,
            comment_id=comment.id if comment is not None else None,
            seen_event_id=event.id,
            purpose=purpose,
            reason=reason,
            delay=delay,
            gathered=digest.waits(person, kind),
            data={"events": [event.id]},
        )
        if kind == "reply" and row.state == OutboxState.SUPPRESSED:
            failures.tell_author(session, row, row.last_answer or "", delay=delay)
        return
    row.seen_event_id = max(row.seen_event_id or 0, event.id)
    row.data = {**row.data, "events": [*row.data["events"], event.id]}
    if RANK.index(kind) > RANK.index(row.kind):
        row.kind, row.purpose, row.reason = kind, purpose, reason
        row.comment_id = comment.id if comment is not None else row.comment_id
    session.flush()


def _unproved(ticket: Ticket, person: Person) -> bool:
    """A form was filled in with this address, and nobody has answered from it: it gets no more than an agent's own words."""
    return not ticket.verified and ticket.source != Source.EMAIL and person.id == ticket.requester_id
