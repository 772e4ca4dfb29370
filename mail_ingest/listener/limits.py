"""How much one client, and all of them together, may ask of the SMTP listener. Over a limit is a 4xx, never a loss.

No sockets and no protocol here: addresses and times come in, replies come out.
"""

from __future__ import annotations

import ipaddress
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from helpdesk.errors import BadSetting
from mail_ingest.replies import Reply

MEBIBYTE = 1024 * 1024
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Limits:
    """The figures; seconds, bytes and counts."""

    mail_bytes: int = 25 * MEBIBYTE
    connections: int = 100
    connections_per_network: int = 10
    mails_per_minute: int = 60
    recipients: int = 20
    bad_commands: int = 10
    idle_seconds: float = 60
    data_seconds: float = 300
    bytes_in_flight: int = 200 * MEBIBYTE
    grace_seconds: float = 2  # in a full house, who has kept us waiting for longer may have to go


@dataclass(slots=True)
class Counters:
    """What is going on: one a listener. Trusted peers (our relays, this machine) are exempt from the limits per address."""

    limits: Limits
    trusted: tuple[Network, ...]
    bytes_in_flight: int = 0
    connections: int = 0
    _by_network: Counter[Network] = field(default_factory=Counter)
    _mails: dict[Network, deque[float]] = field(default_factory=dict)

    def is_trusted(self, client: IPAddress | None) -> bool:
        """Whether the limits per address do not apply; a peer without an address (a socket file) is this machine."""
        return client is None or client.is_loopback or any(client in network for network in self.trusted)

    def is_full(self) -> bool:
        """Whether all connections are taken."""
        return self.connections >= self.limits.connections

    def crowds(self, client: IPAddress | None) -> bool:
        """Whether the client's network has all the connections it may have."""
        if client is None or self.is_trusted(client):
            return False
        return self._by_network[_neighbourhood(client)] >= self.limits.connections_per_network

    def enter(self, client: IPAddress | None) -> None:
        """A connection begins."""
        self.connections += 1
        if client is not None:
            self._by_network[_neighbourhood(client)] += 1

    def leave(self, client: IPAddress | None) -> None:
        """A connection that entered has ended."""
        self.connections -= 1
        if client is not None:
            network = _neighbourhood(client)
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]

    def begin_mail(self, client: IPAddress | None, declared: int, now: float) -> Reply | None:
        """Count a mail of `declared` bytes (0: not said) that begins at `now`; the refusal, or None."""
        if self.bytes_in_flight + declared > self.limits.bytes_in_flight:
            return Reply.BUSY
        if client is None or self.is_trusted(client):
            return None
        recent = self._mails.setdefault(_sender(client), deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= self.limits.mails_per_minute:
            return Reply.TOO_MANY_MAILS
        recent.append(now)
        if len(self._mails) > 10 * self.limits.connections:
            self._forget(now)
        return None

    def _forget(self, now: float) -> None:
        self._mails = {sender: times for sender, times in self._mails.items() if times and times[-1] > now - 60}


def networks(texts: Iterable[str], setting: str) -> tuple[Network, ...]:
    """The networks that a setting lists ("192.0.2.0/24", "2001:db8::1"); BadSetting names the first that is none."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise BadSetting(f"{setting} is wrong: {text} is not a network.") from None
    return tuple(found)


def client_address(peer: object) -> IPAddress | None:
    """The address in a socket's peer name; IPv4 that came through an IPv6 socket is IPv4 again. None: no address."""
    if not isinstance(peer, tuple) or not peer:
        return None
    try:
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _neighbourhood(client: IPAddress) -> Network:
    return ipaddress.ip_network(f"{client}/{24 if client.version == 4 else 64}", strict=False)


def _sender(client: IPAddress) -> Network:
    # whoever has one IPv6 address has its whole /64
    return ipaddress.ip_network(f"{client}/{32 if client.version == 4 else 64}", strict=False)
