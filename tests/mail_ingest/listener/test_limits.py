"""The figures by address and in all, with addresses and times given."""

from __future__ import annotations

import ipaddress

import pytest

from helpdesk.errors import BadSetting
from mail_ingest.listener.limits import Counters, Limits, client_address, networks
from mail_ingest.replies import Reply

RELAY = "192.0.2.0/24"


@pytest.fixture
def counters() -> Counters:
    return Counters(Limits(), networks([RELAY, "2001:db8:1::7"], "HELPDESK_TRUSTED_MTAS"))


@pytest.mark.parametrize(
    ("first", "other", "together"),
    [
        ("198.51.100.1", "198.51.100.254", True),
        ("198.51.100.1", "198.51.101.1", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ],
)
def test_a_network_has_ten_connections(counters: Counters, first: str, other: str, together: bool) -> None:
    one, another = ipaddress.ip_address(first), ipaddress.ip_address(other)
    for _ in range(10):
        assert not counters.crowds(one)
        counters.enter(one)
    assert counters.crowds(one)
    assert counters.crowds(another) is together
    counters.leave(one)
    assert not counters.crowds(one)


def test_sixty_mails_a_minute_and_address(counters: Counters) -> None:
    client, neighbour = ipaddress.ip_address("198.51.100.1"), ipaddress.ip_address("198.51.100.2")
    assert [counters.begin_mail(client, 0, now=second) for second in range(30)] == [None] * 30
    assert [counters.begin_mail(client, 0, now=40) for _ in range(31)] == [None] * 30 + [Reply.TOO_MANY_MAILS]
    assert counters.begin_mail(neighbour, 0, now=40) is None
    assert counters.begin_mail(client, 0, now=59) is Reply.TOO_MANY_MAILS
    assert counters.begin_mail(client, 0, now=60) is None
    assert counters.begin_mail(client, 0, now=60) is Reply.TOO_MANY_MAILS


def test_one_ipv6_client_is_its_whole_64(counters: Counters) -> None:
    addresses = [ipaddress.ip_address(f"2001:db8::{number:x}") for number in range(1, 62)]
    assert [counters.begin_mail(one, 0, now=1) for one in addresses] == [None] * 60 + [Reply.TOO_MANY_MAILS]


def test_clients_of_the_last_minute_are_remembered_and_no_others(counters: Counters) -> None:
    base = ipaddress.IPv4Address("203.0.0.0")
    for number in range(5000):
        counters.begin_mail(base + number, 0, now=number)
    assert len(counters._mails) <= 1001


@pytest.mark.parametrize("client", ["192.0.2.9", "2001:db8:1::7", "127.0.0.1", "127.9.9.9", "::1", None])
def test_our_relays_and_this_machine_have_no_limit_by_address(counters: Counters, client: str | None) -> None:
    address = ipaddress.ip_address(client) if client else None
    for _ in range(100):
        assert not counters.crowds(address)
        counters.enter(address)
        assert counters.begin_mail(address, 0, now=1) is None
    assert counters.is_full()


def test_mail_that_would_not_fit_in_memory_waits(counters: Counters) -> None:
    counters.bytes_in_flight = 190 * 2**20
    assert counters.begin_mail(None, 11 * 2**20, now=1) is Reply.BUSY
    assert counters.begin_mail(None, 10 * 2**20, now=1) is None


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("198.51.100.1", 4000), "198.51.100.1"),
        (("::ffff:198.51.100.1", 4000, 0, 0), "198.51.100.1"),
        (("2001:db8::1", 4000, 0, 0), "2001:db8::1"),
        (("fe80::1%eth0", 4000, 0, 2), "fe80::1"),
        ("", None),
        (None, None),
        (("here", 1), None),
    ],
)
def test_the_client_is_known_by_its_address(peer: object, address: str | None) -> None:
    found = client_address(peer)
    assert (str(found) if found else None) == address


def test_a_setting_that_names_no_network_stops_the_start() -> None:
    with pytest.raises(BadSetting, match=r"HELPDESK_TRUSTED_MTAS is wrong: mail\.example\.com is not a network"):
        networks(["10.0.0.1", "mail.example.com"], "HELPDESK_TRUSTED_MTAS")
