"""Around every request: security headers on each answer, a number for what crashed, figures for /metrics, no NUL in an address."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import problems

log = logging.getLogger("helpdesk.web")
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Figures:
    """What Prometheus reads about requests; one registry an application, so that tests can make many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("helpdesk_http_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram("helpdesk_http_request_seconds", "Time to answer.", ("method", "route"), registry=self.registry)


class Guard:
    """The outermost layer of ours. A header that a handler chose itself stays; all is `no-store` unless it says otherwise."""

    def __init__(self, app: ASGIApp, figures: Figures, most_bytes: int) -> None:
        self.app = app
        self.figures = figures
        self.most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            refused = self._refused(Request(scope, receive))
            await (self.app if refused is None else refused)(scope, receive, with_headers)
        except ClientDisconnect:
            log.debug("the client went away before its request was whole")
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("request crashed", extra={"reference": reference})
            if status:  # half an answer is out: only a broken connection can say so
                raise
            await problems.crashed(Request(scope, receive), reference)(scope, receive, with_headers)
        finally:
            self._count(scope, status, time.perf_counter() - started)

    def _refused(self, request: Request) -> Response | None:
        if "\0" in request.scope["path"] or b"%00" in request.scope.get("query_string", b""):
            return problems.answer(request, 400, "An address has no such characters.")
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length[:18]) > self.most_bytes:
            return problems.answer(request, 413, "That is too big.")
        return None

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", None) or "none"
        self.figures.requests.labels(method, route, str(status)).inc()
        self.figures.seconds.labels(method, route).observe(seconds)
