"""API for staff: the figures of the helpdesk, with the time they were counted."""

from __future__ import annotations

from fastapi import APIRouter

from helpdesk.lists import metrics
from web.deps import Staff

router = APIRouter(prefix="/api/v1/admin/metrics", tags=["admin: metrics"])


@router.get("")
def read_metrics(desk: Staff) -> metrics.Figures:
    """Counts now, and times in seconds over the tickets of the last `days`; null where there was none. Counted at `as_of`."""
    return metrics.latest(desk.session)
