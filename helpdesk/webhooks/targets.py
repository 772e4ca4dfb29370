"""Where webhooks may go: https to public addresses; http and private ones only for hosts that a setting names.

Whoever may make a webhook must not reach through us what only we can reach. The address is read strictly here; its host is looked
up once, every address found is judged, and the connection goes to one that was judged (workers/send_webhook.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from helpdesk.errors import Refused

LONGEST = 2000
LOWEST_FREE_PORT = 1024  # below it only a web server's own: no mail, no shell
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# RFC 6890 and its registry, multicast, and where clouds answer with credentials (168.63.129.16 is Azure's, others are link-local)
_NEVER_4 = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "168.63.129.16/32", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# of IPv6 only global unicast is let through (no mapped, NAT64, unique local, link-local, multicast one), less what carries IPv4
_GLOBAL_6 = IPv6Network("2000::/3")
_NEVER_6 = tuple(IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
# what a host named in the setting may have besides; still no link-local, metadata, multicast or translated one
_PRIVATE: tuple[Network, ...] = tuple(
    ip_network(one)
    for one in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
_METADATA = frozenset((ip_address("100.100.100.200"), ip_address("fd00:ec2::254")))


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was read: `host` in lower case without brackets, `path` with its query; `private`: the setting names it."""

    tls: bool
    host: str
    port: int
    path: str
    private: bool

    @property
    def host_header(self) -> str:
        """What the Host header says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def read(url: str, allowed: Collection[str]) -> Target:
    """The target that `url` means; `allowed` are the hosts of HELPDESK_WEBHOOK_ALLOW_PRIVATE. No name is looked up.

    Raises Refused (field `url`) with a sentence for whoever typed it.
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > LONGEST:
        raise _no(f"An address has no spaces or foreign letters, and {LONGEST} characters at most.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _no("This is not an address.") from None
    private = host in {one.lower() for one in allowed}
    if parts.scheme != "https" and not (parts.scheme == "http" and private):
        raise _no("Only https:// addresses: what is sent names people.")
    if "@" in parts.netloc:
        raise _no("An address with a name or password in it is not taken: the signature proves who we are.")
    if "#" in url:
        raise _no("What follows a # is never sent: leave it out.")
    number = port if port is not None else 443 if parts.scheme == "https" else 80
    if number < LOWEST_FREE_PORT and number != 443 and not (private and number != 0):
        raise _no(f"Port {number} is not one of the web: 443, or {LOWEST_FREE_PORT} and above.")
    _check_host(host, private=private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, number, path, private)


def choose(found: Iterable[str], *, private: bool) -> str:
    """The address to connect to, of those that a look-up found; Refused when any of them is not allowed.

    One good address beside a bad one is how rebinding is done, so it takes all of them.
    """
    addresses = [ip_address(one.partition("%")[0]) for one in found]
    if not addresses:
        raise _no("Its name has no address.")
    for one in addresses:
        if not is_allowed(one, private=private):
            raise _no(f"{one} is no public address.")
    return str(addresses[0])


def is_allowed(address: Address, *, private: bool) -> bool:
    """Whether we connect to it: public ones; private and loopback ones only for hosts that the setting names."""
    if address in _METADATA:
        return False
    if private and any(address in network for network in _PRIVATE):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NEVER_4)
    return address in _GLOBAL_6 and not any(address in network for network in _NEVER_6)


def _check_host(host: str, *, private: bool) -> None:
    try:
        literal = ip_address(host)
    except ValueError:
        pass
    else:
        choose([str(literal)], private=private)
        return
    labels = host.split(".")
    # 127.1, 0x7f.1, 017700000001 and 2130706433 are addresses to some libraries, and no names to anybody
    odd = re.fullmatch(r"(0x[0-9a-f]*|\d+)", labels[-1]) is not None
    if not host or len(host) > 253 or odd or not all(_LABEL.fullmatch(label) for label in labels):
        raise _no("This is not the name of a host.")
    if not private and (len(labels) == 1 or labels[-1] in ("localhost", "local", "internal", "localdomain", "lan", "intranet")):
        raise _no("This host is inside a house: HELPDESK_WEBHOOK_ALLOW_PRIVATE names those that may be told.")


def _no(why: str) -> Refused:
    return Refused(why, "url")
