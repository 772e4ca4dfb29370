"""The list of known issues: the public tickets that anybody may read and search."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from helpdesk.lists import search, time_limit
from helpdesk.models import SearchDocument, Ticket
from helpdesk.permissions import public_tickets

MOST = 100


def listed(session: Session, words: str = "") -> Sequence[Ticket]:
    """Public tickets, the last updated first, 100 at most; `words` search the ticket's own text.

    What stands in its thread is not public, not even as a hit.
    """
    wanted = select(Ticket).where(public_tickets()).order_by(Ticket.updated_at.desc(), Ticket.number.desc()).limit(MOST)
    if words.strip():
        own_words = search.matching(words, with_notes=False).where(SearchDocument.comment_id.is_(None))
        wanted = wanted.where(Ticket.number.in_(own_words))
    with time_limit.of_words(session, words):
        return session.scalars(wanted.options(joinedload(Ticket.requester), joinedload(Ticket.assignee))).all()
