"""Page: how the helpdesk itself is doing, for administrators: what to act on, what waits, what runs, what is set."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from helpdesk.errors import NotFound
from helpdesk.operating import broker, checks, origins, state
from helpdesk.operating.state import State, Waiting
from web import deps, rendering
from web.charts import duration
from web.deps import WebState
from web.pages import shell

router = APIRouter(include_in_schema=False)


@router.get("/admin/system")
def show_system(request: Request, web: WebState) -> Response:
    """The broker is asked before any transaction begins: a question to the network is never held in one."""
    settings = web.installation.settings
    with deps.staff_desk(request) as desk:
        if not desk.viewer.is_admin:
            raise NotFound("For administrators only.")
        frame = shell.frame(desk, section="system")
        seen = state.read(desk.session, settings, "")
    seen = replace(seen, broker=broker.version(settings.broker_url))
    found = checks.findings(settings, seen)
    return rendering.render(
        request,
        "portal/admin/system.html",
        **frame,
        state=seen,
        findings=[{"check": one.check, "level": one.level, "says": _code(one.says), "remedy": _code(one.remedy)} for one in found],
        to_do=sum(1 for one in found if one.level != checks.INFO),
        queues=_queues(seen),
        timers=[
            {"run": run, "every": duration(run.every.total_seconds()), "ago": _ago(seen.at, run.at), "took": f"{run.seconds:.1f} s"}
            for run in seen.timers
        ],
        parts=[{"name": part.name, "pid": part.pid, "up": _ago(seen.at, part.since)} for part in seen.parts],
        versions=_versions(seen),
        used=1 - seen.disk_free / seen.disk_total if seen.disk_total else None,
        settings=[(one, _code(one.description)) for one in origins.listed(settings)],
    )


def _queues(seen: State) -> list[dict[str, Any]]:
    def row(label: str, what: Waiting, url: str, *, tone: str = "") -> dict[str, Any]:
        return {
            "label": label,
            "count": what.count,
            "oldest": _ago(seen.at, what.oldest),
            "url": url,
            "tone": tone if what.count else "",
        }

    return [
        row("Received, not read yet", seen.received, ""),
        row("Held for a decision", seen.held, "/admin/held", tone="warn"),
        row("Waiting to be sent", seen.queued, "/admin/outbox?state=queued"),
        row("Overdue", seen.overdue, "/admin/outbox?state=queued"),
        row("Not delivered, last 7 days", Waiting(seen.failed, None), "/admin/outbox?state=failed", tone="bad"),
    ]


def _versions(seen: State) -> list[tuple[str, str]]:
    told = {None: "does not answer", "": "none"}
    return [
        ("Helpdesk", seen.version),
        ("Python", seen.python),
        ("PostgreSQL", seen.postgresql),
        ("Broker", told.get(seen.broker, seen.broker or "")),
        (
            "Schema",
            f"{seen.revision}" if seen.revision == seen.newest_revision else f"{seen.revision}, needs {seen.newest_revision}",
        ),
    ]


def _code(text: str) -> Markup:
    """What stands between backticks is set as code."""
    parts = [Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in enumerate(text.split("`"))]
    return Markup().join(parts)


def _ago(now: datetime, moment: datetime | None) -> str:
    return duration(max(0.0, (now - moment).total_seconds())) if moment is not None else ""
