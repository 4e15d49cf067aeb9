"""Security groups: what a project allows at its ports, as its people wrote it down."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from vmctld.domain.firewall import Direction, EtherType, GuardRule
from vmctld.domain.network import PortSecurity

DEFAULT_NAME = "default"


@dataclass(frozen=True, slots=True)
class RuleRequest:
    """A rule as it was asked for: nothing checked, its remote group a name or an id."""

    direction: str = ""
    ether_type: str = ""
    protocol: str = ""
    first: int | None = None
    last: int | None = None
    remote_cidr: str = ""
    remote_group: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """One thing that is allowed.  None: any."""

    id: str
    group_id: str
    project_id: str
    direction: Direction
    ether_type: EtherType
    protocol: str | None
    first: int | None  # port, or ICMP type
    last: int | None  # port, or ICMP code
    remote_cidr: str | None
    remote_group_id: str | None
    description: str
    created_at: datetime

    @property
    def meaning(self) -> GuardRule:
        """Return what it allows; two rules of a group that mean the same are one too many."""
        return GuardRule(
            direction=self.direction,
            ether_type=self.ether_type,
            protocol=self.protocol,
            first=self.first,
            last=self.last,
            remote=None if self.remote_cidr is None else (self.remote_cidr,),
            remote_group_id=self.remote_group_id,
        )


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A project's rules under one name, the oldest first."""

    id: str
    name: str
    project_id: str
    description: str
    rules: tuple[SecurityGroupRule, ...]
    created_at: datetime


def default_group_id(project_id: str) -> str:
    """Return the id of a project's default group, known before the group is made."""
    return str(uuid.uuid5(_NAMESPACE, f"{project_id}/{DEFAULT_NAME}"))


def groups_at(security: PortSecurity, project_id: str) -> tuple[str, ...]:
    """Return the ids of the groups in force at a port; none where nothing is enforced."""
    if not security.enabled:
        return ()
    if security.group_ids is None:
        return (default_group_id(project_id),)
    return security.group_ids


def new_group(
    group_id: str, name: str, project_id: str, description: str, now: datetime
) -> SecurityGroup:
    """Return a group as neutron begins them: what leaves is free, nothing comes in.

    The default group lets its own members in.
    """
    rules = [
        _open_rule(group_id, project_id, Direction.EGRESS, kind, None, now) for kind in EtherType
    ]
    if name == DEFAULT_NAME:
        rules += [
            _open_rule(group_id, project_id, Direction.INGRESS, kind, group_id, now)
            for kind in EtherType
        ]
    rules.sort(key=lambda rule: rule.id)  # as those of one time are kept
    return SecurityGroup(group_id, name, project_id, description, tuple(rules), now)


_NAMESPACE = uuid.UUID("7f0e6a4e-58f6-4b5a-9a43-4f1d6a8f3c0b")  # ours; any other would do


def _open_rule(
    group_id: str,
    project_id: str,
    direction: Direction,
    ether_type: EtherType,
    remote_group_id: str | None,
    now: datetime,
) -> SecurityGroupRule:
    return SecurityGroupRule(
        id=str(uuid.uuid5(uuid.UUID(group_id), f"{direction.value}/{ether_type.value}")),
        group_id=group_id,
        project_id=project_id,
        direction=direction,
        ether_type=ether_type,
        protocol=None,
        first=None,
        last=None,
        remote_cidr=None,
        remote_group_id=remote_group_id,
        description="",
        created_at=now,
    )
