"""The list of somebody's own tickets: what they asked and what they are in copy of, never what staff may see."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.lists import search, time_limit
from helpdesk.models import Ticket
from helpdesk.permissions import Viewer, as_customer, visible_tickets

MOST = 200


def listed(session: Session, viewer: Viewer, words: str = "", number: int | None = None) -> Sequence[Ticket]:
    """The tickets they take part in, the last updated first, 200 at most.

    `words` search the titles, and in the tickets they asked themselves every public message: who is in copy may not have seen them
    all. `number` is the ticket that the words name, if they do.
    """
    wanted = _theirs(viewer)
    if words.strip():
        said = Ticket.number.in_(search.matching(words, with_notes=False)) & (Ticket.requester_id == viewer.person_id)
        wanted = wanted.where(or_(Ticket.title.icontains(words.strip(), autoescape=True), said, Ticket.number == number))
    with time_limit.of_words(session, words):
        return session.scalars(wanted.order_by(Ticket.updated_at.desc(), Ticket.number.desc()).limit(MOST)).all()


def newest(session: Session, viewer: Viewer, most: int, *, before: int | None = None) -> Sequence[Ticket]:
    """The same tickets by their number, the newest first: `most` of them, below number `before`."""
    wanted = _theirs(viewer).options(joinedload(Ticket.requester)).order_by(Ticket.number.desc()).limit(most)
    return session.scalars(wanted.where(Ticket.number < before) if before is not None else wanted).all()


def _theirs(viewer: Viewer) -> Select[Ticket]:
    return select(Ticket).where(visible_tickets(as_customer(viewer))).options(joinedload(Ticket.assignee))
