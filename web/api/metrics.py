"""API for staff: the figures of the helpdesk, with the time they were counted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from helpdesk.lists import metrics
from web.deps import Staff

router = APIRouter(prefix="/api/v1/admin/metrics", tags=["admin: metrics"])


@router.get("")
def read_metrics(desk: Staff) -> dict[str, Any]:
    """Counts now, and times in seconds over the tickets of the last `days`; null where there was none. Counted at `as_of`."""
    figures = metrics.latest(desk.session)
    return asdict(figures) | {"as_of": figures.as_of.isoformat()}
