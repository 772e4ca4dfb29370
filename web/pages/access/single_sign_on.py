"""Pages: to the provider that vouches for staff, and back. The browser carries state, nonce and verifier; no transaction waits."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from helpdesk import audit, db
from helpdesk.errors import NotFound, Refused
from helpdesk.permissions import NOBODY
from helpdesk.sign_in import provider
from helpdesk.sign_in.provider import Provider, ProviderAway
from web import carried, limits, rendering, signing_in
from web.deps import Web, WebState

router = APIRouter(include_in_schema=False)
PATH, BACK = "/login/sso", "/login/sso/callback"
JOURNEY = "helpdesk-journey"
JOURNEY_LIFE = timedelta(minutes=10)
Word = Annotated[str, Query(max_length=4096)]
ANOTHER = "This answer belongs to another sign-in, or it took too long. Start once more."


@router.get(PATH)
def set_out(request: Request, web: WebState, next: Annotated[str, Query(max_length=1024)] = "/admin") -> Response:
    """Off to the provider; the browser carries what must come back."""
    found = _provider(web)
    try:
        journey = provider.set_out(found, _redirect_uri(web))
    except ProviderAway as error:
        return _refused(request, found, str(error), 503)
    response = RedirectResponse(journey.url, 303)
    values = {"state": journey.state, "nonce": journey.nonce, "verifier": journey.verifier, "goal": rendering.local_path(next)}
    carried.give(response, web, JOURNEY, values, JOURNEY_LIFE)
    return response


@router.get(BACK)
def come_back(
    request: Request, web: WebState, code: Word = "", state: Word = "", error: Word = "", iss: Word | None = None
) -> Response:
    """Signed in, when the provider names an agent of ours; else a page that says why not."""
    found = _provider(web)
    kept = carried.read(request, web, JOURNEY)
    if kept is None or not hmac.compare_digest(state.encode(), kept["state"].encode()):
        return _refused(request, found, ANOTHER, 400)
    if error or not code:
        return _refused(request, found, f"{found.name} did not sign you in.", 403)
    try:
        identity = provider.come_back(
            found, _redirect_uri(web), code=code, nonce=kept["nonce"], verifier=kept["verifier"], issuer=iss
        )
        with db.transaction(web.installation.engine) as session:
            person = provider.agent_of(session, found, identity)
            response = signing_in.finish(request, web, session, person, "single sign-on", kept["goal"])
    except ProviderAway as away:
        return _refused(request, found, str(away), 503)
    except Refused as refused:
        _note(request, web)
        return _refused(request, found, str(refused), 403)
    carried.take(response, web, JOURNEY)
    return response


def _provider(web: Web) -> Provider:
    if web.provider is None:
        raise NotFound("There is no single sign-on here.")
    return web.provider


def _redirect_uri(web: Web) -> str:
    return web.installation.settings.base_url + BACK


def _note(request: Request, web: Web) -> None:
    with db.transaction(web.installation.engine) as session:
        audit.record(session, "sign_in_failed", NOBODY, method="single sign-on", network=limits.network(request) or "")


def _refused(request: Request, found: Provider, sentence: str, status: int) -> Response:
    away = status == 503
    page = rendering.render(request, "portal/sign_in/refused.html", status, provider=found.name, sentence=sentence, away=away)
    carried.take(page, request.app.state.web, JOURNEY)
    if away:
        page.headers["Retry-After"] = "30"
    return page
