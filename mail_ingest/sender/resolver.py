"""DNS as the sender checks need it: an argument, with time limits.

Not here: what the records mean (spf_check, dkim_check, dmarc).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from time import monotonic
from typing import Any, Protocol

import dns.exception
import dns.name
import dns.resolver

MAX_RECORD = 8192

_NOTHING_THERE = (
    dns.resolver.NXDOMAIN,
    dns.resolver.NoAnswer,
    dns.name.NameTooLong,
    dns.name.LabelTooLong,
    dns.name.EmptyLabel,
    UnicodeError,
)


class DnsTrouble(Exception):
    """No answer now: a time-out, SERVFAIL, or the time for one mail is used up. Later it may be another."""


class Resolver(Protocol):
    """Each method answers the records of one type under a name, [] when there are none, and raises DnsTrouble when nobody says."""

    def txt(self, name: str) -> list[bytes]:
        """TXT records, the strings of each joined."""

    def a(self, name: str) -> list[str]:
        """IPv4 addresses."""

    def aaaa(self, name: str) -> list[str]:
        """IPv6 addresses."""

    def mx(self, name: str) -> list[tuple[int, str]]:
        """Preference and host of each MX record."""

    def ptr(self, name: str) -> list[str]:
        """Host names of a reverse name."""


class SystemResolver:
    """The machine's resolvers through dnspython, with a cache; one for the process, and for all threads."""

    def __init__(self, per_question: float = 4.0) -> None:
        self._per_question = per_question

    def txt(self, name: str) -> list[bytes]:
        """See Resolver; a record over 8 KiB is none."""
        joined = (b"".join(record.strings) for record in self._ask(name, "TXT"))
        return [text for text in joined if len(text) <= MAX_RECORD]

    def a(self, name: str) -> list[str]:
        """See Resolver."""
        return [record.address for record in self._ask(name, "A")]

    def aaaa(self, name: str) -> list[str]:
        """See Resolver."""
        return [record.address for record in self._ask(name, "AAAA")]

    def mx(self, name: str) -> list[tuple[int, str]]:
        """See Resolver."""
        return [(record.preference, record.exchange.to_text(omit_final_dot=True)) for record in self._ask(name, "MX")]

    def ptr(self, name: str) -> list[str]:
        """See Resolver."""
        return [record.target.to_text(omit_final_dot=True) for record in self._ask(name, "PTR")]

    def _ask(self, name: str, kind: str) -> Iterable[Any]:
        try:
            return _resolvers().resolve(name, kind, lifetime=self._per_question, search=False)
        except _NOTHING_THERE:
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise DnsTrouble(f"{kind} {name}: {type(error).__name__}") from error


class OneMail:
    """Another resolver for the questions about one mail: after `seconds` it has no more answers (RFC 7208 section 4.6.4)."""

    def __init__(self, resolver: Resolver, seconds: float = 20.0) -> None:
        self._resolver = resolver
        self._until = monotonic() + seconds

    def txt(self, name: str) -> list[bytes]:
        """See Resolver."""
        return self._in_time().txt(name)

    def a(self, name: str) -> list[str]:
        """See Resolver."""
        return self._in_time().a(name)

    def aaaa(self, name: str) -> list[str]:
        """See Resolver."""
        return self._in_time().aaaa(name)

    def mx(self, name: str) -> list[tuple[int, str]]:
        """See Resolver."""
        return self._in_time().mx(name)

    def ptr(self, name: str) -> list[str]:
        """See Resolver."""
        return self._in_time().ptr(name)

    def _in_time(self) -> Resolver:
        if monotonic() >= self._until:
            raise DnsTrouble("the time for the questions about one mail is used up")
        return self._resolver


@cache
def _resolvers() -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver()
    resolver.cache = dns.resolver.LRUCache(max_size=10_000)
    return resolver
