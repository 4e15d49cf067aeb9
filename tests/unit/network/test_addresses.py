"""What a subnet may be and which addresses a port may have."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import NOON
from vmctld.domain.network import AllocationPool, Subnet
from vmctld.errors import InvalidRequest, NotSupported
from vmctld.network.addresses import (
    check_no_overlap,
    parse_address,
    parse_cidr,
    parse_dns_servers,
    parse_gateway,
    parse_pools,
    subnet_of_address,
)

CIDR = IPv4Network("10.20.0.0/24")


def a_subnet(cidr: str = "10.20.0.0/24", gateway: str | None = "10.20.0.1") -> Subnet:
    return Subnet("s1", "", "n1", "demo", cidr, gateway, (), (), NOON)


@pytest.mark.parametrize("text", ["10.20.0.0/24", " 192.168.7.0/30 ", "10.0.0.0/8"])
def test_a_range_that_guests_can_be_in_is_taken(text: str) -> None:
    assert str(parse_cidr(text)) == text.strip()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "form"),
        ("abc", "form"),
        ("10.20.0.0", "form"),
        ("10.20.0.0/", "form"),
        ("10.20.0.0/33", "form"),
        ("10.20.0.0/-1", "form"),
        ("10.20.0/24", "form"),
        ("10.20.0.256/24", "form"),
        ("10.20.0.0/255.255.255.0", "form"),
        ("10.20.0.0/24; rm -rf /", "form"),
        ("10.20.0.0/24\n", ""),
        ("10.20.0.5/24", r"10\.20\.0\.0/24"),
        ("10.20.0.0/31", "prefix"),
        ("10.20.0.4/32", "prefix"),
        ("0.0.0.0/0", "prefix"),
        ("8.0.0.0/6", "prefix"),
        ("0.0.0.0/8", "this host"),
        ("127.0.0.0/24", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("169.254.169.0/24", "link-local"),
        ("224.0.0.0/24", "multicast"),
        ("239.1.0.0/16", "multicast"),
        ("240.0.0.0/8", "reserved"),
        ("255.255.255.0/24", "reserved"),
    ],
)
def test_a_range_that_guests_cannot_be_in_is_refused_with_the_reason(text: str, why: str) -> None:
    if not why:  # blanks around it are no mistake
        assert str(parse_cidr(text)) == text.strip()
        return
    with pytest.raises(InvalidRequest, match=why) as refusal:
        parse_cidr(text)

    assert refusal.value.code == "invalid-cidr"


@pytest.mark.parametrize("text", ["fd00::/64", "::/0", "2001:db8::1/128"])
def test_an_ipv6_range_is_not_supported(text: str) -> None:
    with pytest.raises(NotSupported) as refusal:
        parse_cidr(text)

    assert refusal.value.code == "ipv6-not-supported"


@given(st.text(max_size=40))
def test_any_text_is_a_range_or_is_refused(text: str) -> None:
    try:
        network = parse_cidr(text)
    except (InvalidRequest, NotSupported):
        return

    assert str(network) == text.strip()


@pytest.mark.parametrize("other", ["10.20.0.0/16", "10.20.0.128/25", "10.20.0.0/24"])
def test_ranges_that_share_addresses_are_refused(other: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_no_overlap(CIDR, [a_subnet("10.30.0.0/24"), a_subnet(other)])

    assert refusal.value.code == "subnets-overlap"


def test_the_gateway_is_the_first_address_unless_one_is_given_or_none_is_wanted() -> None:
    assert parse_gateway(None, CIDR) == IPv4Address("10.20.0.1")
    assert parse_gateway("10.20.0.254", CIDR) == IPv4Address("10.20.0.254")
    assert parse_gateway("", CIDR) is None


@pytest.mark.parametrize("text", ["10.21.0.1", "10.20.0.0", "10.20.0.255", "gateway"])
def test_a_gateway_that_guests_cannot_reach_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_gateway(text, CIDR)

    assert refusal.value.code == "invalid-gateway"


def test_name_servers_are_addresses_each_kept_once() -> None:
    assert parse_dns_servers(["1.1.1.1", "9.9.9.9", " 1.1.1.1"]) == ("1.1.1.1", "9.9.9.9")


@pytest.mark.parametrize(
    ("servers", "code"),
    [
        (["dns.example"], "invalid-dns-server"),
        (["224.0.0.251"], "invalid-dns-server"),
        (["0.0.0.0"], "invalid-dns-server"),
        (["255.255.255.255"], "invalid-dns-server"),
        (["1.1.1.1\nserver=6.6.6.6"], "invalid-dns-server"),
        ([f"10.0.0.{n}" for n in range(1, 7)], "too-many-dns-servers"),
    ],
)
def test_name_servers_that_cannot_be_are_refused(servers: list[str], code: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_dns_servers(servers)

    assert refusal.value.code == code


def test_an_ipv6_name_server_is_not_supported() -> None:
    with pytest.raises(NotSupported):
        parse_dns_servers(["2001:4860:4860::8888"])


@pytest.mark.parametrize(
    ("gateway", "pools"),
    [
        (None, [("10.20.0.1", "10.20.0.254")]),
        ("10.20.0.1", [("10.20.0.2", "10.20.0.254")]),
        ("10.20.0.254", [("10.20.0.1", "10.20.0.253")]),
        ("10.20.0.9", [("10.20.0.1", "10.20.0.8"), ("10.20.0.10", "10.20.0.254")]),
    ],
)
def test_all_addresses_but_the_gateways_are_given_out_by_default(
    gateway: str | None, pools: list[tuple[str, str]]
) -> None:
    given = parse_pools((), CIDR, IPv4Address(gateway) if gateway else None)

    assert given == tuple(AllocationPool(first, last) for first, last in pools)


def test_pools_are_kept_sorted() -> None:
    low, high = AllocationPool("10.20.0.5", "10.20.0.9"), AllocationPool("10.20.0.50", "10.20.0.50")

    assert parse_pools([high, low], CIDR, None) == (low, high)


@pytest.mark.parametrize(
    ("pools", "why"),
    [
        ([("10.20.0.9", "10.20.0.5")], "before it begins"),
        ([("10.21.0.5", "10.21.0.9")], "not within"),
        ([("10.20.0.0", "10.20.0.9")], "not within"),
        ([("10.20.0.9", "10.20.0.255")], "not within"),
        ([("10.20.0.1", "10.20.0.9")], "gateway"),
        ([("10.20.0.5", "10.20.0.9"), ("10.20.0.9", "10.20.0.12")], "overlaps"),
        ([("10.20.0.5", "10.20.0.40"), ("10.20.0.9", "10.20.0.12")], "overlaps"),
        ([("five", "10.20.0.12")], "no IPv4 address"),
    ],
)
def test_pools_that_cannot_be_are_refused(pools: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refusal:
        parse_pools(
            [AllocationPool(first, last) for first, last in pools], CIDR, IPv4Address("10.20.0.1")
        )

    assert refusal.value.code == "invalid-pool"


def test_a_fixed_address_belongs_to_the_subnet_it_is_in() -> None:
    subnets = [a_subnet("10.30.0.0/24", None), a_subnet()]

    assert subnet_of_address(IPv4Address("10.20.0.77"), subnets) is subnets[1]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("10.20.0.0", "network's"),
        ("10.20.0.255", "broadcast"),
        ("10.20.0.1", "gateway"),
        ("10.21.0.5", "none of the network's subnets"),
    ],
)
def test_a_fixed_address_that_no_port_can_have_is_refused(address: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refusal:
        subnet_of_address(IPv4Address(address), [a_subnet()])

    assert refusal.value.code == "invalid-fixed-ip"


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.01", "10.0.0.1/24", "\u0661.1.1.1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_address(text, "fixed-ip")

    assert refusal.value.code == "invalid-fixed-ip"
