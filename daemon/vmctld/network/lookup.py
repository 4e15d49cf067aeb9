"""Which network, subnet or port a reference means to a caller."""

from __future__ import annotations

from vmctld.domain.identity import Caller
from vmctld.domain.names import only_match
from vmctld.domain.network import Network, Port, Subnet
from vmctld.domain.security_group import SecurityGroup
from vmctld.storage.database import Tx
from vmctld.storage.repositories import networks, ports, security_groups, subnets

NETWORK_HINT = "vmctl network-list shows what there is"
SUBNET_HINT = "vmctl subnet-list shows what there is"
PORT_HINT = "vmctl port-list shows what there is"
GROUP = "security group"
GROUP_HINT = "vmctl secgroup-list shows what there is"


def find_network(tx: Tx, caller: Caller, reference: str) -> Network:
    """Return the network that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = networks.networks_named(tx, reference, caller.project_id, any_owner=caller.is_admin)
    return only_match(found, reference, "network", hint=NETWORK_HINT)


def find_subnet(tx: Tx, caller: Caller, reference: str) -> Subnet:
    """Return the subnet that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = subnets.subnets_named(tx, reference, caller.project_id, any_owner=caller.is_admin)
    return only_match(found, reference, "subnet", hint=SUBNET_HINT)


def find_port(tx: Tx, caller: Caller, reference: str) -> Port:
    """Return the port that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = ports.ports_named(tx, reference, caller.project_id, any_owner=caller.is_admin)
    return only_match(found, reference, "port", hint=PORT_HINT)


def find_security_group(tx: Tx, caller: Caller, reference: str) -> SecurityGroup:
    """Return the group that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = security_groups.groups_named(
        tx, reference, caller.project_id, any_owner=caller.is_admin
    )
    return only_match(found, reference, GROUP, hint=GROUP_HINT)
