"""/healthz: the process is alive. /readyz: it can work. /metrics: figures for Prometheus, for private networks only."""

from __future__ import annotations

import ipaddress
import logging

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.errors import NotFound
from helpdesk.models import InboundMail, InboundState, OutboxMessage, OutboxState
from helpdesk.operating import broker
from web.deps import Web, WebState

log = logging.getLogger("helpdesk.web")
router = APIRouter(include_in_schema=False, default_response_class=PlainTextResponse)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return PlainTextResponse("alive\n")


@router.get("/readyz")
def readyz(web: WebState) -> Response:
    """The database answers and has the schema of this code; a broker that is away only costs seconds, so it is a warning."""
    newest = db.newest_revision()
    try:
        found = db.revision(web.installation.engine)
    except SQLAlchemyError:
        return PlainTextResponse("not ready: the database does not answer\n", 503, {"Retry-After": "5"})
    if found != newest:
        return PlainTextResponse(f"not ready: the schema is at {found}, this code needs {newest}\n", 503, {"Retry-After": "5"})
    warning = "" if broker.version(web.installation.settings.broker_url) is not None else "warning: the broker does not answer\n"
    return PlainTextResponse(f"ready\n{warning}")


@router.get("/metrics")
def metrics(request: Request, web: WebState) -> Response:
    """Requests of this process, and what waits in the database."""
    if not _is_private(request):
        raise NotFound("For the operator's network only.")
    return Response(
        generate_latest(web.figures.registry) + generate_latest(_waiting(web)), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


def _waiting(web: Web) -> CollectorRegistry:
    """Only what partial indexes answer at once: a scrape every few seconds must cost nothing."""
    registry = CollectorRegistry()
    with db.transaction(web.installation.engine) as session:
        accepted = Gauge("helpdesk_mail_accepted", "Number of the newest mail ever accepted.", registry=registry)
        accepted.set(session.scalar(select(func.max(InboundMail.id))) or 0)
        _gauge_inbound(session, registry)
        _gauge_outbox(session, registry)
    return registry


def _gauge_inbound(session: Session, registry: CollectorRegistry) -> None:
    mails = Gauge("helpdesk_inbound_mails", "Mails that are not done, by state.", ["state"], registry=registry)
    oldest = Gauge("helpdesk_inbound_oldest_seconds", "Age of the oldest such mail.", ["state"], registry=registry)
    for state in (InboundState.RECEIVED, InboundState.HELD):
        age = func.extract("epoch", func.now() - func.min(InboundMail.received_at))
        count, seconds = session.execute(select(func.count(), age).where(InboundMail.state == state)).one()
        mails.labels(state).set(count)
        oldest.labels(state).set(seconds or 0)


def _gauge_outbox(session: Session, registry: CollectorRegistry) -> None:
    rows = Gauge("helpdesk_outbox_mails", "Mails to be sent, and mails not delivered, by state.", ["state"], registry=registry)
    oldest = Gauge("helpdesk_outbox_oldest_due_seconds", "How long the oldest mail is overdue.", registry=registry)
    for state in (OutboxState.QUEUED, OutboxState.FAILED, OutboxState.SUPPRESSED):
        rows.labels(state).set(session.scalar(select(func.count()).where(OutboxMessage.state == state)) or 0)
    overdue = func.extract("epoch", func.now() - func.min(OutboxMessage.due_at))
    oldest.set(max(0, session.scalar(select(overdue).where(OutboxMessage.state == OutboxState.QUEUED)) or 0))


def _is_private(request: Request) -> bool:
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_private
    except ValueError:
        return False
