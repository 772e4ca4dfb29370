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
from helpdesk.sign_in import main_site, provider
from mail_ingest.reader import Reader
from web import brand, health, problems, rendering, sign_in, signing_in
from web.api import (
    admin_tickets,
    attachments,
    audit,
    canned_responses,
    description,
    docs,
    faq_entries,
    metrics,
    public,
    tickets,
    tokens,
    webhooks,
)
from web.api import held as held_mails
from web.api import outbox as sent_mails
from web.api import people as everybody
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
    unsubscribe,
    while_typing,
)
from web.pages.access import api_tokens, login, passwords, second_step, security, single_sign_on
from web.pages.admin import audit as audit_page
from web.pages.admin import faq as faq_page
from web.pages.admin import metrics as metrics_page
from web.pages.admin import saved_views
from web.pages.admin import system as system_page
from web.pages.admin import webhooks as webhooks_page
from web.pages.ticket_page import actions as ticket_actions
from web.pages.ticket_page import live as ticket_live
from web.pages.ticket_page import people as ticket_people
from web.pages.ticket_page import reply as ticket_reply
from web.pages.ticket_page import reshape as ticket_reshape

API_ROUTERS: tuple[APIRouter, ...] = (
    docs.router,
    tickets.router,
    public.router,
    attachments.router,
    admin_tickets.router,
    canned_responses.router,
    held_mails.router,
    sent_mails.router,
    everybody.router,
    faq_entries.router,
    metrics.router,
    audit.router,
    tokens.router,
    webhooks.router,
)
PAGE_ROUTERS: tuple[APIRouter, ...] = (
    portal.router,
    submit.router,
    while_typing.router,
    my_tickets.router,
    requester_ticket.router,
    known_issues.router,
    faq.router,
    confirm_mail.router,
    unsubscribe.router,
    login.router,
    second_step.router,
    passwords.router,
    single_sign_on.router,
    playground.router,
    queue.router,
    saved_views.router,
    ticket.router,
    ticket_reply.router,
    ticket_actions.router,
    ticket_people.router,
    ticket_reshape.router,
    ticket_live.router,
    outbox.router,
    held.router,
    canned.router,
    people.router,
    my_settings.router,
    security.router,
    api_tokens.router,
    metrics_page.router,
    audit_page.router,
    system_page.router,
    faq_page.router,
    webhooks_page.router,
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
        await run_in_threadpool(signing_in.announce_setup, installation)
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
    own = brand.load(settings)
    site = rendering.Site(
        settings.name,
        settings.support_address,
        rendering.static_version(),
        settings.demo,
        main_site=settings.main_site_url,
        style=own.version if own.style else None,
        logo=own.version if own.logo is not None else None,
    )
    doors = provider.of(settings), main_site.of(settings)
    app.state.web = Web(installation, rendering.environment(), site, Rates(), figures, reader, own, *doors)
    problems.add_handlers(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(_TOKENS)] if router in API_ROUTERS else [])
    description.complete(app, API_ROUTERS, settings, app.state.web.cookie)
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
