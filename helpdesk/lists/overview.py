"""What surrounds every page of the desk, in one query: how full each view is, what waits for a decision, what waits to leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from helpdesk import held_mail
from helpdesk.lists import ticket_queue
from helpdesk.models import InboundMail, OutboxMessage, Ticket
from helpdesk.permissions import Action, Viewer, require, visible_tickets

FAILURES_COUNT_FOR = timedelta(days=7)
TAGS_OF_NEWEST = 500
MOST_TAGS = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """`views` by their keys; `held` mails; `outbox`: mails that wait or failed lately; `tags` in use, for suggestions."""

    views: Mapping[str, int]
    held: int
    outbox: int
    tags: list[str]


def read(session: Session, viewer: Viewer) -> Overview:
    """The figures as this agent sees them."""
    require(viewer, Action.SEE_QUEUE)
    views = ticket_queue.sizes(viewer)
    # words spelled as in the partial indexes, and not as parameters
    held = select(func.count()).select_from(InboundMail).where(held_mail.held_for(viewer))
    queued = OutboxMessage.state == literal_column("'queued'")
    failed = OutboxMessage.state.in_([literal_column("'failed'"), literal_column("'suppressed'")])  # the index's own condition
    lately = OutboxMessage.created_at > func.now() - FAILURES_COUNT_FOR
    leaving = select(func.count()).select_from(OutboxMessage).where(queued | (failed & lately & (OutboxMessage.state == "failed")))
    newest = select(Ticket.tags).where(visible_tickets(viewer)).order_by(Ticket.updated_at.desc()).limit(TAGS_OF_NEWEST).subquery()
    used = select(func.unnest(newest.c.tags).label("tag")).distinct().order_by("tag").limit(MOST_TAGS).subquery()
    tags = select(func.array_agg(used.c.tag)).scalar_subquery()
    row: tuple[Any, ...] = tuple(
        session.execute(select(*views.values(), held.scalar_subquery(), leaving.scalar_subquery(), tags)).one()
    )
    return Overview(dict(zip(views, row, strict=False)), row[-3], row[-2], list(row[-1] or ()))
