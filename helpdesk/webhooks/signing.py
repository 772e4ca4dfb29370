"""Secrets and signatures of webhooks, as Standard Webhooks 1.0 wants them (github.com/standard-webhooks/standard-webhooks).

A secret in rotation is kept as "new old until" (seconds since 1970): both sign until then, so that a receiver has a day to learn
the new one.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping

PREFIX = "whsec_"
OCTETS = 32
BOTH_FOR = 24 * 3600  # seconds in which the old secret still signs


def new_secret() -> str:
    """A secret for HMAC-SHA256: `whsec_` and 32 random octets in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(OCTETS)).decode("ascii")


def rotated(kept: str, fresh: str, now: int) -> str:
    """What is kept after a rotation at `now`: the fresh secret, and the one before it for another day."""
    return f"{fresh} {current(kept)} {now + BOTH_FOR}" if kept else fresh


def current(kept: str) -> str:
    """The secret that a receiver should know by now, or "" where there is none."""
    return kept.partition(" ")[0]


def both_until(kept: str) -> int:
    """Until when the old secret signs too; 0 where there is none."""
    parts = kept.split()
    return int(parts[2]) if len(parts) == 3 else 0


def headers(kept: str, identifier: str, now: int, body: bytes) -> Mapping[str, str]:
    """The headers of one try at `now`: a signature for each valid secret. `identifier` is the same at every try."""
    parts = kept.split()
    valid = parts[:2] if both_until(kept) > now else parts[:1]
    signed = f"{identifier}.{now}.".encode() + body
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(f"v1,{_mac(secret, signed)}" for secret in valid),
    }


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")
