"""Security groups, their rules, and what hosts enforce, on the wire."""

from __future__ import annotations

from vmctl.v1 import network_pb2
from vmctl.v1 import security_group_pb2 as pb
from vmctld.domain.firewall import AddressPair, GuardBook
from vmctld.domain.security_group import RuleRequest, SecurityGroup, SecurityGroupRule
from vmctld.wire.convert.common import time_to_proto
from vmctld.wire.convert.firewall import guard_from_proto, guard_to_proto


def group_to_proto(group: SecurityGroup, *, enforced: bool) -> pb.SecurityGroup:
    """Return ``group`` as a message; ``enforced`` tells whether new ports are filtered."""
    return pb.SecurityGroup(
        id=group.id,
        name=group.name,
        project_id=group.project_id,
        description=group.description,
        rules=[rule_to_proto(rule, enforced=enforced) for rule in group.rules],
        created_at=time_to_proto(group.created_at),
        enforced=enforced,
    )


def rule_to_proto(rule: SecurityGroupRule, *, enforced: bool) -> pb.SecurityGroupRule:
    """Return ``rule`` as a message."""
    return pb.SecurityGroupRule(
        id=rule.id,
        security_group_id=rule.group_id,
        project_id=rule.project_id,
        direction=rule.direction.value,
        ether_type=rule.ether_type.value,
        protocol=rule.protocol or "",
        port_range_min=rule.first,
        port_range_max=rule.last,
        remote_ip_prefix=rule.remote_cidr or "",
        remote_group_id=rule.remote_group_id or "",
        description=rule.description,
        created_at=time_to_proto(rule.created_at),
        enforced=enforced,
    )


def rule_request_from_proto(message: pb.CreateSecurityGroupRuleRequest) -> RuleRequest:
    """Return the rule that was asked for."""
    return RuleRequest(
        direction=message.direction,
        ether_type=message.ether_type,
        protocol=message.protocol,
        first=message.port_range_min if message.HasField("port_range_min") else None,
        last=message.port_range_max if message.HasField("port_range_max") else None,
        remote_cidr=message.remote_ip_prefix,
        remote_group=message.remote_group,
        description=message.description,
    )


def pair_from_proto(message: network_pb2.AddressPair) -> AddressPair:
    """Return the source that a port may use besides its own."""
    return AddressPair(message.cidr, message.mac)


def book_to_proto(book: GuardBook | None) -> pb.ListHostGuardsResponse:
    """Return what a host is to enforce, None being what it enforces already."""
    if book is None:
        return pb.ListHostGuardsResponse(unchanged=True)
    return pb.ListHostGuardsResponse(
        digest=book.digest,
        networks=[
            pb.NetworkGuards(network_id=network_id, guards=map(guard_to_proto, guards))
            for network_id, guards in book.networks.items()
        ],
        members=[
            pb.GroupMembers(security_group_id=group_id, addresses=addresses)
            for group_id, addresses in book.members.items()
        ],
    )


def book_from_proto(message: pb.ListHostGuardsResponse) -> GuardBook | None:
    """Return what a host is to enforce; None: what it enforces already."""
    if message.unchanged:
        return None
    return GuardBook(
        digest=message.digest,
        networks={
            network.network_id: tuple(map(guard_from_proto, network.guards))
            for network in message.networks
        },
        members={group.security_group_id: tuple(group.addresses) for group in message.members},
    )
