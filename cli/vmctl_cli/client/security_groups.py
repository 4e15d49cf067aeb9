"""Security groups: what may come to servers and leave them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import network_pb2
from vmctl.v1 import security_group_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.security_group_pb2_grpc import SecurityGroupServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.network_records import AddressPair, Port, port_from
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """One thing that is allowed; None: any.  Not ``enforced``: hosts filter nothing."""

    id: str
    security_group_id: str
    project_id: str
    direction: str
    ether_type: str
    protocol: str | None
    port_range_min: int | None
    port_range_max: int | None
    remote_ip_prefix: str | None
    remote_group_id: str | None
    description: str | None
    created_at: str | None
    enforced: bool


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A project's rules under one name.  Not ``enforced``: hosts filter nothing."""

    id: str
    name: str
    project_id: str
    description: str | None
    rules: tuple[SecurityGroupRule, ...]
    created_at: str | None
    enforced: bool


@dataclass(frozen=True, slots=True)
class RuleWish:
    """A rule to be; empty: any, or what goes without saying."""

    direction: str = ""
    ether_type: str = ""
    protocol: str = ""
    port_range_min: int | None = None
    port_range_max: int | None = None
    remote_ip_prefix: str = ""
    remote_group: str = ""
    description: str = ""


class SecurityGroups:
    """The security group service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> SecurityGroupServiceStub:
        return SecurityGroupServiceStub(self._calls.channel)

    def create(self, name: str, description: str) -> SecurityGroup:
        """Make a group, into which nothing may come yet."""
        request = pb.CreateSecurityGroupRequest(name=name, description=description)
        return _group(self._calls.unary(self._stub.CreateSecurityGroup, request))

    def get(self, group: str) -> SecurityGroup:
        """Return the group of that name or id."""
        request = pb.GetSecurityGroupRequest(security_group=group)
        return _group(self._calls.unary(self._stub.GetSecurityGroup, request, repeatable=True))

    def list(self, *, all_projects: bool) -> Iterator[SecurityGroup]:
        """Return groups, sorted by name."""

        def fetch(page: Page) -> Sequence[pb.SecurityGroup]:
            request = pb.ListSecurityGroupsRequest(page=page, all_projects=all_projects)
            answer = self._calls.unary(self._stub.ListSecurityGroups, request, repeatable=True)
            return [*answer.security_groups]

        yield from map(_group, all_of(fetch, lambda group: group.id))

    def update(self, group: str, name: str | None, description: str | None) -> SecurityGroup:
        """Change a group's name or description; None: it stays."""
        request = pb.UpdateSecurityGroupRequest(
            security_group=group, name=name, description=description
        )
        return _group(self._calls.unary(self._stub.UpdateSecurityGroup, request))

    def delete(self, group: str) -> None:
        """Forget a group that nothing is in."""
        request = pb.DeleteSecurityGroupRequest(security_group=group)
        self._calls.unary(self._stub.DeleteSecurityGroup, request)

    def create_rule(self, group: str, wish: RuleWish) -> SecurityGroupRule:
        """Allow something more."""
        request = pb.CreateSecurityGroupRuleRequest(
            security_group=group,
            direction=wish.direction,
            ether_type=wish.ether_type,
            protocol=wish.protocol,
            port_range_min=wish.port_range_min,
            port_range_max=wish.port_range_max,
            remote_ip_prefix=wish.remote_ip_prefix,
            remote_group=wish.remote_group,
            description=wish.description,
        )
        return _rule(self._calls.unary(self._stub.CreateSecurityGroupRule, request))

    def rule(self, rule: str) -> SecurityGroupRule:
        """Return the rule of that id."""
        request = pb.GetSecurityGroupRuleRequest(id=rule)
        return _rule(self._calls.unary(self._stub.GetSecurityGroupRule, request, repeatable=True))

    def delete_rule(self, rule: str) -> None:
        """Allow something no more."""
        request = pb.DeleteSecurityGroupRuleRequest(id=rule)
        self._calls.unary(self._stub.DeleteSecurityGroupRule, request)

    def of_server(self, instance_id: str) -> Sequence[SecurityGroup]:
        """Return the groups that a server's ports are in."""
        request = pb.ListInstanceGroupsRequest(instance_id=instance_id)
        answer = self._calls.unary(self._stub.ListInstanceGroups, request, repeatable=True)
        return [*map(_group, answer.security_groups)]

    def add_to_server(self, instance_id: str, group: str) -> bool:
        """Put a server's ports into a group; return whether its rules are enforced there."""
        request = pb.AddInstanceGroupRequest(instance_id=instance_id, security_group=group)
        return self._calls.unary(self._stub.AddInstanceGroup, request).enforced

    def remove_from_server(self, instance_id: str, group: str) -> None:
        """Take a server's ports out of a group."""
        request = pb.RemoveInstanceGroupRequest(instance_id=instance_id, security_group=group)
        self._calls.unary(self._stub.RemoveInstanceGroup, request)

    def update_port(
        self,
        port: str,
        *,
        groups: Sequence[str] | None,
        port_security: bool | None,
        pairs: Sequence[AddressPair] | None,
    ) -> Port:
        """Change what is enforced at a port; None: it stays."""
        request = pb.UpdatePortSecurityRequest(
            port=port,
            security_groups=None if groups is None else pb.SecurityGroupNames(names=groups),
            port_security=port_security,
            address_pairs=None if pairs is None else pb.AddressPairs(pairs=map(_pair, pairs)),
        )
        return port_from(self._calls.unary(self._stub.UpdatePortSecurity, request))


def _pair(pair: AddressPair) -> network_pb2.AddressPair:
    return network_pb2.AddressPair(cidr=pair.ip_address, mac=pair.mac_address or "")


def _group(message: pb.SecurityGroup) -> SecurityGroup:
    return SecurityGroup(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        description=or_none(message.description),
        rules=tuple(map(_rule, message.rules)),
        created_at=time_of(message, "created_at"),
        enforced=message.enforced,
    )


def _rule(message: pb.SecurityGroupRule) -> SecurityGroupRule:
    return SecurityGroupRule(
        id=message.id,
        security_group_id=message.security_group_id,
        project_id=message.project_id,
        direction=message.direction,
        ether_type=message.ether_type,
        protocol=or_none(message.protocol),
        port_range_min=message.port_range_min if message.HasField("port_range_min") else None,
        port_range_max=message.port_range_max if message.HasField("port_range_max") else None,
        remote_ip_prefix=or_none(message.remote_ip_prefix),
        remote_group_id=or_none(message.remote_group_id),
        description=or_none(message.description),
        created_at=time_of(message, "created_at"),
        enforced=message.enforced,
    )
