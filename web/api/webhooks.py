"""API for administrators: webhooks, the log of what they were told, a test, and telling something once more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, Field, StrictBool
from typing_extensions import TypedDict

from helpdesk.models import DeliveryState, Webhook, WebhookDelivery, WebhookKind
from helpdesk.webhooks import events, hooks, messages, signing
from web.api import answers, bodies, shapes
from web.api.bodies import Body
from web.api.idempotency import Key, once
from web.api.parameters import Cursor, Number
from web.deps import Admin, Desk

router = APIRouter(prefix="/api/v1/admin/webhooks", tags=["admin: webhooks"])


def _event(name: str) -> str:
    if name not in events.EVENTS:
        raise ValueError(f"none of {', '.join(events.EVENTS)}")
    return name


def _left_out() -> Any:
    """A field that may be left out, but is never null."""
    return Field(default_factory=lambda: None)


EventName = Annotated[str, AfterValidator(_event), Field(json_schema_extra={"enum": list(events.EVENTS)})]
EventNames = Annotated[list[EventName], Field(min_length=1, max_length=len(events.EVENTS))]
Url = Annotated[shapes.SomeLine, Field(max_length=500)]
Name = Annotated[str, Field(max_length=hooks.LONGEST_NAME, pattern=r"^[^\u0000-\u001f\u007f]*$")]
DeliveryNumber = Annotated[
    int, Path(ge=0, le=shapes.NUMBER, description="The delivery's number, as its list gives it.", examples=[88])
]


class WebhookBody(shapes.Shape):
    """Where to post which events; without `events` all but internal notes. `restricted`: also what only administrators see."""

    url: Url
    kind: WebhookKind = WebhookKind.STANDARD
    name: Name = ""
    events: EventNames = Field(default_factory=lambda: list(events.USUAL))
    restricted: StrictBool = False


class WebhookChanges(shapes.Shape):
    """What is to change; its kind stays."""

    url: Url = _left_out()
    name: Name = _left_out()
    events: EventNames = _left_out()
    restricted: StrictBool = _left_out()
    active: StrictBool = _left_out()


class Hook(TypedDict):
    """A webhook. `failing_since`: nothing was taken since then; `disabled_reason`: why it is not active."""

    id: int
    name: str
    kind: WebhookKind
    url: str
    events: list[str]
    restricted: bool
    active: bool
    disabled_reason: str | None
    failing_since: answers.Time | None
    created_at: answers.Time


class NewHook(Hook):
    """A webhook just made; `secret` is seen this once, and null when an Idempotency-Key is sent again.

    Slack and Discord have none: their address is the secret.
    """

    secret: str | None


class HookSecret(TypedDict):
    """A new secret, seen this once (null when an Idempotency-Key is sent again); the old one signs too until `old_until`."""

    secret: str | None
    old_until: answers.Time


class Delivery(TypedDict):
    """What was told, or is to be; `message` is its `webhook-id` at every try."""

    id: int
    message: str
    type: str
    state: DeliveryState
    attempts: int
    status_code: int | None
    answer: str | None
    created_at: answers.Time
    done_at: answers.Time | None
    next_try_at: answers.Time | None


class WholeDelivery(Delivery):
    """A delivery with the message as it is posted (of Slack and Discord: what their text is made of)."""

    body: dict[str, Any]


NewWebhook = Annotated[Body[WebhookBody], Depends(bodies.json_of(WebhookBody))]
Changes = Annotated[Body[WebhookChanges], Depends(bodies.json_of(WebhookChanges))]


@router.get("")
def list_webhooks(desk: Admin) -> shapes.Listed[Hook]:
    """All webhooks, in the order in which they were made."""
    return shapes.listed([_hook(one) for one in hooks.listed(desk.session, desk.viewer)])


@router.post("", status_code=201, response_model=NewHook)
def make_webhook(body: NewWebhook, desk: Admin, key: Key = None) -> JSONResponse:
    """Make a webhook, active at once. Its secret is answered here and never again. 409 for an address that is not taken."""

    def work() -> dict[str, Any]:
        made = hooks.create(desk.session, desk.viewer, allowed=_allowed(desk), **_given(body.value))
        return {**_hook(made), "secret": signing.current(made.secret) or None}

    return once(desk, key, "POST /webhooks", body.value, (), work, unkept=("secret",))


@router.get("/{number}")
def read_webhook(desk: Admin, number: Number) -> Hook:
    """One webhook."""
    return _hook(hooks.one(desk.session, desk.viewer, number))


@router.patch("/{number}")
def change_webhook(body: Changes, desk: Admin, number: Number) -> Hook:
    """Change what is given. Switched off, what waits for it is given up; switched on, it starts with a clean record."""
    hook = hooks.one(desk.session, desk.viewer, number, lock=True)
    hooks.change(desk.session, hook, desk.viewer, allowed=_allowed(desk), **_given(body.value))
    return _hook(hook)


@router.delete("/{number}", status_code=204)
def remove_webhook(desk: Admin, number: Number) -> Response:
    """Remove it, with its log and what waits for it."""
    hooks.remove(desk.session, hooks.one(desk.session, desk.viewer, number), desk.viewer)
    return Response(status_code=204)


@router.post("/{number}/secret", status_code=201, response_model=HookSecret)
def turn_webhook_secret(desk: Admin, number: Number, key: Key = None) -> JSONResponse:
    """A new secret; the old one signs beside it for another day. 409 for a kind that is not signed."""

    def work() -> dict[str, Any]:
        hook = hooks.one(desk.session, desk.viewer, number, lock=True)
        fresh = hooks.turn_secret(desk.session, hook, desk.viewer)
        return {"secret": fresh, "old_until": datetime.fromtimestamp(signing.both_until(hook.secret), UTC).isoformat()}

    return once(desk, key, f"POST /webhooks/{number}/secret", shapes.Shape(), (), work, unkept=("secret",))


@router.post("/{number}/test", status_code=202, response_model=Delivery)
def test_webhook(desk: Admin, number: Number, key: Key = None) -> JSONResponse:
    """Queue a message of type `webhook.test`; it is posted in a moment, also where the webhook is switched off."""

    def work() -> dict[str, Any]:
        hook = hooks.one(desk.session, desk.viewer, number)
        return {**_delivery(hooks.test(desk.session, hook, desk.viewer))}

    return once(desk, key, f"POST /webhooks/{number}/test", shapes.Shape(), (), work, status=202)


@router.get("/{number}/deliveries")
def list_webhook_deliveries(
    desk: Admin,
    number: Number,
    state: Annotated[DeliveryState | None, Query(description="Only of this state.")] = None,
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=hooks.MOST_LISTED)] = 50,
) -> shapes.Listed[Delivery]:
    """What this webhook was told within 30 days, the newest first."""
    hook = hooks.one(desk.session, desk.viewer, number)
    before = int(cursor) if cursor else None
    rows = hooks.log(desk.session, desk.viewer, hook, state=state or "", before=before, most=limit + 1)
    shown = rows[:limit]
    return shapes.listed([_delivery(one) for one in shown], str(shown[-1].id) if len(rows) > limit else None)


@router.get("/{number}/deliveries/{delivery}")
def read_webhook_delivery(desk: Admin, number: Number, delivery: DeliveryNumber) -> WholeDelivery:
    """One delivery, with its message."""
    hook = hooks.one(desk.session, desk.viewer, number)
    row = hooks.delivery(desk.session, desk.viewer, hook, delivery)
    return {**_delivery(row), "body": messages.with_links(row.body, messages.house_of(desk.web.installation.settings))}


@router.post("/{number}/deliveries/{delivery}/replay", status_code=202, response_model=Delivery)
def replay_webhook_delivery(desk: Admin, number: Number, delivery: DeliveryNumber, key: Key = None) -> JSONResponse:
    """Tell it once more, under the same id. 409 while it is being posted, and of a message that was taken back."""

    def work() -> dict[str, Any]:
        hook = hooks.one(desk.session, desk.viewer, number)
        row = hooks.delivery(desk.session, desk.viewer, hook, delivery, lock=True)
        hooks.replay(desk.session, row, desk.viewer)
        desk.session.refresh(row)
        return {**_delivery(row)}

    return once(desk, key, f"POST /webhooks/{number}/deliveries/{delivery}/replay", shapes.Shape(), (), work, status=202)


def _allowed(desk: Desk) -> tuple[str, ...]:
    return desk.web.installation.settings.webhook_allow_private


def _given(body: shapes.Shape) -> dict[str, Any]:
    given = body.model_dump(exclude_unset=True)
    if "events" in given:
        given["wanted"] = given.pop("events")
    return given


def _hook(hook: Webhook) -> Hook:
    return {
        "id": hook.id,
        "name": hook.name,
        "kind": WebhookKind(hook.kind),
        "url": hook.url,
        "events": hooks.wanted_by(hook),
        "restricted": events.RESTRICTED in hook.events,
        "active": hook.active,
        "disabled_reason": hook.disabled_reason,
        "failing_since": hook.failing_since.isoformat() if hook.failing_since is not None else None,
        "created_at": hook.created_at.isoformat(),
    }


def _delivery(row: WebhookDelivery) -> Delivery:
    waits = row.state == DeliveryState.QUEUED
    return {
        "id": row.id,
        "message": row.body["id"],
        "type": row.body["type"],
        "state": DeliveryState(row.state),
        "attempts": row.attempts,
        "status_code": row.status_code,
        "answer": row.last_answer,
        "created_at": row.created_at.isoformat(),
        "done_at": row.done_at.isoformat() if row.done_at is not None else None,
        "next_try_at": row.due_at.isoformat() if waits else None,
    }
