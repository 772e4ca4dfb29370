"""The web process: which routers there are, and what surrounds them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from helpdesk.installation import Installation
from mail_ingest.reader import Reader
from web import health, problems, rendering, sign_in
from web.api import admin_tickets, attachments, canned_responses, docs, metrics, public, tickets
from web.api import held as held_mails
from web.deps import Web
from web.guard import Figures, Guard
from web.limits import Rates
from web.pages import (
    canned,
    confirm_mail,
    faq,
    held,
    known_issues,
    my_settings,
    my_tickets,
    outbox,
    people,
    playground,
    portal,
    queue,
    requester_ticket,
    submit,
    ticket,
    ticket_actions,
    ticket_reply,
    unsubscribe,
)
from web.pages import sign_in as sign_in_pages

API_ROUTERS: tuple[APIRouter, ...] = (
    docs.router,
    tickets.router,
    public.router,
    attachments.router,
    admin_tickets.router,
    canned_responses.router,
    held_mails.router,
    metrics.router,
)
PAGE_ROUTERS: tuple[APIRouter, ...] = (
    portal.router,
    submit.router,
    my_tickets.router,
    requester_ticket.router,
    known_issues.router,
    faq.router,
    confirm_mail.router,
    unsubscribe.router,
    sign_in_pages.router,
    playground.router,
    queue.router,
    ticket.router,
    ticket_reply.router,
    ticket_actions.router,
    outbox.router,
    held.router,
    canned.router,
    people.router,
    my_settings.router,
)
ROUTERS: tuple[APIRouter, ...] = (health.router, *API_ROUTERS, *PAGE_ROUTERS)
_TOKENS = HTTPBearer(auto_error=False, description="`helpdesk token create` makes one.")  # for the description: sign_in reads it
FORM_OVERHEAD = 2 * 1024 * 1024


def create_app(installation: Installation) -> FastAPI:
    """The application on this installation; its start looks once whether there is an administrator."""
    settings = installation.settings
    figures, reader, most_bytes = Figures(), Reader(), settings.max_mail_bytes + FORM_OVERHEAD

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(sign_in.announce_setup, installation)
        with reader:
            yield

    app = FastAPI(
        title=f"{settings.name} API",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(sign_in.same_origin)],
        form_limits={**sign_in.FORM_LIMITS},
        middleware=[
            Middleware(Guard, figures=figures, most_bytes=most_bytes),
            Middleware(RequestBodyLimitMiddleware, max_body_size=most_bytes),
        ],
    )
    site = rendering.Site(settings.name, settings.support_address, rendering.static_version(), settings.demo)
    app.state.web = Web(installation, rendering.environment(), site, Rates(), figures, reader)
    problems.add_handlers(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(_TOKENS)] if router in API_ROUTERS else [])
    app.mount("/static", rendering.Static(directory=rendering.STATIC), "static")
    return app


def run(installation: Installation, host: str, port: int) -> None:
    """Serve until SIGTERM: one process, no access log, X-Forwarded-For believed from TRUSTED_PROXIES only."""
    import uvicorn

    proxies = list(installation.settings.trusted_proxies)
    uvicorn.run(
        create_app(installation),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        server_header=False,
        timeout_graceful_shutdown=15,
    )
