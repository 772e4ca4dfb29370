"""From is an address of ours because a mailing list or a web form wrote it so: who sent it, if a relay of ours says.

Google Groups and others put the list's address into From, so that DMARC holds, and keep the sender in X-Original-From. A stranger
can write that field too: it counts only where a trusted relay brought the mail, and never as more than a claim (A=NONE). A relay
brings what the whole internet gave it, so that this alone proves nothing: where our own domain disowns the mail, the field is
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from mail_ingest.mail import Address, ParsedMail

FIELD = "x-original-from"
_ATOM = r"[^\s<>@,;:\"()\[\]\\]"
_MAILBOX = re.compile(rf"{_ATOM}{{1,200}}@{_ATOM}{{1,200}}")


def original_sender(mail: ParsedMail, client_ip: str | None, trusted: Iterable[str]) -> Address | None:
    """The one mailbox of the one X-Original-From field, if the client is in a network of `trusted`; else None."""
    said = mail.all(FIELD)
    if len(said) != 1 or not is_trusted(client_ip, trusted):
        return None
    name, bracket, address = said[0].strip().removesuffix(">").rpartition("<")
    if bool(bracket) != said[0].strip().endswith(">") or not _MAILBOX.fullmatch(address.strip()):
        return None
    local, _, domain = address.strip().rpartition("@")
    return Address(name.strip().strip('"').strip(), f"{local}@{domain.lower()}")


def is_trusted(client_ip: str | None, trusted: Iterable[str | IPv4Network | IPv6Network]) -> bool:
    """Whether the client is one of our relays; a mail without a client (a pipe, a mailbox) has none."""
    try:
        client = ip_address(client_ip or "")
    except ValueError:
        return False
    if isinstance(client, IPv6Address) and client.ipv4_mapped:
        client = client.ipv4_mapped
    return any(client in ip_network(network, strict=False) for network in trusted)
