"""What surrounds every page of the desk: how full each view is, what waits for a decision, what waits to leave, the saved views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from helpdesk.lists import view_counts
from helpdesk.models import Fact, SavedView, Ticket
from helpdesk.permissions import Action, Viewer, require


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved view as the navigation shows it: `count` None where nobody counted."""

    id: int
    name: str
    query: str
    shared: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """`views` by their keys, counted at `at`; `held` mails; `outbox`: mails that wait or failed
    lately; `tags` in use, for suggestions.

    `live`: the counts are of this moment.
    """

    views: Mapping[str, int]
    held: int
    outbox: int
    tags: list[str]
    saved: list[Kept]
    at: datetime
    live: bool


def read(session: Session, viewer: Viewer, *, live_up_to: int = view_counts.LIVE_UP_TO) -> Overview:
    """The figures as this agent sees them: one query, and two more where there are so few tickets that they are counted now."""
    require(viewer, Action.SEE_QUEUE)
    own = or_(SavedView.person_id == viewer.person_id, SavedView.person_id.is_(None))
    fields = func.json_build_array(SavedView.id, SavedView.name, SavedView.query, SavedView.person_id.is_(None))
    in_order = aggregate_order_by(fields, SavedView.person_id.is_(None), SavedView.position, SavedView.id)
    newest, value, listed = session.execute(
        select(
            select(func.max(Ticket.number)).scalar_subquery(),
            select(Fact.value).where(Fact.name == view_counts.FACT).scalar_subquery(),
            select(func.json_agg(in_order)).where(own).scalar_subquery(),
        )
    ).one()
    kept = view_counts.read(value)
    counts = view_counts.latest(session, kept, newest or 0, live_up_to=live_up_to)
    saved = [Kept(one, name, query, shared, counts.saved.get(str(one))) for one, name, query, shared in listed or ()]
    at = datetime.fromisoformat(counts.at)
    return Overview(counts.of(viewer), counts.mails[viewer.is_admin], counts.outbox, counts.tags, saved, at, kept is not counts)
