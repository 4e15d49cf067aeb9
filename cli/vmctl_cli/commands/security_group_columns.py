"""How security groups and their rules look in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column

if TYPE_CHECKING:
    from vmctl_cli.client.security_groups import SecurityGroup, SecurityGroupRule

UNFILTERED = (
    "hosts wire servers in user mode, which filters nothing: groups and rules are kept and not "
    "enforced; nothing gets to a guest there but through its forwarded ports"
)
USER_MODE = (
    "Enforced on the bridge network alone: in user mode groups and rules are kept, and nothing "
    "is filtered."
)


def tell_if_unfiltered(output: Output, *, enforced: bool) -> None:
    """Warn where what was asked for is kept and has no effect."""
    if not enforced:
        output.say(f"warning: {UNFILTERED}")


def _ports(rule: SecurityGroupRule) -> str | None:
    first, last = rule.port_range_min, rule.port_range_max
    if rule.protocol in ("icmp", "icmpv6"):
        parts = {"type": first, "code": last}
        return " ".join(f"{word}={number}" for word, number in parts.items() if number is not None)
    if first is None:
        return None
    return str(first) if first == last else f"{first}-{last}"


def _remote(rule: SecurityGroupRule) -> str | None:
    return rule.remote_group_id or rule.remote_ip_prefix


def _in_words(rule: SecurityGroupRule) -> str:
    parts = (rule.direction, rule.ether_type, rule.protocol, _ports(rule), _remote(rule))
    return " ".join(part for part in parts if part)


def _rules(group: SecurityGroup) -> str:
    return "\n".join(map(_in_words, group.rules))


GROUP_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Description", "description"),
    Column("Rules", "rules", lambda group: str(len(group.rules))),
)
GROUP_ROWS = (
    time_column("created_at", "created_at"),
    Column("description", "description"),
    Column("enforced", "enforced"),
    Column("id", "id"),
    Column("name", "name"),
    Column("rules", "rules", _rules),
    Column("tenant_id", "project_id"),
)
RULE_COLUMNS = (
    Column("ID", "id"),
    Column("Direction", "direction"),
    Column("Ether Type", "ether_type"),
    Column("IP Protocol", "protocol"),
    Column("Port Range", "port_range_min", _ports),
    Column("Remote", "remote_ip_prefix", _remote),
    Column("Security Group", "security_group_id"),
)
RULE_ROWS = (
    time_column("created_at", "created_at"),
    Column("description", "description"),
    Column("direction", "direction"),
    Column("enforced", "enforced"),
    Column("ethertype", "ether_type"),
    Column("id", "id"),
    Column("port_range_max", "port_range_max"),
    Column("port_range_min", "port_range_min"),
    Column("protocol", "protocol"),
    Column("remote_group_id", "remote_group_id"),
    Column("remote_ip_prefix", "remote_ip_prefix"),
    Column("security_group_id", "security_group_id"),
    Column("tenant_id", "project_id"),
)
