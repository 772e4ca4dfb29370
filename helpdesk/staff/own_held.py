"""An agent's own held mail: settled by them, by mail or by a signed link, for 48 hours; afterwards it is for administrators.

What they say of it is kept in `InboundMail.amended`, and the mail is processed again from the start.

`amended`: "text" (as it is to be read), "trimmed", "signature", "bad" (numbers of its bad lines), "commands" (as they were
written), and what its agent agreed to: "send" (without its bad lines), "newer_seen" (up to this event), "no_leak" (what may be a
signature is to be "cut", or it is to be sent "whole"), "confirmed" (what cannot be taken back), "confirmed_sender" (that they wrote
it). "lines_proved" False: its lines came since, with a reply that nothing proved. "undone": the mail was taken back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from helpdesk import audit, wake
from helpdesk.held_mail import THEIR_OWN
from helpdesk.models import InboundMail, InboundState, Person
from helpdesk.permissions import Viewer

SETTLED_WITHIN = timedelta(hours=48)
MOST = 200


def one(session: Session, agent: Person, number: int | None) -> InboundMail | None:
    """Held mail `number` if this agent wrote it and may settle it, locked; None when it is no such mail (any more)."""
    return session.scalar(_own(agent).where(InboundMail.id == number)) if number is not None else None


def waiting(session: Session, agent: Person, ticket_number: int | None = None) -> list[InboundMail]:
    """What waits for this agent's word (about a ticket), the oldest first, locked; without what is too old (`too_late`)."""
    wanted = _own(agent).where(InboundMail.processed_at > func.now() - SETTLED_WITHIN)
    if ticket_number is not None:
        wanted = wanted.where(InboundMail.ticket_number == ticket_number)
    return list(session.scalars(wanted.order_by(InboundMail.id).limit(MOST)))


def too_late(session: Session, mail: InboundMail) -> bool:
    """Whether its agent had their 48 hours: from then on it is for administrators."""
    return bool(session.scalar(select(InboundMail.processed_at <= func.now() - SETTLED_WITHIN).where(InboundMail.id == mail.id)))


def process_again(session: Session, mail: InboundMail, by: Viewer, **said: Any) -> None:
    """The agent's word on a held mail is kept, and the mail is processed again from the start. It must be locked."""
    mail.amended = {**mail.amended, **said}
    mail.state, mail.held_number, mail.held_reason = InboundState.RECEIVED, None, None
    mail.attempts, mail.due_at = 0, func.now()
    session.flush()
    kept = {key: value for key, value in said.items() if key != "text"}
    audit.record(session, "held_amended", by, ticket_number=mail.ticket_number, inbound_mail_id=mail.id, said=sorted(said), **kept)
    wake.later(session, "process", mail.id)


def discard(session: Session, mail: InboundMail, by: Viewer) -> None:
    """Its agent does not want it any more; the row and its bytes stay. It must be locked."""
    mail.state, mail.processed_at = InboundState.DROPPED, func.now()
    audit.record(
        session, "held_dropped", by, ticket_number=mail.ticket_number, inbound_mail_id=mail.id, held_reason=mail.held_reason
    )


def _own(agent: Person) -> Select[InboundMail]:
    return (
        select(InboundMail)
        .where(
            InboundMail.state == InboundState.HELD,
            InboundMail.held_number.in_(THEIR_OWN),
            InboundMail.sender.in_([one.address for one in agent.addresses]),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
