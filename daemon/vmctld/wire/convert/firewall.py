"""What is enforced at a port, as messages."""

from __future__ import annotations

from vmctl.v1 import network_pb2 as pb
from vmctld.domain.firewall import AddressPair, Direction, EtherType, GuardRule, PortGuard


def guard_to_proto(guard: PortGuard) -> pb.PortGuard:
    """Return ``guard`` as a message."""
    return pb.PortGuard(
        port_id=guard.port_id,
        mac=guard.mac,
        addresses=guard.addresses,
        rules=[_rule_to_proto(rule) for rule in guard.rules],
        pairs=[pb.AddressPair(cidr=pair.cidr, mac=pair.mac) for pair in guard.pairs],
        enabled=guard.enabled,
    )


def guard_from_proto(message: pb.PortGuard) -> PortGuard:
    """Return what is to be enforced at a port."""
    return PortGuard(
        port_id=message.port_id,
        mac=message.mac,
        addresses=tuple(message.addresses),
        rules=tuple(_rule_from_proto(rule) for rule in message.rules),
        pairs=tuple(AddressPair(pair.cidr, pair.mac) for pair in message.pairs),
        enabled=message.enabled,
    )


def _rule_to_proto(rule: GuardRule) -> pb.GuardRule:
    return pb.GuardRule(
        direction=rule.direction.value,
        ether_type=rule.ether_type.value,
        protocol=rule.protocol or "",
        first=rule.first,
        last=rule.last,
        remote=rule.remote or (),
        limited=rule.remote is not None,
        remote_group_id=rule.remote_group_id or "",
    )


def _rule_from_proto(message: pb.GuardRule) -> GuardRule:
    return GuardRule(
        direction=Direction(message.direction),
        ether_type=EtherType(message.ether_type),
        protocol=message.protocol or None,
        first=message.first if message.HasField("first") else None,
        last=message.last if message.HasField("last") else None,
        remote=tuple(message.remote) if message.limited else None,
        remote_group_id=message.remote_group_id or None,
    )
