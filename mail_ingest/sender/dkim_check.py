"""DKIM (RFC 6376) signatures of one mail, by dkimpy, asked through our own resolver.

dkimpy checks the mathematics. What makes a signature worth nothing to us is said here: `l=`, SHA-1, an unsigned From, a short key.
Not here: which domains matter (the caller says so by a predicate).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

import dkim

from mail_ingest.sender.resolver import DnsTrouble, Resolver

# The library logs as errors what the trace of the mail tells better.
logging.getLogger("dkimpy").disabled = True

MAX_SIGNATURES = 5
MIN_KEY_BITS = 1024
# The library's patterns and its arithmetic take quadratic time and worse in these lengths; no honest field or key comes near.
MAX_FIELD = 4096
MAX_KEY_RECORD = 1500

_ALGORITHMS = frozenset({"rsa-sha256", "ed25519-sha256"})  # RFC 8301 forbids rsa-sha1


@dataclass(frozen=True, slots=True)
class Signature:
    """`result` is pass, fail, temperror, or ignored with the `reason` why the signature counts for nothing; `domain` is its d=."""

    domain: str
    result: str
    reason: str = ""


def verify(raw: bytes, resolver: Resolver, matters: Callable[[str], bool]) -> tuple[Signature, ...]:
    """The first five signatures whose d= `matters` are verified, topmost first; up to the first that passes.

    A signature with `l=` (text may be appended), with SHA-1, without From among its fields, or by a key under 1024 bits is
    ignored. Never raises.
    """
    head, _, _ = _divided(raw)
    found: list[Signature] = []
    for index, field in enumerate(_signature_fields(head)):
        tags = _tags(field)
        domain = tags.get("d", "").lower().rstrip(".")
        if not matters(domain):
            continue
        reason = _worthless(field, tags)
        found.append(Signature(domain, "ignored", reason) if reason else _verified(raw, index, domain, tags, resolver))
        if found[-1].result == "pass" or len(found) == MAX_SIGNATURES:
            break
    return tuple(found)


def carries_length(raw: bytes, matters: Callable[[str], bool]) -> bool:
    """Is there a signature with `l=` for a domain that matters? Then a relay's word "dkim=pass" may be about half of the mail."""
    tags = [_tags(field) for field in _signature_fields(_divided(raw)[0])]
    return any("l" in tag and matters(tag.get("d", "").lower().rstrip(".")) for tag in tags)


def _worthless(field: str, tags: dict[str, str]) -> str:
    if len(field) > MAX_FIELD:
        return "the field is longer than 4 KiB"
    if "l" in tags:
        return "l= leaves the end of the mail unsigned"
    if tags.get("a", "").lower() not in _ALGORITHMS:
        return f"algorithm {tags.get('a', 'missing')[:20]}"
    if "from" not in [name.strip().lower() for name in tags.get("h", "").split(":")]:
        return "From is not signed"
    return ""


def _verified(raw: bytes, index: int, domain: str, tags: dict[str, str], resolver: Resolver) -> Signature:
    def key(name: bytes | str, timeout: float = 0) -> bytes | None:
        records = resolver.txt((name.decode("ascii") if isinstance(name, bytes) else name).rstrip("."))
        return next((record for record in records if len(record) <= MAX_KEY_RECORD), None)

    try:
        passed = dkim.DKIM(_readable(raw, tags), minkey=MIN_KEY_BITS).verify(idx=index, dnsfunc=key)
    except DnsTrouble as trouble:
        return Signature(domain, "temperror", str(trouble))
    except dkim.ValidationError as error:
        return Signature(domain, "fail", str(error)[:80])
    except Exception as error:  # noqa: BLE001 (a signature that the library cannot read, or a key it will not take, is none)
        return Signature(domain, "ignored", f"{type(error).__name__}: {str(error)[:80]}")
    return Signature(domain, "pass" if passed else "fail")


def _readable(raw: bytes, tags: dict[str, str]) -> bytes:
    """White space of a relaxed body (RFC 6376 section 3.4.4) is reduced here: the library's way is quadratic in a run of it."""
    head, separator, body = _divided(raw)
    if not tags.get("c", "").lower().endswith("/relaxed"):
        return raw
    reduced = re.sub(rb"[ \t]+", b" ", re.sub(rb"\r?\n", b"\r\n", body))
    return head + separator + reduced.replace(b" \r\n", b"\r\n")


def _divided(raw: bytes) -> tuple[bytes, bytes, bytes]:
    end = re.search(rb"\r?\n(\r?\n)", raw)
    return (raw[: end.start(1)], end[1], raw[end.end() :]) if end else (raw, b"", b"")


def _signature_fields(head: bytes) -> list[str]:
    fields = re.split(rb"\r?\n(?![ \t])", head)
    return [
        field.partition(b":")[2].decode("ascii", "replace") for field in fields if field[:15].lower().startswith(b"dkim-signature:")
    ]


def _tags(field: str) -> dict[str, str]:
    """The tag list (RFC 6376 section 3.2); of a repeated tag the first counts, and the library refuses the signature."""
    tags: dict[str, str] = {}
    for spec in field[: MAX_FIELD * 2].split(";"):
        name, _, value = spec.partition("=")
        tags.setdefault(name.strip(), re.sub(r"\s+", "", value))
    return tags
