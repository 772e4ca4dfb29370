"""What others publish to prove their word: JSON documents and keys (JWKS, RFC 7517), and whether a token (RFC 7519) holds by them.

Documents are kept for an hour, in memory. A token that names an unknown key makes us look again, at most once a minute: that is
how keys are changed. While the other side is away, bogus tokens must not hold our threads: one request at a time goes out for a
document, nobody waits longer than WHOLE for it, and a failure is remembered for REST. Never called with a transaction open.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey

from helpdesk.errors import HelpdeskError

TIMEOUT = 5.0  # seconds to connect, and to read
WHOLE = 5.0  # seconds for all of it, however slowly it trickles
REST = 15.0  # seconds in which nobody asks again where there was no answer
KEEP = 3600.0  # seconds
LOOK_AGAIN = 60.0
LONGEST_DOCUMENT = 1024 * 1024
LONGEST_TOKEN = 16 * 1024
# a header that brings or points to a key of its sender's choice (RFC 7515 section 4.1)
_OWN_KEYS = frozenset(("jku", "jwk", "x5u", "x5c", "crit"))

_kept: dict[str, tuple[float, dict[str, Any]]] = {}
_failed: dict[str, float] = {}
_on_the_way: dict[str, Future[dict[str, Any]]] = {}
_lock = threading.Lock()


class Unreadable(HelpdeskError):
    """The other side does not answer, or not with what it should."""


def may_be_asked(url: str) -> bool:
    """Whether an address is https, or on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    )


def document(url: str, *, older_than: float = KEEP) -> dict[str, Any]:
    """The JSON object at `url`, at most `older_than` seconds old. Raises Unreadable, for REST seconds after a failure at once."""
    with _lock:
        found, now = _kept.get(url), time.monotonic()
        if found is not None and now - found[0] < older_than:
            return found[1]
        if now - _failed.get(url, -REST) < REST:
            raise Unreadable("there was no answer a moment ago")
        answer = _on_the_way.get(url)
        if answer is None:
            answer = _on_the_way[url] = Future()
            threading.Thread(target=_fetch, args=(url, answer), name="published", daemon=True).start()
    try:
        return answer.result(WHOLE)
    except TimeoutError as error:
        with _lock:
            _failed[url] = time.monotonic()
        raise Unreadable("no answer in time") from error


def verified(
    token: str, keys: str | OctKey, algorithms: Sequence[str], *, issuer: str, audience: str, leeway: int
) -> dict[str, Any] | None:
    """The claims of a token that is signed by these keys (an OctKey, or where a JWKS is), by this issuer, for this audience, now.

    None when it does not hold, whatever is wrong with it. Raises Unreadable when the keys cannot be had.
    """
    if len(token) > LONGEST_TOKEN or _brings_a_key(token):
        return None
    try:
        return _checked(token, keys if isinstance(keys, OctKey) else _key_set(keys, KEEP), algorithms, issuer, audience, leeway)
    except InvalidKeyIdError:
        if isinstance(keys, OctKey):
            return None
    try:
        return _checked(token, _key_set(keys, LOOK_AGAIN), algorithms, issuer, audience, leeway)
    except InvalidKeyIdError:
        return None


def _checked(
    token: str, keys: OctKey | KeySet, algorithms: Sequence[str], issuer: str, audience: str, leeway: int
) -> dict[str, Any] | None:
    registry = jwt.JWTClaimsRegistry(
        leeway=leeway,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        claims = jwt.decode(token, keys, algorithms=list(algorithms)).claims
        registry.validate(claims)
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return claims


def _brings_a_key(token: str) -> bool:
    first = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError):
        return True
    return not isinstance(header, dict) or bool(_OWN_KEYS & header.keys())


def _key_set(url: str, older_than: float) -> KeySet:
    try:
        return KeySet.import_key_set(document(url, older_than=older_than))  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable("there are no keys") from error


def _fetch(url: str, answer: Future[dict[str, Any]]) -> None:
    """For everybody who waits for `url`: what is there, or why nothing is."""
    try:
        fetched = _fetched(url)
    except Exception as error:  # noqa: BLE001  (whatever it is, those who wait are told)
        with _lock:
            _failed[url] = time.monotonic()
            del _on_the_way[url]
        answer.set_exception(error if isinstance(error, Unreadable) else Unreadable("no answer"))
        return
    with _lock:
        _kept[url] = (time.monotonic(), fetched)
        _failed.pop(url, None)
        del _on_the_way[url]
    answer.set_result(fetched)


def _fetched(url: str) -> dict[str, Any]:
    import httpx2

    try:
        with (
            httpx2.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, headers={"Accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            body, ends = bytearray(), time.monotonic() + WHOLE
            for chunk in answer.iter_bytes():
                body += chunk
                if time.monotonic() > ends:
                    raise Unreadable("the answer takes too long")
                if len(body) > LONGEST_DOCUMENT:
                    raise Unreadable("the answer is too long")
        found = json.loads(body)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
        raise Unreadable("no answer") from error
    if not isinstance(found, dict):
        raise Unreadable("not the answer that was asked for")
    return found
