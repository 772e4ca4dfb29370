"""What administrators do with webhooks: make, change, remove, turn the secret, send a test, read the log, send once more.

Nothing here goes to the network: a worker posts what is queued. Addresses are kept with whatever secret is in them (Slack's and
Discord's are secrets as a whole), so the audit trail names their hosts only.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from helpdesk import audit, wake
from helpdesk.errors import Conflict, NotFound, Refused
from helpdesk.models import DeliveryState, Webhook, WebhookDelivery, WebhookKind
from helpdesk.permissions import Action, Viewer, require
from helpdesk.webhooks import deliveries, events, signing, targets

MOST = 50
LONGEST_NAME = 80
MOST_LISTED = 200


def listed(session: Session, viewer: Viewer) -> list[Webhook]:
    """All webhooks, in the order in which they were made."""
    require(viewer, Action.MANAGE)
    return list(session.scalars(select(Webhook).order_by(Webhook.id)))


def one(session: Session, viewer: Viewer, number: int, *, lock: bool = False) -> Webhook:
    """The webhook with this number, or NotFound; what happens while it is locked is told to it all the same."""
    require(viewer, Action.MANAGE)
    wanted = select(Webhook).where(Webhook.id == number)
    found = session.scalar(wanted.with_for_update(key_share=True) if lock else wanted)
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def create(
    session: Session,
    viewer: Viewer,
    *,
    url: str,
    kind: str = WebhookKind.STANDARD,
    name: str = "",
    wanted: Collection[str] = events.USUAL,
    restricted: bool = False,
    allowed: Collection[str] = (),
) -> Webhook:
    """Make a webhook, active at once, with a secret where its kind is signed.

    `allowed` are the hosts of HELPDESK_WEBHOOK_ALLOW_PRIVATE. Raises Refused with the field that is wrong.
    """
    require(viewer, Action.MANAGE)
    if (session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST:
        raise Refused(f"There are {MOST} webhooks already: remove one first.", "url")
    if kind not in list(WebhookKind):
        raise Refused(f"`{kind[:40]}` is none of {', '.join(WebhookKind)}.", "kind")
    made = Webhook(
        kind=kind,
        url=_url(url, allowed),
        name=_name(name, url),
        events=_events(wanted, restricted=restricted),
        secret=signing.new_secret() if kind == WebhookKind.STANDARD else "",
        created_by=viewer.person_id,
    )
    session.add(made)
    session.flush()
    session.refresh(made)
    audit.record(session, "webhook_created", viewer, webhook=made.id, name=made.name, host=host(made), events=made.events)
    return made


def change(session: Session, hook: Webhook, viewer: Viewer, *, allowed: Collection[str] = (), **changes: Any) -> None:
    """Change url, name, wanted, restricted or active; what is not given stays. Switched on, it starts with a clean record.

    What waits when it is switched off is given up. Its kind stays: another kind is another webhook. It must be locked.
    """
    require(viewer, Action.MANAGE)
    if "url" in changes:
        hook.url = _url(changes["url"], allowed)
    if "name" in changes:
        hook.name = _name(changes["name"], hook.url)
    if "wanted" in changes or "restricted" in changes:
        chosen = changes.get("wanted", [one for one in hook.events if one != events.RESTRICTED])
        hook.events = _events(chosen, restricted=changes.get("restricted", events.RESTRICTED in hook.events))
    active = changes.get("active", hook.active)
    if active and not hook.active:
        hook.active, hook.disabled_reason, hook.failing_since = True, None, None
    elif hook.active and not active:
        by = viewer.name or viewer.address
        deliveries.switch_off(session, hook, f"Switched off{f' by {by}' if by else ''}.", tell=False)
    session.flush()
    audit.record(
        session, "webhook_changed", viewer, webhook=hook.id, name=hook.name, host=host(hook), events=hook.events, active=hook.active
    )


def remove(session: Session, hook: Webhook, viewer: Viewer) -> None:
    """The webhook goes, with its log and what waits for it."""
    require(viewer, Action.MANAGE)
    audit.record(session, "webhook_removed", viewer, webhook=hook.id, name=hook.name, host=host(hook))
    session.delete(hook)
    session.flush()


def turn_secret(session: Session, hook: Webhook, viewer: Viewer) -> str:
    """A new secret, given here and never again; the old one signs beside it for another day. It must be locked."""
    require(viewer, Action.MANAGE)
    if hook.kind != WebhookKind.STANDARD:
        raise Refused("Only standard webhooks are signed: of the others the address itself is the secret.")
    fresh = signing.new_secret()
    hook.secret = signing.rotated(hook.secret, fresh, int(time.time()))
    audit.record(session, "webhook_secret_turned", viewer, webhook=hook.id, name=hook.name, host=host(hook))
    return fresh


def test(session: Session, hook: Webhook, viewer: Viewer) -> WebhookDelivery:
    """A message of type `webhook.test` is queued, also for one that is switched off; a worker posts it in a moment."""
    require(viewer, Action.MANAGE)
    body = events.test_body(viewer.name or viewer.address)
    made = WebhookDelivery(webhook_id=hook.id, body=body)
    session.add(made)
    session.flush()
    session.refresh(made)
    wake.later(session, "post", hook.id)
    return made


def log(
    session: Session, viewer: Viewer, hook: Webhook, *, state: str = "", before: int | None = None, most: int = MOST_LISTED
) -> Sequence[WebhookDelivery]:
    """What was told to this webhook, the newest first; `before` is the last one seen."""
    require(viewer, Action.MANAGE)
    wanted = select(WebhookDelivery).where(WebhookDelivery.webhook_id == hook.id)
    if state:
        wanted = wanted.where(WebhookDelivery.state == state)
    if before is not None:
        wanted = wanted.where(WebhookDelivery.id < before)
    return session.scalars(wanted.order_by(WebhookDelivery.id.desc()).limit(most)).all()


def delivery(session: Session, viewer: Viewer, hook: Webhook, number: int, *, lock: bool = False) -> WebhookDelivery:
    """One delivery to this webhook, or NotFound."""
    require(viewer, Action.MANAGE)
    wanted = select(WebhookDelivery).where(WebhookDelivery.id == number, WebhookDelivery.webhook_id == hook.id)
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound("There is no such delivery.")
    return found


def replay(session: Session, row: WebhookDelivery, viewer: Viewer) -> None:
    """Tell it once more, at once, with the same id and the same words; one that is older than three days gets one try.

    Raises Conflict while it is being posted. A message that was taken back stays so.
    """
    require(viewer, Action.MANAGE)
    if row.state == DeliveryState.CANCELLED:
        raise Conflict("It was taken back before it was sent: nobody is told of it.")
    if row.lease_until is not None and row.state == DeliveryState.QUEUED:
        raise Conflict("It is being posted at this moment.")
    row.state, row.due_at, row.done_at, row.lease_until = DeliveryState.QUEUED, func.now(), None, None
    session.flush()
    audit.record(session, "webhook_replayed", viewer, webhook=row.webhook_id, delivery=row.id, type=row.body["type"])
    wake.later(session, "post", row.webhook_id)


def last_day(session: Session, viewer: Viewer) -> Mapping[int, tuple[int, int, int]]:
    """For each webhook: how many were taken and given up within 24 hours, and how many wait."""
    require(viewer, Action.MANAGE)
    recent = WebhookDelivery.created_at > func.now() - literal_column("interval '24 hours'")
    rows = session.execute(
        select(
            WebhookDelivery.webhook_id,
            func.count().filter(recent, WebhookDelivery.state == DeliveryState.TAKEN),
            func.count().filter(recent, WebhookDelivery.state == DeliveryState.GIVEN_UP),
            func.count().filter(WebhookDelivery.state == DeliveryState.QUEUED),
        ).group_by(WebhookDelivery.webhook_id)
    )
    return {number: (taken, given_up, waiting) for number, taken, given_up, waiting in rows}


def host(hook: Webhook) -> str:
    """Where it goes, without what may be secret in its address."""
    return urlsplit(hook.url).hostname or ""


def wanted_by(hook: Webhook) -> list[str]:
    """The events that it is told of, in the order in which they are listed."""
    return [one for one in events.EVENTS if one in hook.events]


def _url(url: str, allowed: Collection[str]) -> str:
    targets.read(url.strip(), allowed)
    return url.strip()


def _name(name: str, url: str) -> str:
    plain = " ".join(name.split())
    if len(plain) > LONGEST_NAME:
        raise Refused(f"A name has at most {LONGEST_NAME} characters.", "name")
    return plain or urlsplit(url.strip()).hostname or "webhook"


def _events(wanted: Collection[str], *, restricted: bool) -> list[str]:
    unknown = sorted(set(wanted) - set(events.EVENTS))
    if unknown:
        raise Refused(f"`{unknown[0][:40]}` is no event: {', '.join(events.EVENTS)}.", "events")
    chosen = [one for one in events.EVENTS if one in wanted]
    if not chosen:
        raise Refused("Choose at least one event.", "events")
    return [*chosen, events.RESTRICTED] if restricted else chosen
