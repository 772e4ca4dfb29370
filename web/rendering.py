"""Pages from templates: everything escaped, an unknown name is an error, static files under addresses that change with them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from helpdesk.sign_in import credentials, main_site
from web import squeezed

if TYPE_CHECKING:
    from web.deps import Web

TEMPLATES = Path(__file__).parents[1] / "templates"
STATIC = Path(__file__).parent / "static"
THEMES = ("system", "light", "dark")
FLASH_COOKIE = "flash"


@dataclass(frozen=True, slots=True)
class Site:
    """What the shell of every page shows; `version`, `style`, `logo` are in the addresses of files (None: no such file)."""

    name: str
    support_address: str
    version: str
    playground: bool
    main_site: str | None = None
    style: str | None = None
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class Flash:
    """One line on top of the next page: `kind` is ok, error or info; `undo_url` is POSTed by its Undo button."""

    kind: str
    text: str
    undo_url: str | None = None


def environment() -> Environment:
    """The templates of pages."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def static_version() -> str:
    """A word that changes whenever a static file does."""
    content = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            content.update(path.name.encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:12]


class Static(StaticFiles):
    """Static files: kept for a year under an address with a version, for five minutes under one without."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if isinstance(response, FileResponse) and Path(response.path).suffix in squeezed.TYPES:
            response = squeezed.response(Path(response.path), scope)
        age = "31536000, immutable" if b"v=" in scope.get("query_string", b"") else "300"
        response.headers["Cache-Control"] = f"public, max-age={age}"
        return response


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page; besides `context` it knows what the shell needs: site, theme, viewer, csrf_token, now, flashes."""
    web: Web = request.app.state.web
    theme = request.cookies.get("theme", "")
    shell: dict[str, Any] = {
        "site": web.site,
        "theme": theme if theme in THEMES else "system",
        "viewer": _shown_viewer(request),
        "csrf_token": form_token(request),
        "now": datetime.now(UTC),
        "flashes": _flashes(request, web.installation.keys[0]),
        "section": "",
    }
    page = HTMLResponse(web.templates.get_template(template).render(shell | context), status)
    if FLASH_COOKIE in request.cookies:
        page.delete_cookie(FLASH_COOKIE)
    return page


def form_token(request: Request) -> str:
    """What forms of this browser carry as `csrf_token`, and what is demanded of them; "" where no cookie says who that is.

    Derived from our own cookie, else from the user that the main site's cookie names, whoever that is here.
    """
    web: Web = request.app.state.web
    secret = request.cookies.get(web.cookie)
    if secret:
        return credentials.csrf_token(secret)
    user: main_site.User | None = getattr(request.state, "main_site", None)  # see `sign_in.look_at_token`
    return main_site.form_token(web.installation.keys[0], user) if user is not None else ""


def see_other(request: Request, path: str, text: str = "", *, kind: str = "ok", undo_url: str | None = None) -> RedirectResponse:
    """Go to a page of ours after a change (303), with one line on top of it."""
    response = RedirectResponse(local_path(path), 303)
    if text:
        say(request, response, text, kind=kind, undo_url=undo_url)
    return response


def say(request: Request, response: Response, text: str, *, kind: str = "ok", undo_url: str | None = None) -> None:
    """Put one line on top of the page that this browser sees next."""
    web: Web = request.app.state.web
    packed = base64.urlsafe_b64encode(json.dumps([kind, text[:500], undo_url]).encode()).decode("ascii")
    value = f"{packed}.{_mac(web.installation.keys[0], packed)}"
    response.set_cookie(FLASH_COOKIE, value, max_age=60, httponly=True, samesite="lax", secure=web.secure)


def local_path(path: str) -> str:
    """The path when it is one of ours, else the start: nobody is sent elsewhere by an address he was given."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if ours else "/"


def login_url(request: Request) -> str:
    """The door for whoever the page is for (requesters: a link by mail), and back here afterwards where that is possible."""
    door = "/my-tickets" if request.url.path.startswith(("/ticket/", "/known-issues/")) else "/login"
    if request.method != "GET":
        return door
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{door}?next={quote(here)}"


def _shown_viewer(request: Request) -> Any:
    desk = getattr(request.state, "desk", None)
    return desk.viewer if desk is not None and desk.viewer.person_id is not None else None


def _flashes(request: Request, key: bytes) -> list[Flash]:
    packed, _, mac = request.cookies.get(FLASH_COOKIE, "").partition(".")
    if not packed or not hmac.compare_digest(mac.encode(), _mac(key, packed).encode()):
        return []
    try:
        kind, text, undo_url = json.loads(base64.urlsafe_b64decode(packed))
    except (ValueError, binascii.Error):
        return []
    return [Flash(kind, text, undo_url)]


def _mac(key: bytes, packed: str) -> str:
    return hmac.digest(key, b"flash" + packed.encode("utf-8", "replace"), "sha256").hex()
