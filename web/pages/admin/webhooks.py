"""Pages for administrators: webhooks, what each was told and what its receiver answered; a test, a replay, a new secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Form as FormField
from fastapi.responses import Response

from helpdesk.errors import Refused
from helpdesk.models import DeliveryState, Webhook, WebhookDelivery, WebhookKind
from helpdesk.webhooks import events, hooks, messages, signing
from web import rendering
from web.deps import Admin, Desk
from web.pages import shell
from web.pages.shell import Line

router = APIRouter(include_in_schema=False)
PAGE = 20
KINDS = {
    WebhookKind.STANDARD: ("Signed JSON", "for programs"),
    WebhookKind.SLACK: ("Slack", "a line of text, also for Mattermost"),
    WebhookKind.DISCORD: ("Discord", "a line of text"),
}
STATES = {"": "All", "queued": "Waiting", "taken": "Taken", "given_up": "Given up"}
Number = Annotated[int | None, Query(ge=0, le=10**15)]


@dataclass(frozen=True, slots=True)
class Form:
    """A webhook as it stands in the form; `id` None is a new one."""

    id: int | None = None
    name: str = ""
    url: str = ""
    kind: str = WebhookKind.STANDARD
    events: tuple[str, ...] = events.USUAL
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Which part of a webhook's log the address names, and which delivery is opened."""

    state: str = ""
    before: int | None = None
    delivery: int | None = None

    def address(self, number: int, **other: str | int | None) -> str:
        """This part of the log of a webhook, or another."""
        now: dict[str, str | int | None] = {"state": self.state, "before": self.before, "delivery": self.delivery}
        return shell.address(f"/admin/webhooks/{number}", **(now | other))


def _typed(
    name: Line = "",
    url: Line = "",
    kind: Line = WebhookKind.STANDARD,
    event: Annotated[list[str], FormField()] = [],  # noqa: B006  (FastAPI copies defaults)
    restricted: Line = "",
) -> Form:
    return Form(None, name, url, kind, tuple(event[: len(events.EVENTS)]), bool(restricted))


def _where(state: Annotated[str, Query(max_length=20)] = "", before: Number = None, delivery: Number = None) -> Where:
    return Where(state if state in STATES else "", before, delivery)


Typed = Annotated[Form, Depends(_typed)]
Here = Annotated[Where, Depends(_where)]


@router.get("/admin/webhooks")
def list_webhooks(request: Request, desk: Admin) -> Response:
    """All webhooks."""
    return _page(request, desk)


@router.get("/admin/webhooks/new")
def write_new(request: Request, desk: Admin) -> Response:
    """An empty form."""
    return _page(request, desk, form=Form())


@router.get("/admin/webhooks/{number}")
def show(request: Request, desk: Admin, number: int, here: Here) -> Response:
    """One webhook with its log."""
    return _page(request, desk, hook=hooks.one(desk.session, desk.viewer, number), here=here)


@router.post("/admin/webhooks")
def make(request: Request, desk: Admin, typed: Typed) -> Response:
    """Make it; its secret is on the answer and never again, which is why the answer is a page and leads nowhere."""
    try:
        with desk.session.begin_nested():
            made = hooks.create(desk.session, desk.viewer, kind=typed.kind, allowed=_allowed(desk), **_fields(typed))
    except Refused as error:
        return _page(request, desk, form=typed, errors={error.field or "url": str(error)}, status=422)
    if made.kind != WebhookKind.STANDARD:
        return rendering.see_other(request, f"/admin/webhooks/{made.id}", f"“{made.name}” is told from now on. Send it a test.")
    return _page(request, desk, hook=made, secret=signing.current(made.secret))


@router.post("/admin/webhooks/{number}")
def change(request: Request, desk: Admin, number: int, typed: Typed) -> Response:
    """Change where it goes, what it is called, and what it is told."""
    hook = hooks.one(desk.session, desk.viewer, number, lock=True)
    try:
        with desk.session.begin_nested():
            hooks.change(desk.session, hook, desk.viewer, allowed=_allowed(desk), **_fields(typed))
    except Refused as error:
        desk.session.refresh(hook)
        form = Form(number, typed.name, typed.url, hook.kind, typed.events, typed.restricted)
        return _page(request, desk, hook=hook, form=form, errors={error.field or "url": str(error)}, status=422)
    return rendering.see_other(request, f"/admin/webhooks/{number}", f"“{hook.name}” is saved.")


@router.post("/admin/webhooks/{number}/active")
def switch(request: Request, desk: Admin, number: int, on: Line = "") -> Response:
    """Switch it on or off."""
    hook = hooks.one(desk.session, desk.viewer, number, lock=True)
    hooks.change(desk.session, hook, desk.viewer, active=on == "1")
    said = "is told from now on; what was given up can be sent again below." if hook.active else "is told nothing any more."
    return rendering.see_other(request, f"/admin/webhooks/{number}", f"“{hook.name}” {said}")


@router.post("/admin/webhooks/{number}/secret")
def turn_secret(request: Request, desk: Admin, number: int) -> Response:
    """A new secret, on the answer and never again."""
    hook = hooks.one(desk.session, desk.viewer, number, lock=True)
    try:
        secret = hooks.turn_secret(desk.session, hook, desk.viewer)
    except Refused as error:
        return rendering.see_other(request, f"/admin/webhooks/{number}", str(error), kind="error")
    return _page(request, desk, hook=hook, secret=secret)


@router.post("/admin/webhooks/{number}/test")
def test(request: Request, desk: Admin, number: int) -> Response:
    """Send a test; its answer is in the log in a moment."""
    made = hooks.test(desk.session, hooks.one(desk.session, desk.viewer, number), desk.viewer)
    back = f"/admin/webhooks/{number}?delivery={made.id}"
    return rendering.see_other(request, back, "A test is on its way: what its receiver answers shows here in a moment.")


