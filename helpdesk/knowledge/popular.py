"""Which answers stand on the front door: the first of every category, then the second, as administrators put them in order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import FaqEntry


def first(session: Session, most: int) -> Sequence[FaqEntry]:
    """At most so many published entries."""
    wanted = select(FaqEntry).where(FaqEntry.published).order_by(FaqEntry.position, FaqEntry.id)
    return session.scalars(wanted.limit(most)).all()
