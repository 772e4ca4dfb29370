"""The list of mails that left or wait to leave: whose they are to see, page by page, and which of them nobody else may read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, defer, joinedload

from helpdesk.errors import NotFound
from helpdesk.models import DeliveryProblem, OutboxMessage, OutboxState, Ticket
from helpdesk.permissions import Action, Viewer, require, visible_tickets

MOST_ROWS = 100
COUNTED = ("queued", "failed", "suppressed")  # partial indexes count these at once; of the others there may be millions
LOOKED_THROUGH = 50_000  # newest mails, for a part of an address
# whoever reads one of these can use it: shown only where nothing is really sent
SECRET_KINDS = frozenset({"magic_link", "confirm_commands", "me_too", "invitation", "password_reset"})


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Mails about tickets that this agent sees; those about none (sign-in, warnings) are for administrators and their reader."""
    about = OutboxMessage.ticket_number.in_(select(Ticket.number).where(visible_tickets(viewer)))
    none = OutboxMessage.ticket_number.is_(None)
    if viewer.is_admin:
        return or_(none, about)
    return or_(about, and_(none, OutboxMessage.person_id == viewer.person_id))


def page(
    session: Session,
    viewer: Viewer,
    *,
    state: str = "",
    to: str = "",
    ticket: int | None = None,
    before: int | None = None,
    most: int = 50,
) -> tuple[list[OutboxMessage], int | None]:
    """The newest first, of one state or all, and the number that the next page begins before, or None.

    `to` is an address, or a part of one: then only the newest LOOKED_THROUGH mails are looked through.
    """
    require(viewer, Action.READ_NOTES)
    wanted = select(OutboxMessage).where(visible(viewer)).order_by(OutboxMessage.id.desc())
    if state:
        wanted = wanted.where(OutboxMessage.state == _word(state))
    if "@" in to.strip("@"):
        wanted = wanted.where(OutboxMessage.recipient.in_({to, to.lower()}))
    elif to:
        newest = select(OutboxMessage.id).order_by(OutboxMessage.id.desc()).limit(LOOKED_THROUGH)
        wanted = wanted.where(OutboxMessage.recipient.icontains(to, autoescape=True), OutboxMessage.id.in_(newest))
    if ticket is not None:
        wanted = wanted.where(OutboxMessage.ticket_number == ticket)
    if before is not None:
        wanted = wanted.where(OutboxMessage.id < before)
    found = list(session.scalars(wanted.limit(most + 1).options(defer(OutboxMessage.mime), defer(OutboxMessage.body_text))))
    return found[:most], found[most - 1].id if len(found) > most else None


def counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """How many mails of the states in COUNTED this viewer sees; a state without any is left out."""
    counted = select(OutboxMessage.state, func.count()).where(visible(viewer)).group_by(OutboxMessage.state)
    # as their partial indexes are: of what is queued, and of what failed or was stopped
    each = (counted.where(OutboxMessage.state.in_(map(_word, states))) for states in (COUNTED[:1], COUNTED[1:]))
    return dict(session.execute(union_all(*each)).all())


def one(session: Session, viewer: Viewer, number: int) -> OutboxMessage:
    """The mail with this number, its ticket at hand; NotFound whether it is absent or not this viewer's to see."""
    require(viewer, Action.READ_NOTES)
    wanted = select(OutboxMessage).where(OutboxMessage.id == number, visible(viewer)).options(joinedload(OutboxMessage.ticket))
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("There is no such mail.")
    return found


def is_secret(row: OutboxMessage) -> bool:
    """Whether its words act for whoever reads them, and really went out."""
    return row.kind in SECRET_KINDS and row.state != OutboxState.CAPTURED


def is_readable(row: OutboxMessage) -> bool:
    """Whether the mail is written, and may be read by others than its reader."""
    return row.mime is not None and not is_secret(row)


def problems(session: Session, row: OutboxMessage) -> Sequence[DeliveryProblem]:
    """What came back about this mail, the oldest first."""
    return session.scalars(select(DeliveryProblem).where(DeliveryProblem.outbox_id == row.id).order_by(DeliveryProblem.id)).all()


def _word(state: str) -> ColumnElement[str]:
    """As a literal: the partial indexes are of some states only."""
    return literal_column(f"'{OutboxState(state).value}'")
