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
    """The machine's resolvers through dnspython: make one per mail, for `total` seconds are shared by all its questions."""

    def __init__(self, per_question: float = 4.0, total: float = 20.0) -> None:
        self._per_question = per_question
        self._left = total

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
        if self._left <= 0:
            raise DnsTrouble("the time for the questions about one mail is used up")
        started = monotonic()
        try:
            return _resolvers().resolve(name, kind, lifetime=min(self._per_question, self._left), search=False)
        except (
            dns.resolver.NXDOMAIN,
            dns.resolver.NoAnswer,
            dns.name.NameTooLong,
            dns.name.LabelTooLong,
            dns.name.EmptyLabel,
            UnicodeError,
        ):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise DnsTrouble(f"{kind} {name}: {type(error).__name__}") from error
        finally:
            self._left -= monotonic() - started


@cache
def _resolvers() -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver()
    resolver.cache = dns.resolver.LRUCache(max_size=10_000)
    return resolver
