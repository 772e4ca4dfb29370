"""What a browser carries for us between two requests of one sign-in: signed, short-lived, closed to scripts; it opens nothing."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

if TYPE_CHECKING:
    from web.deps import Web


def give(response: Response, web: Web, name: str, values: Mapping[str, Any], life: timedelta) -> None:
    """The browser keeps `values` (JSON) under `name` for `life`; it can read them, and change nothing."""
    age = int(life.total_seconds())
    packed = base64.urlsafe_b64encode(json.dumps([int(time.time()) + age, values]).encode()).decode("ascii")
    value = f"{packed}.{_mac(web.installation.keys[0], name, packed)}"
    response.set_cookie(_cookie(web, name), value, max_age=age, path="/", secure=web.secure, httponly=True, samesite="lax")


def read(request: Request, web: Web, name: str) -> dict[str, Any] | None:
    """What this browser was given under `name`, or None when it is too old, taken back, or not ours."""
    packed, _, mac = request.cookies.get(_cookie(web, name), "").partition(".")
    given = mac.encode("utf-8", "replace")
    if not any(hmac.compare_digest(given, _mac(key, name, packed).encode()) for key in web.installation.keys):
        return None
    ends, values = json.loads(base64.urlsafe_b64decode(packed))
    return dict(values) if time.time() < ends else None


def take(response: Response, web: Web, name: str) -> None:
    """The browser forgets it."""
    response.delete_cookie(_cookie(web, name), path="/", secure=web.secure, httponly=True, samesite="lax")


def _cookie(web: Web, name: str) -> str:
    return f"__Host-{name}" if web.secure else name


def _mac(key: bytes, name: str, packed: str) -> str:
    inner = hmac.digest(key, b"carried " + name.encode(), "sha256")
    return hmac.digest(inner, packed.encode("utf-8", "replace"), "sha256").hex()
