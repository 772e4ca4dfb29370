"""Mints AND reads back our identifiers: ticket tags, reply addresses, Message-IDs, return paths. No database.

A MAC that does not verify makes the identifier count as absent, and is logged as a security event; no older format is accepted.
All MACs are HMAC-SHA256 cut to 80 bits, compared in constant time, under a key of their own per use.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger("helpdesk.security")
MAC_BYTES = 10
_TOKEN = re.compile(r"[a-z2-7]{20,56}")


class Purpose(StrEnum):
    """What answering a reply address does."""

    REPLY = "r"
    NOTE = "n"
    UNSUBSCRIBE = "u"
    RESOLVE = "s"
    OPEN = "o"


@dataclass(frozen=True, slots=True)
class Mint:
    """What our identifiers are made with: `keys` verify, the first one signs."""

    prefix: str
    support_address: str
    mail_domain: str
    separator: str
    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Mint({self.prefix}, {self.support_address})"


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """Who may do what on which ticket by answering, and the newest event (`seen`) that they had before them."""

    ticket: int
    person: int
    purpose: Purpose
    seen: int = 0


@dataclass(frozen=True, slots=True)
class MintedId:
    """One of our Message-IDs: about which ticket, and which message in the outbox (0: the thread root)."""

    ticket: int
    outbox: int


# --- ticket tags


def tag(prefix: str, number: int) -> str:
    """ELM-001: the prefix and at least three digits."""
    return f"{prefix}-{number:03d}"


def read_tag(prefix: str, text: str) -> int | None:
    """The number of the one tag that `text` is ("elm-1", "ELM-001"), or None."""
    found = re.fullmatch(rf"{re.escape(prefix)}-?0*(\d{{1,12}})", text.strip(), re.IGNORECASE)
    return int(found[1]) if found else None


def tag_in_subject(prefix: str, subject: str) -> int | None:
    """The ticket that a subject names: the last bracketed tag, else the last bare one, on word limits, any case."""
    name = rf"{re.escape(prefix)}[-# ]?0*(\d{{1,12}})"
    for pattern in (rf"\[\s*{name}\s*\]", rf"(?<![\w-]){name}(?![\w-])"):
        found = re.findall(pattern, subject, re.IGNORECASE)
        if found:
            return int(found[-1])
    return None


def subject_line(prefix: str, number: int, subject: str, *, reply: bool) -> str:
    """The subject of every mail about a ticket: the tag once, existing copies and reply marks removed first."""
    bare = re.sub(rf"\[\s*{re.escape(prefix)}[-# ]?\d{{1,12}}\s*\]", " ", subject, flags=re.IGNORECASE)
    bare = re.sub(r"^(?:\s*(?:re|aw|antw|sv|vs|rif|odp|ynt)\s*(?:\[\d+\])?\s*:)+", "", bare, flags=re.IGNORECASE)
    bare = " ".join(bare.split())
    return f"{'Re: ' if reply else ''}[{tag(prefix, number)}] {bare}".rstrip()


# --- reply addresses


def reply_address(mint: Mint, token: ReplyToken) -> str:
    """support+TOKEN@domain: base32, case-insensitive, the local part within 64 octets (RFC 5321 section 4.5.3.1.1)."""
    payload = token.purpose.encode() + _packed(token.ticket, token.person, token.seen)
    key = mint.keys[0]
    body = _key_id(key) + payload + _mac(key, b"reply", payload)
    return f"{_support_local(mint)}{mint.separator}{_base32(body)}@{mint.mail_domain}"


def opening_address(mint: Mint, person: int) -> str:
    """The agent's own address for new tickets: what they forward there is theirs, whatever proves their mail otherwise."""
    return reply_address(mint, ReplyToken(0, person, Purpose.OPEN))


def without_tokens(mint: Mint, text: str) -> str:
    """The text with every reply address of ours, valid or not, as the plain support address: a token is its owner's alone."""
    local, domain = re.escape(_support_local(mint) + mint.separator), re.escape(mint.mail_domain)
    return re.sub(rf"(?<![\w.+-]){local}[a-z2-7]{{20,56}}(?=@{domain}(?![\w-]))", _support_local(mint), text, flags=re.IGNORECASE)


def read_reply_address(mint: Mint, address: str) -> ReplyToken | None:
    """The token of a reply address, or None when it has none or its MAC is wrong (a security event)."""
    body = _token_body(mint, address, _support_local(mint))
    payload = _verified(mint, b"reply", body)
    if payload is None:
        return None
    try:
        ticket, person, seen = _unpacked(payload[1:], 3)
        return ReplyToken(ticket, person, Purpose(payload[:1].decode("ascii")), seen)
    except (ValueError, UnicodeDecodeError):
        return None


def return_path(mint: Mint, outbox: int) -> str:
    """bounce+TOKEN@domain: the envelope sender that says which message came back (VERP)."""
    payload = _packed(outbox)
    key = mint.keys[0]
    return f"bounce{mint.separator}{_base32(_key_id(key) + payload + _mac(key, b'bounce', payload))}@{mint.mail_domain}"


def read_return_path(mint: Mint, address: str) -> int | None:
    """The outbox message that a return path names, or None."""
    payload = _verified(mint, b"bounce", _token_body(mint, address, "bounce"))
    if payload is None:
        return None
    try:
        return _unpacked(payload, 1)[0]
    except ValueError:
        return None


# --- Message-IDs


def message_id(mint: Mint, ticket: int | None, outbox: int) -> str:
    """elm-123.OUTBOX.MAC@domain, without brackets; the same row gives the same id at every try. Ticket 0: about no ticket."""
    stem = f"{mint.prefix.lower()}-{ticket or 0}.{outbox}"
    return f"{stem}.{_base32(_mac(mint.keys[0], b'message-id', stem.encode()))}@{mint.mail_domain}"


