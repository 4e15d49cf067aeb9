"""Which hosts have to hear of a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.clock import NOON
from tests.support.networks import a_network, a_port
from vmctld.domain.firewall import AddressPair
from vmctld.domain.network import BRIDGE, PortSecurity
from vmctld.domain.security_group import new_group
from vmctld.network.affected import hosts_of_change, hosts_that_name, hosts_with
from vmctld.storage.database import Database
from vmctld.storage.repositories import networks, ports, security_groups

A = "3f2b1c66-1111-4222-8333-444455556666"
B = "3f2b1c66-1111-4222-8333-444455556667"


@pytest.fixture(autouse=True)
def some_ports(database: Database) -> None:
    """Keep ports in A on h1, in B on h2, in A in user mode on h3; B has a rule for A."""
    with database.write() as tx:
        networks.insert_network(tx, a_network())
        for group_id, name in ((A, "a"), (B, "b")):
            security_groups.insert_group(tx, new_group(group_id, name, "demo", "", NOON))
        rule = replace(new_group(B, "b", "demo", "", NOON).rules[0], id="r", remote_group_id=A)
        security_groups.insert_rule(tx, rule)
        for number, (group_id, kind) in enumerate(((A, BRIDGE), (B, BRIDGE), (A, "user")), 1):
            port = replace(
                a_port(f"p{number}", device_id=f"i{number}"),
                host=f"h{number}",
                kind=kind,
                security=PortSecurity((group_id,)),
            )
            ports.insert_port(tx, port, made_for_device=True)


def test_a_changed_rule_is_for_the_hosts_of_its_groups_bridged_ports(database: Database) -> None:
    with database.read() as tx:
        assert hosts_with(tx, [(A, "demo")]) == {"h1"}
        assert hosts_with(tx, [(A, "other")]) == set()
        assert hosts_with(tx, []) == set()


def test_changed_members_are_for_the_hosts_whose_ports_have_rules_for_them(
    database: Database,
) -> None:
    with database.read() as tx:
        assert hosts_that_name(tx, [A]) == {"h2"}
        assert hosts_that_name(tx, [B]) == set()
        assert hosts_that_name(tx, []) == set()


def test_a_changed_port_is_for_its_host_and_those_that_its_groups_matter_to(
    database: Database,
) -> None:
    in_a, in_b = PortSecurity((A,)), PortSecurity((B,))
    in_both = PortSecurity((A, B))
    with_pair = replace(in_a, pairs=(AddressPair("10.0.0.1", ""),))

    with database.read() as tx:
        assert hosts_of_change(tx, "demo", in_a, in_b, "h9") == {"h2", "h9"}
        assert hosts_of_change(tx, "demo", in_a, in_both, "h9") == {"h9"}
        assert hosts_of_change(tx, "demo", in_a, with_pair, None) == {"h2"}
        assert hosts_of_change(tx, "demo", in_b, PortSecurity(()), None) == set()
