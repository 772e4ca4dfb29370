"""SPF (RFC 7208) of one envelope, by pyspf, asked through our own resolver.

Not here: whether the domain has anything to do with From (dmarc.aligned).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from mail_ingest.mail import Envelope
from mail_ingest.sender.resolver import DnsTrouble, Resolver

with warnings.catch_warnings():
    # pyspf's source holds escapes that newer compilers warn about.
    warnings.simplefilter("ignore")
    import spf


@dataclass(frozen=True, slots=True)
class SpfResult:
    """`result` is RFC 7208's word (pass, fail, softfail, neutral, none, temperror, permerror), `domain` the one it is about."""

    result: str
    domain: str


def check(envelope: Envelope, resolver: Resolver) -> SpfResult:
    """MAIL FROM is checked against the client's address; for the null return path the HELO name is (RFC 7208 section 2.4).

    Without a client address, or without any name, the result is none. Never raises.
    """
    domain = (envelope.mail_from.rpartition("@")[2] or envelope.helo or "").lower().rstrip(".")
    if not envelope.client_ip or "." not in domain or not domain.isascii():
        return SpfResult("none", domain)
    try:
        query = _Query(resolver, envelope.client_ip, envelope.mail_from, envelope.helo or domain)
        return SpfResult(str(query.check()[0]), domain)
    except Exception:  # noqa: BLE001 (a record that pyspf cannot bear is a wrong record: RFC 7208 section 2.6.7)
        return SpfResult("permerror", domain)


class _Query(spf.query):  # type: ignore[misc]
    """pyspf asks by a function of its module. Overriding the method that calls it keeps the resolver an argument, per thread and
    mail, where replacing that function would change it for the whole process. The cache and the limit on void lookups
    (RFC 7208 section 4.6.4) are kept by that method, hence again here."""

    def __init__(self, resolver: Resolver, client_ip: str, mail_from: str, helo: str) -> None:
        self._resolver = resolver
        super().__init__(i=client_ip, s=mail_from, h=helo, strict=True)

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        """The records of a name as pyspf wants them; the resolver follows CNAME."""
        name = str(name).rstrip(".").lower()
        if not all(0 < len(label) < 64 for label in name.split(".")):
            return []
        if (name, qtype) not in self.cache:
            self.cache[name, qtype] = self._asked(name, qtype)
        found: list[Any] = list(self.cache[name, qtype])
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError(f"more than {spf.MAX_VOID_LOOKUPS} questions without an answer")
        return found

    def _asked(self, name: str, qtype: str) -> list[Any]:
        try:
            match qtype:
                case "TXT":
                    return [(text,) for text in self._resolver.txt(name)]
                case "A":
                    return list(self._resolver.a(name))
                case "AAAA":
                    return list(self._resolver.aaaa(name))
                case "MX":
                    return list(self._resolver.mx(name))
                case "PTR":
                    return list(self._resolver.ptr(name))
                case _:
                    return []
        except DnsTrouble as trouble:
            raise spf.TempError(str(trouble)) from trouble