def thread_root(mint: Mint, ticket: int) -> str:
    """The id that heads References in every mail about a ticket, so that late joiners see one thread."""
    stem = f"{mint.prefix.lower()}-{ticket}.root"
    # always under the oldest key: a root that changed with the key would split the thread
    return f"{stem}.{_base32(_mac(mint.keys[-1], b'message-id', stem.encode()))}@{mint.mail_domain}"


def read_message_id(mint: Mint, identifier: str) -> MintedId | None:
    """What one of our Message-IDs says, or None; ids of others are no event, ours with a wrong MAC are."""
    local, _, domain = identifier.strip("<> ").lower().rpartition("@")
    found = re.fullmatch(rf"({re.escape(mint.prefix.lower())}-(\d{{1,12}})\.(\d{{1,18}}|root))\.([a-z2-7]{{16}})", local)
    if not found or domain != mint.mail_domain.lower():
        return None
    for key in mint.keys:
        if hmac.compare_digest(_base32(_mac(key, b"message-id", found[1].encode())), found[4]):
            return MintedId(int(found[2]), 0 if found[3] == "root" else int(found[3]))
    log.warning("a Message-ID in our form has a wrong MAC", extra={"event": "forged_message_id"})
    return None


def loop_value(mint: Mint) -> str:
    """What our loop header (`X-Helpdesk-Loop`) says in every mail we send: this installation, and nothing a stranger can make."""
    return _base32(_mac(mint.keys[-1], b"loop", mint.support_address.lower().encode()))


# --- addresses of others


def without_batv(address: str) -> str:
    """alice@example.com for prvs=TAG=alice@example.com: the tag says when the mail was sent, not who sent it (BATV)."""
    return re.sub(r"^prvs=[^=@\s]{1,64}=(?=[^@\s])", "", address, flags=re.IGNORECASE)


# --- which recipients are ours


def is_ours(mint: Mint, inbound: Collection[str], address: str) -> bool:
    """Whether we take mail for `address`: our addresses, with or without a `+tag`, our return paths, and postmaster."""
    plain = address.strip().lower()
    local, _, domain = plain.rpartition("@")
    if not local:
        return False
    if any(
        plain == one or _is_tagged(mint, plain, one) for one in (mint.support_address.lower(), *(one.lower() for one in inbound))
    ):
        return True
    # RFC 5321 section 4.5.1: whoever takes mail for a domain takes it for its postmaster
    ours = (_support_local(mint), "bounce", "postmaster")
    return domain == mint.mail_domain.lower() and any(local == one or local.startswith(one + mint.separator) for one in ours)


def base_address(mint: Mint, address: str, inbound: Collection[str] = ()) -> str:
    """The address of ours that `address` is, without its token or tag; any other address as it is, in lower case."""
    plain = address.strip().lower()
    known = (mint.support_address.lower(), *(one.lower() for one in inbound))
    return next((one for one in known if _is_tagged(mint, plain, one)), plain)


def _is_tagged(mint: Mint, plain: str, ours: str) -> bool:
    local, _, domain = ours.rpartition("@")
    return plain.startswith(local + mint.separator) and plain.endswith("@" + domain)


def reply_tokens(mint: Mint, addresses: Iterable[str]) -> tuple[ReplyToken, ...]:
    """Every valid reply token among addresses, in their order and once each: the first one decides."""
    return tuple(dict.fromkeys(found for one in dict.fromkeys(addresses) if (found := read_reply_address(mint, one))))


# --- bytes


def _support_local(mint: Mint) -> str:
    return mint.support_address.rpartition("@")[0].lower()


def _token_body(mint: Mint, address: str, local_wanted: str) -> bytes | None:
    local, _, domain = address.strip("<> ").lower().rpartition("@")
    token = local.removeprefix(local_wanted + mint.separator)
    if domain != mint.mail_domain.lower() or token == local or not _TOKEN.fullmatch(token):
        return None
    try:
        return base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None


def _verified(mint: Mint, use: bytes, body: bytes | None) -> bytes | None:
    if body is None or len(body) <= 1 + MAC_BYTES:
        return None
    kid, payload, mac = body[:1], body[1:-MAC_BYTES], body[-MAC_BYTES:]
    for key in mint.keys:
        if kid == _key_id(key) and hmac.compare_digest(_mac(key, use, payload), mac):
            return payload
    log.warning("a token in our form has a wrong MAC", extra={"event": "forged_token", "use": use.decode()})
    return None


def _mac(key: bytes, use: bytes, payload: bytes) -> bytes:
    return hmac.digest(hmac.digest(key, use, "sha256"), payload, "sha256")[:MAC_BYTES]


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:1]


def _base32(body: bytes) -> str:
    return base64.b32encode(body).decode("ascii").rstrip("=").lower()


def _packed(*numbers: int) -> bytes:
    """Numbers as base-128 digits, the last digit of each marked (as in Protocol Buffers' varint, high digit first)."""
    out = bytearray()
    for number in numbers:
        digits = [number & 0x7F | 0x80]
        while number := number >> 7:
            digits.append(number & 0x7F)
        out += bytes(reversed(digits))
    return bytes(out)


def _unpacked(body: bytes, count: int) -> tuple[int, ...]:
    numbers: list[int] = []
    number = 0
    for byte in body:
        number = number << 7 | byte & 0x7F
        if byte & 0x80:
            numbers.append(number)
            number = 0
    if len(numbers) != count or not body or not body[-1] & 0x80:
        raise ValueError("not our numbers")
    return tuple(numbers)