@router.post("/admin/webhooks/{number}/deliveries/{delivery}/replay")
def replay(request: Request, desk: Admin, number: int, delivery: int) -> Response:
    """Tell it once more."""
    hook = hooks.one(desk.session, desk.viewer, number)
    row = hooks.delivery(desk.session, desk.viewer, hook, delivery, lock=True)
    back = f"/admin/webhooks/{number}?delivery={delivery}"
    try:
        hooks.replay(desk.session, row, desk.viewer)
    except Refused as error:
        return rendering.see_other(request, back, str(error), kind="error")
    return rendering.see_other(request, back, "It is sent again: what its receiver answers shows here in a moment.")


@router.post("/admin/webhooks/{number}/delete")
def remove(request: Request, desk: Admin, number: int) -> Response:
    """Remove it with its log."""
    hook = hooks.one(desk.session, desk.viewer, number)
    hooks.remove(desk.session, hook, desk.viewer)
    return rendering.see_other(request, "/admin/webhooks", f"“{hook.name}” is gone, with its log.")


def _allowed(desk: Desk) -> tuple[str, ...]:
    return desk.web.installation.settings.webhook_allow_private


def _fields(typed: Form) -> dict[str, Any]:
    return {"name": typed.name, "url": typed.url, "wanted": typed.events, "restricted": typed.restricted}


def _page(
    request: Request,
    desk: Desk,
    *,
    hook: Webhook | None = None,
    form: Form | None = None,
    here: Where = Where(),
    errors: Mapping[str, str] | None = None,
    secret: str | None = None,
    status: int = 200,
) -> Response:
    if hook is not None and form is None:
        wanted = tuple(hooks.wanted_by(hook))
        form = Form(hook.id, hook.name, hook.url, hook.kind, wanted, events.RESTRICTED in hook.events)
    figures = hooks.last_day(desk.session, desk.viewer)
    return rendering.render(
        request,
        "portal/admin/webhooks.html",
        status,
        **shell.frame(desk, section="webhooks"),
        hooks=[_in_list(one, figures.get(one.id, (0, 0, 0))) for one in hooks.listed(desk.session, desk.viewer)],
        hook=_detail(desk, hook, here) if hook is not None else None,
        form=form,
        kinds=[{"key": str(key), "label": label, "about": about} for key, (label, about) in KINDS.items()],
        events=[{"key": key, "about": about, "usual": key in events.USUAL} for key, about in events.EVENTS.items()],
        errors=errors or {},
        secret=secret,
    )


def _in_list(hook: Webhook, figures: tuple[int, int, int]) -> dict[str, Any]:
    taken, given_up, waiting = figures
    return {
        "id": hook.id,
        "name": hook.name,
        "kind": KINDS[WebhookKind(hook.kind)][0],
        "host": hooks.host(hook),
        "state": _state(hook),
        "taken": taken,
        "given_up": given_up,
        "waiting": waiting,
        "url": f"/admin/webhooks/{hook.id}",
    }


def _state(hook: Webhook) -> str:
    return "off" if not hook.active else "failing" if hook.failing_since is not None else "on"


def _detail(desk: Desk, hook: Webhook, here: Where) -> dict[str, Any]:
    rows = hooks.log(desk.session, desk.viewer, hook, state=here.state, before=here.before, most=PAGE + 1)
    opened = hooks.delivery(desk.session, desk.viewer, hook, here.delivery) if here.delivery is not None else None
    until = signing.both_until(hook.secret)
    still = until > datetime.now(UTC).timestamp()
    return _in_list(hook, (0, 0, 0)) | {
        "signed": hook.kind == WebhookKind.STANDARD,
        "old_until": datetime.fromtimestamp(until, UTC) if still else None,
        "active": hook.active,
        "reason": hook.disabled_reason,
        "failing_since": hook.failing_since if hook.active else None,
        "created_at": hook.created_at,
        "states": [
            {"label": label, "url": shell.address(f"/admin/webhooks/{hook.id}", state=key), "current": key == here.state}
            for key, label in STATES.items()
        ],
        "log": [_line(hook, row, here) for row in rows[:PAGE]],
        "opened": _opened(desk, hook, opened) if opened is not None else None,
        "next_url": here.address(hook.id, before=rows[PAGE - 1].id, delivery=None) if len(rows) > PAGE else None,
    }


def _line(hook: Webhook, row: WebhookDelivery, here: Where) -> dict[str, Any]:
    ticket = row.body["data"].get("ticket")
    waits = row.state == DeliveryState.QUEUED
    return {
        "id": row.id,
        "type": row.body["type"],
        "about": ticket["title"] if ticket else row.body["data"].get("mail", {}).get("subject") or "",
        "state": row.state,
        "tried": row.attempts > 0,
        "attempts": row.attempts,
        "status_code": row.status_code,
        "answer": row.last_answer,
        "at": row.created_at,
        "done_at": row.done_at,
        "next_try_at": row.due_at if waits else None,
        "url": here.address(hook.id, delivery=row.id) + "#opened",
        "current": here.delivery == row.id,
    }


def _opened(desk: Desk, hook: Webhook, row: WebhookDelivery) -> dict[str, Any]:
    house = messages.house_of(desk.web.installation.settings)
    sent = json.loads(messages.octets(hook.kind, row.body, house))
    busy = row.state == DeliveryState.QUEUED and row.lease_until is not None
    return _line(hook, row, Where(delivery=row.id)) | {
        "message": row.body["id"],
        "sent": json.dumps(sent, ensure_ascii=False, indent=2),
        "replayable": row.state != DeliveryState.CANCELLED and not busy,
    }
