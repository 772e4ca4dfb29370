"""DMARC (RFC 7489): the policy that a From domain publishes, and which domains are aligned with it.

Not here: SPF and DKIM themselves, and what a policy leads to (authenticate).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from publicsuffixlist import PublicSuffixList

from mail_ingest.sender.resolver import Resolver


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner of the From domain asks for: `action` is none, quarantine or reject; strict alignment per mechanism."""

    action: str
    strict_dkim: bool = False
    strict_spf: bool = False


def policy(domain: str, resolver: Resolver) -> Policy | None:
    """The record of the From domain, else that of its organizational domain with `sp=` (RFC 7489 section 6.6.3); None: no record.

    `p=quarantine` for no mail at all (`pct=0`, or `t=y`) is a domain still watching: none. Raises DnsTrouble.
    """
    own = _record(domain, resolver)
    if own is not None:
        return _policy(own, "p")
    organization = organizational_domain(domain)
    above = _record(organization, resolver) if organization != domain else None
    return None if above is None else _policy(above, "sp" if "sp" in above else "p")


def aligned(candidate: str, domain: str, *, strict: bool = False) -> bool:
    """Relaxed: both belong to one organizational domain; strict: they are equal (RFC 7489 section 3.1)."""
    candidate, domain = candidate.lower().rstrip("."), domain.lower().rstrip(".")
    if not candidate or not domain:
        return False
    return candidate == domain or (not strict and organizational_domain(candidate) == organizational_domain(domain))


def organizational_domain(domain: str) -> str:
    """One label below the public suffix; a public suffix is its own."""
    return str(_suffixes().privatesuffix(domain) or domain)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _record(domain: str, resolver: Resolver) -> dict[str, str] | None:
    texts = [text.decode("ascii", "replace") for text in resolver.txt(f"_dmarc.{domain}")]
    records = [text for text in texts if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text)]
    if len(records) != 1:
        return None
    tags: dict[str, str] = {}
    for spec in records[0].split(";"):
        name, _, value = spec.partition("=")
        tags.setdefault(name.strip().lower(), value.strip().lower())
    return tags


def _policy(tags: dict[str, str], name: str) -> Policy:
    action = tags.get(name, "none")
    if action not in {"quarantine", "reject"}:
        action = "none"
    if action == "quarantine" and (tags.get("pct") == "0" or tags.get("t") == "y"):
        action = "none"
    return Policy(action, tags.get("adkim") == "s", tags.get("aspf") == "s")
