"""Mail that waits for a decision: held in whole, or pending on a ticket.

What a held one becomes is `mail_ingest/held`'s; what its own agent says of it `staff/own_held`'s.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, select, tuple_
from sqlalchemy.orm import Session, joinedload

from helpdesk import audit, wake
from helpdesk.errors import Conflict, NotFound, Refused
from helpdesk.models import Comment, CommentState, DeliveryProblem, InboundMail, InboundState, Ticket
from helpdesk.permissions import SYSTEM, Action, Via, Viewer, require, visible_tickets
from helpdesk.words import HELD_ADVICE, HELD_WORDS, HeldReason

MOST = 200
# what its own agent may settle; in all other cases it is not sure that they wrote it, or not theirs to say
THEIR_OWN = (HeldReason.COMMAND_PROBLEM, HeldReason.NEWER_MESSAGE, HeldReason.MAYBE_A_LEAK)
# an agent's words become a message by that agent's own doing, never by somebody else's
NOT_RELEASED = (*THEIR_OWN, HeldReason.STAFF_UNPROVEN, HeldReason.STAFF_UNJUDGED)
# nobody has read what is in these
UNREAD = (HeldReason.OVER_A_CAP, HeldReason.NOT_PROCESSED)
# nothing was made of these, so they can be processed again
AGAIN = (InboundState.HELD, InboundState.DROPPED, InboundState.IGNORED, InboundState.LOOP, InboundState.BOUNCE)
# as a literal: the index is of held mails only
_HELD = InboundMail.state == literal_column(f"'{InboundState.HELD.value}'")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many mails are held for one reason, and when the oldest came. `number` None: nobody numbered it."""

    number: int | None
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Why a mail is held: "H6", the reason in words, what more is known of this mail (or ""), what one can do about it."""

    code: str
    reason: str
    detail: str
    advice: str


def why(number: int | None, said: str | None = None) -> Why:
    """The words of a reason's number; `said` is what the mail's row says. Without a known number that is all there is."""
    try:
        reason = HeldReason(number or 0)
    except ValueError:
        return Why("" if number is None else f"H{number}", said or "nobody said why", "", "")
    words = HELD_WORDS[reason]
    return Why(f"H{reason:d}", words, said if said and said != words else "", HELD_ADVICE[reason])


def told(row: InboundMail) -> dict[str, Any]:
    """A held mail as programs are told of it, by the API and the command line alike. Only ever add to the names."""
    known = why(row.held_number, row.held_reason)
    return {
        "id": row.id,
        "number": row.held_number,
        **asdict(known),
        "sender": row.sender or row.mail_from,
        "to": row.rcpt_to,
        "subject": row.subject or "",
        "size": row.size,
        "received_at": row.received_at.isoformat(),
        "kind": row.kind,
        "rule": row.rule,
        "matched_by": row.matched_by,
        "verdict": row.sender_verdict,
    }


def held_for(viewer: Viewer) -> ColumnElement[bool]:
    """What is held: agents read no robot's sign-up code (the Ticket Trick), nor what may be one and nobody read."""
    if viewer.is_admin or viewer.via == Via.SYSTEM:
        return _HELD
    readable = func.coalesce(InboundMail.held_number, 0).not_in(UNREAD)
    return and_(_HELD, InboundMail.trace["admins_only"].astext.is_(None), readable)


def waiting(session: Session, viewer: Viewer) -> list[Waiting]:
    """What is held and this viewer may read, reason by reason, in the order of their numbers."""
    require(viewer, Action.READ_NOTES)
    wanted = select(InboundMail.held_number, func.count(), func.min(InboundMail.received_at)).where(held_for(viewer))
    rows = session.execute(wanted.group_by(InboundMail.held_number).order_by(InboundMail.held_number))
    return [Waiting(number, count, oldest) for number, count, oldest in rows]


def listed(
    session: Session, viewer: Viewer, *, reason: int | None = None, after: int | None = None, most: int = MOST
) -> list[InboundMail]:
    """Held mails that this viewer may read, the longest waiting first, of one reason or all.

    `after` is the last one seen, held still or not.
    """
    require(viewer, Action.READ_NOTES)
    place = tuple_(InboundMail.received_at, InboundMail.id)
    wanted = select(InboundMail).where(held_for(viewer))
    if reason is not None:
        wanted = wanted.where(InboundMail.held_number == reason)
    if after is not None:
        wanted = wanted.where(
            place > select(InboundMail.received_at, InboundMail.id).where(InboundMail.id == after).scalar_subquery()
        )
    return list(session.scalars(wanted.order_by(InboundMail.received_at, InboundMail.id).limit(most)))


