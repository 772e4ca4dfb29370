"""Header fields that hold what people wrote, safely: nothing of theirs starts a field, an encoded word, or another recipient.

Python's own library does not see to it: `msg["Subject"] = "=?utf-8?q?a=0ABcc:_x?="` serialises a Bcc field in 3.11.7 and 3.12.1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from email import message_from_bytes, policy
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from urllib.parse import quote

from helpdesk.errors import Refused

LONGEST_REFERENCES = 1500  # octets
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"\x00-\x20\x7f]{1,128}@[^\s<>()\[\],;:\\\"@\x00-\x20\x7f]{1,253}")
_IDENTIFIER = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,250}")
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x200B, 0x2010), 0x061C, 0xFEFF}


class Verbatim(UniqueUnstructuredHeader):
    """Words that must arrive as they are, such as Message-IDs: one a line; the library would make encoded words of long ones."""

    name: str

    def fold(self, *, policy: policy.Policy) -> str:
        """The field as it is sent."""
        return f"{self.name}: " + f"{policy.linesep} ".join(str(self).split()) + policy.linesep


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references", "list-id", "list-unsubscribe", "x-helpdesk-loop"):
        registry.map_to_type(name, Verbatim)  # type: ignore[arg-type]  # the registry adds BaseHeader itself
    return registry


POLICY = EmailPolicy(linesep="\r\n", cte_type="7bit", header_factory=_registry())
UTF8_POLICY = POLICY.clone(utf8=True)  # only for an address that is not ASCII (RFC 6532)


def clean(text: str, longest: int = 250) -> str:
    """Text fit for one header field: one line, no control or invisible characters, and `=?` begins no encoded word."""
    shown = "".join(
        " " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in text if ord(one) not in _TURNING
    )
    return " ".join(shown.split())[:longest].replace("=?", "= ?")


def addr_spec(address: str) -> str:
    """The address as it is, or Refused: exactly one mailbox, nothing that could end a line, a field or an SMTP command."""
    if not _ADDRESS.fullmatch(address) or ".." in address or len(address.encode()) > 254:
        raise Refused("This is not an e-mail address.", "recipient")
    return address


def mailbox(name: str, address: str) -> Address:
    """One mailbox with its display name (RFC 5322 section 3.4)."""
    local, _, domain = addr_spec(address).rpartition("@")
    return Address(clean(name, 100), local, domain)


def identifier(text: str | None) -> str | None:
    """A Message-ID of anybody's in angle brackets, or None where it could harm a header."""
    bare = (text or "").strip("<> \t\r\n")
    return f"<{bare}>" if _IDENTIFIER.fullmatch(bare) else None


def references(root: str, first: str | None, later: Iterable[str]) -> list[str]:
    """Root, first, then as many of the newest as fit into LONGEST_REFERENCES octets; oldest first, each once (RFC 5322 3.6.4)."""
    head = [one for one in dict.fromkeys((identifier(root), identifier(first))) if one is not None]
    room = LONGEST_REFERENCES - sum(len(one) + 3 for one in head)
    tail: list[str] = []
    for one in reversed([found for found in dict.fromkeys(map(identifier, later)) if found is not None and found not in head]):
        room -= len(one) + 3
        if room < 0:
            break
        tail.append(one)
    return [*head, *reversed(tail)]


def mailto(address: str, **fields: str) -> str:
    """A mailto: URI (RFC 6068): `+` is %2B, `#` is %23, CRLF is %0D%0A."""
    query = "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in fields.items())
    return f"mailto:{quote(address, safe='@', errors='replace')}" + (f"?{query}" if query else "")


def as_bytes(message: EmailMessage, recipient: str) -> bytes:
    """The mail as octets, read back and compared: every part has exactly the fields that were set, or nothing is sent."""
    octets = message.as_bytes(policy=POLICY if recipient.isascii() else UTF8_POLICY)
    if _names(message_from_bytes(octets, policy=policy.compat32)) != _names(message):
        raise Refused("The mail would carry a header field that nobody set.")
    return octets


def _names(message: Message) -> Sequence[list[str]]:
    return [[name.lower() for name in part] for part in message.walk()]
