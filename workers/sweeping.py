"""Finds what waits and nudges a worker for it: lost nudges, retries that are due, what a dead worker or an emptied broker left."""

from __future__ import annotations

from collections.abc import Callable

from helpdesk import db, outbox, wake
from helpdesk.installation import Installation
from helpdesk.webhooks import deliveries
from mail_ingest import process

MOST = 2000  # nudges of one kind in one sweep
FULL = 500  # so many nudges are waiting already: more would only be said twice


def sweep(installation: Installation, waiting: Callable[[str], int]) -> int:
    """Nudge for every row that is due, unless its queue is full of nudges as it is; gives how many were sent.

    A nudge too many costs one look at the row. Of two sweeps at once the second does nothing. Raises TryLater without database.
    """
    room_for_mail, room_for_outbox = (waiting(queue) < FULL for queue in ("ingest", "outbox"))
    nudges: list[wake.Nudge] = []
    with db.transaction(installation.engine) as session:
        if not db.is_alone(session, "sweep"):
            return 0
        if room_for_mail:
            nudges += [("process", number) for number in process.due(session, MOST)]
        if room_for_outbox:
            nudges += [("deliver", number) for number in outbox.due(session, MOST)]
            nudges += [("post", number) for number in deliveries.due(session)]
    wake.ring(nudges)
    return len(nudges)