def one(session: Session, viewer: Viewer, number: int) -> InboundMail:
    """The held mail with this number; NotFound when it is no longer held, or not for this viewer."""
    require(viewer, Action.READ_NOTES)
    found = session.scalar(select(InboundMail).where(InboundMail.id == number, held_for(viewer)))
    if found is None:
        raise NotFound("This mail is not held (any more).")
    return found


def pending(session: Session, viewer: Viewer) -> list[tuple[Comment, Ticket]]:
    """Messages that wait to be accepted, with their tickets, the longest waiting first, 200 at most."""
    wanted = (
        select(Comment, Ticket)
        .join(Ticket, Ticket.number == Comment.ticket_number)
        .where(Comment.state == CommentState.PENDING, visible_tickets(viewer))
        .order_by(Comment.id)
        .limit(MOST)
        .options(joinedload(Comment.author))
    )
    return [(comment, ticket) for comment, ticket in session.execute(wanted)]


def was_held(session: Session, row: InboundMail) -> None:
    """The audit trail says that a mail waits for a decision; `admins_only`: agents are not to know of it."""
    secret = row.held_number in UNREAD or "admins_only" in (row.trace or {})
    audit.record(session, "held", SYSTEM, inbound_mail_id=row.id, number=row.held_number, admins_only=secret)


def drop(session: Session, viewer: Viewer, numbers: Collection[int], reason: str) -> list[int]:
    """Nothing is made of these held mails; rows and bytes stay, and who dropped each and why is kept.

    Gives the numbers of those that were held still; raises Refused where no reason is given.
    """
    require(viewer, Action.RELEASE_HELD)
    why = reason.strip()[:500]
    if not why:
        raise Refused("Say in a word why it is dropped.", "reason")
    wanted = select(InboundMail).where(InboundMail.id.in_(numbers), InboundMail.state == InboundState.HELD)
    rows = list(session.scalars(wanted.order_by(InboundMail.id).with_for_update()))
    for row in rows:
        row.state, row.processed_at = InboundState.DROPPED, func.now()
        audit.record(session, "held_dropped", viewer, inbound_mail_id=row.id, reason=why, held_reason=row.held_reason)
    return [row.id for row in rows]


def hold_again(session: Session, viewer: Viewer, numbers: Collection[int]) -> list[int]:
    """Dropped by mistake: these mails are held as they were. Gives the numbers of those that were dropped."""
    require(viewer, Action.RELEASE_HELD)
    wanted = select(InboundMail).where(InboundMail.id.in_(numbers), InboundMail.state == InboundState.DROPPED)
    rows = list(session.scalars(wanted.order_by(InboundMail.id).with_for_update()))
    for row in rows:
        row.state = InboundState.HELD
        audit.record(session, "held_drop_undone", viewer, inbound_mail_id=row.id)
    return [row.id for row in rows]


def again(session: Session, viewer: Viewer, number: int, *, nudge: bool = True) -> None:
    """A mail of which nothing was made yet is processed again from the start (also how a repaired bug is made good).

    Raises Conflict where something was made of it: it would be made twice. `nudge` False: the caller processes it.
    """
    require(viewer, Action.RELEASE_HELD)
    row = session.scalar(select(InboundMail).where(InboundMail.id == number).with_for_update())
    if row is None:
        raise NotFound(f"There is no mail {number}.")
    if row.state == InboundState.RECEIVED:
        raise Conflict(f"Mail {number} waits to be processed: that happens by itself.")
    counted = select(DeliveryProblem.id).where(DeliveryProblem.inbound_mail_id == number).limit(1)
    if row.state not in AGAIN or session.scalar(counted) is not None:
        on = f" (ticket {row.ticket_number})" if row.ticket_number is not None else ""
        raise Conflict(f"Mail {number} became a {row.state}{on} already: processing it again would do that twice.")
    audit.record(session, "held_retried", viewer, inbound_mail_id=number, was=row.state, held_reason=row.held_reason)
    row.state, row.held_number, row.held_reason = InboundState.RECEIVED, None, None
    row.attempts, row.due_at, row.error = 0, func.now(), None
    if nudge:
        wake.later(session, "process", number)
