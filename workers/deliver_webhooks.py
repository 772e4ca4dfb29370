"""What waits for one webhook is posted, one after the other: claimed, sent with no transaction open, recorded (T3).

Whoever dies in between leaves a lease that runs out: everything is told at least once, under the same id.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import WebhookKind
from helpdesk.webhooks import deliveries, messages, signing
from helpdesk.webhooks.deliveries import Answer, Claimed
from workers import send_webhook

log = logging.getLogger("helpdesk.webhooks")
SPAN = 20.0  # seconds for one webhook; then it is the next one's turn, and the sweep comes back to it
_turns = threading.BoundedSemaphore(2)  # of a worker's threads: slow receivers must not hold those that mail needs


def one(installation: Installation, webhook_id: int) -> int:
    """Post what is due for this webhook until the receiver fails or its time is over; gives how many were taken.

    Does nothing where too many threads post already: the sweep comes again. Raises TryLater when the database is away.
    """
    if not _turns.acquire(blocking=False):
        return 0
    try:
        return _drained(installation, webhook_id)
    finally:
        _turns.release()


def _drained(installation: Installation, webhook_id: int) -> int:
    taken, until = 0, time.monotonic() + SPAN
    while time.monotonic() < until:
        with db.transaction(installation.engine) as session:
            claimed = deliveries.claim(session, webhook_id)
        if claimed is None:
            break
        answer = post(installation, claimed)
        with db.transaction(installation.engine) as session:
            deliveries.record(session, claimed, answer, random.random())  # noqa: S311  (spreads load, guards nothing)
        said = {"webhook": webhook_id, "delivery": claimed.id, "attempt": claimed.attempt, "status": answer.status}
        log.info("webhook", extra=said)
        if not answer.taken:
            break
        taken += 1
    return taken


def post(installation: Installation, claimed: Claimed) -> Answer:
    """One try: the message as this kind of receiver takes it, signed where it has a secret."""
    body = messages.octets(claimed.kind, claimed.body, messages.house_of(installation.settings))
    signed: Mapping[str, str] = {}
    if claimed.kind == WebhookKind.STANDARD:
        signed = signing.headers(claimed.secret, claimed.body["id"], int(time.time()), body)
    return send_webhook.send(claimed.url, body, signed, allowed=installation.settings.webhook_allow_private)
