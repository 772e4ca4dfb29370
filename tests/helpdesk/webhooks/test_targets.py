"""Where webhooks may go: addresses that are read strictly, and look-ups that are judged whole."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from helpdesk.errors import Refused
from helpdesk.webhooks import targets
from helpdesk.webhooks.targets import Target

ALLOWED = ("crm.lan", "127.0.0.1")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", Target(True, "hooks.example.com", 443, "/", False)),
        ("https://Hooks.Example.com./a/b?c=d", Target(True, "hooks.example.com", 443, "/a/b?c=d", False)),
        ("https://hooks.example.com:8443/a", Target(True, "hooks.example.com", 8443, "/a", False)),
        ("https://93.184.216.34/a", Target(True, "93.184.216.34", 443, "/a", False)),
        ("https://[2606:2800:220:1:248:1893:25c8:1946]/a", Target(True, "2606:2800:220:1:248:1893:25c8:1946", 443, "/a", False)),
        ("http://crm.lan/hook", Target(False, "crm.lan", 80, "/hook", True)),
        ("http://CRM.lan:81/hook", Target(False, "crm.lan", 81, "/hook", True)),
        ("http://127.0.0.1:9000/", Target(False, "127.0.0.1", 9000, "/", True)),
    ],
)  # fmt: skip
def test_what_may_be_told_is_read(url: str, target: Target) -> None:
    assert targets.read(url, ALLOWED) == target


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.com/", "Only https"),
        ("ftp://hooks.example.com/", "Only https"),
        ("file:///etc/passwd", "Only https"),
        ("gopher://crm.lan/", "Only https"),
        ("//hooks.example.com/", "Only https"),
        ("hooks.example.com/", "Only https"),
        ("", "Only https"),
        ("https://user@hooks.example.com/", "name or password"),
        ("https://user:secret@hooks.example.com/", "name or password"),
        ("https://hooks.example.com@127.0.0.1/", "name or password"),
        ("https://hooks.example.com/#part", "#"),
        ("https://hooks.example.com#@127.0.0.1/", "#"),
        ("https://hooks.example.com:22/", "Port 22"),
        ("https://hooks.example.com:0/", "Port 0"),
        ("https://hooks.example.com:80/", "Port 80"),
        ("http://crm.lan:0/", "Port 0"),
        ("https://hooks.example.com:99999/", "not an address"),
        ("https://hooks.example.com:x/", "not an address"),
        ("https://[::1/", "not an address"),
        ("https:///path", "name of a host"),
        ("https://exa mple.com/", "no spaces"),
        ("https://example.com\\@127.0.0.1/", "no spaces"),
        ("https://example.com/\r\nHost: x", "no spaces"),
        ("https://bücher.example/", "no spaces"),
        ("https://example.com/" + "x" * 2000, "2000 characters"),
        ("https://-x.example.com/", "name of a host"),
        ("https://a..example.com/", "name of a host"),
        ("https://2130706433/", "name of a host"),
        ("https://0x7f000001/", "name of a host"),
        ("https://017700000001/", "name of a host"),
        ("https://127.1/", "name of a host"),
        ("https://0177.0.0.1/", "name of a host"),
        ("https://0x7f.0.0.1/", "name of a host"),
        ("https://127.0.0.1./", "no public address"),
        ("https://10.0.0.1/", "no public address"),
        ("https://[::1]/", "no public address"),
        ("https://[::ffff:127.0.0.1]/", "no public address"),
        ("https://localhost/", "inside a house"),
        ("https://crm/", "inside a house"),
        ("https://metadata.google.internal/", "inside a house"),
        ("https://printer.local/", "inside a house"),
    ],
)
def test_what_may_not_be_told_is_refused_with_its_reason(url: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        targets.read(url, ("crm.lan",))
    assert refused.value.field == "url"


NEVER = [
    "0.0.0.0",  # noqa: S104  (nothing is bound)
    "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "100.100.100.200",
    "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::5db8:d822", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1",
    "2001:db8::1", "2002:7f00:1::", "2002:5db8:d822::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "100.63.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
]
HOME = ["10.1.2.3", "100.64.0.1", "127.0.0.1", "172.16.0.1", "192.168.1.1", "::1", "fd12:3456::1"]


@pytest.mark.parametrize("address", NEVER)
def test_an_address_that_only_we_reach_is_none(address: str) -> None:
    with pytest.raises(Refused, match="no public address"):
        targets.choose([address], private=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(address: str) -> None:
    assert targets.choose([address], private=False) == str(ip_address(address))


@pytest.mark.parametrize("address", HOME + PUBLIC)
def test_a_host_that_the_setting_names_may_be_at_home(address: str) -> None:
    assert targets.choose([address], private=True) == str(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [one for one in NEVER if one not in (*HOME, "::1", "127.255.255.254", "100.127.255.254", "172.31.255.255", "fc00::1")],
)
def test_but_never_link_local_metadata_multicast_or_translated(address: str) -> None:
    with pytest.raises(Refused):
        targets.choose([address], private=True)


@pytest.mark.parametrize("found", [["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["2606:4700::1111", "::1"]])
def test_one_bad_address_among_good_ones_is_enough(found: list[str]) -> None:
    with pytest.raises(Refused, match="no public address"):
        targets.choose(found, private=False)


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(Refused, match="no address"):
        targets.choose([], private=False)


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://hooks.example.com/", "hooks.example.com"),
        ("https://hooks.example.com:8443/", "hooks.example.com:8443"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("http://crm.lan/", "crm.lan"),
        ("http://crm.lan:81/", "crm.lan:81"),
    ],
)
def test_the_host_header_is_the_name_and_not_the_pinned_address(url: str, header: str) -> None:
    assert targets.read(url, ALLOWED).host_header == header
