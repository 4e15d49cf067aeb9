"""``secgroup-rule-*``: what the ports in a security group let pass."""

from __future__ import annotations

import re
from typing import Any

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.security_group_columns import RULE_COLUMNS, RULE_ROWS, tell_if_unfiltered
from vmctl_cli.errors import invalid
from vmctl_cli.output import Output
from vmctl_cli.reporting import for_each

NUMBER = click.IntRange(min=-(2**31), max=2**31 - 1)  # what the call can carry
ANY = -1  # nova's word for any ICMP type and code
_PORTS = re.compile(r"(-?[0-9]{1,9})(?:[:-]([0-9]{1,9}))?", re.ASCII)


@command(
    "secgroup-rule-list", examples=("vmctl secgroup-rule-list web", "vmctl secgroup-rule-list")
)
@click.argument("group", required=False)
@pass_output
@pass_client
def secgroup_rule_list(client: Client, output: Output, group: str | None) -> None:
    """List the rules of a security group, or of all."""
    groups = client.security_groups
    found = [groups.get(group)] if group else groups.list(all_projects=False)
    output.table((rule for one in found for rule in one.rules), RULE_COLUMNS)


@command(
    "secgroup-rule-show",
    examples=("vmctl secgroup-rule-show 5c9e1f9a-3e0b-4f0a-8a52-0c2f7a3c1d11",),
)
@click.argument("rule")
@pass_output
@pass_client
def secgroup_rule_show(client: Client, output: Output, rule: str) -> None:
    """Show one rule."""
    output.one(client.security_groups.rule(rule), RULE_ROWS)


@command(
    "secgroup-rule-create",
    examples=(
        "vmctl secgroup-rule-create --protocol tcp --dst-port 22 web",
        "vmctl secgroup-rule-create --protocol tcp --dst-port 8000:8999 --remote-ip 10.0.0.0/8 web",
        "vmctl secgroup-rule-create --protocol icmp --icmp-type 8 web",
        "vmctl secgroup-rule-create --protocol tcp --dst-port 5432 --remote-group web db",
        "vmctl secgroup-rule-create --egress --ethertype IPv6 web",
    ),
)
@click.argument("group")
@click.option("--ingress", "direction", flag_value="ingress", help="What comes in; the default.")
@click.option("--egress", "direction", flag_value="egress", help="What goes out.")
@click.option("--direction", "named_direction", metavar="ingress|egress", help="The same.")
@click.option("--ethertype", metavar="IPv4|IPv6", default="", help="IPv4, or as the addresses.")
@click.option("--protocol", metavar="NAME|NUMBER", default="", help="tcp, udp, icmp ...; or any.")
@click.option("--dst-port", metavar="PORT[:PORT]", help="Its port, or the first and the last.")
@click.option("--port-range-min", type=NUMBER, metavar="PORT", help="The first port.")
@click.option("--port-range-max", type=NUMBER, metavar="PORT", help="The last port.")
@click.option("--icmp-type", type=NUMBER, metavar="TYPE", help="Of ICMP, its type.")
@click.option("--icmp-code", type=NUMBER, metavar="CODE", help="Of ICMP, its code.")
@click.option(
    "--remote-ip",
    "--remote-ip-prefix",
    "remote_ip",
    metavar="CIDR",
    default="",
    help="Only these addresses.",
)
@click.option(
    "--remote-group",
    "--remote-group-id",
    "remote_group",
    metavar="GROUP",
    default="",
    help="Only what is in this group.",
)
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@pass_output
@pass_client
def secgroup_rule_create(
    client: Client,
    output: Output,
    group: str,
    direction: str | None,
    named_direction: str | None,
    ethertype: str,
    protocol: str,
    remote_ip: str,
    remote_group: str,
    description: str,
    **numbers: Any,
) -> None:
    """Allow something more in a security group, on running servers within seconds.

    Enforced on the bridge network alone: in user mode groups and rules are kept, and nothing is
    filtered.
    """
    from vmctl_cli.client.security_groups import RuleWish

    if direction and named_direction and direction != named_direction:
        raise invalid(f"--{direction} and --direction {named_direction} exclude each other")
    first, last = _range(**numbers)
    wish = RuleWish(
        direction=direction or named_direction or "",
        ether_type=ethertype,
        protocol=protocol,
        port_range_min=first,
        port_range_max=last,
        remote_ip_prefix=remote_ip,
        remote_group=remote_group,
        description=description,
    )
    made = client.security_groups.create_rule(group, wish)
    output.one(made, RULE_ROWS)
    tell_if_unfiltered(output, enforced=made.enforced)


@command(
    "secgroup-rule-delete",
    examples=("vmctl secgroup-rule-delete 5c9e1f9a-3e0b-4f0a-8a52-0c2f7a3c1d11",),
)
@click.argument("rules", nargs=-1, required=True, metavar="RULE...")
@pass_output
@pass_client
def secgroup_rule_delete(client: Client, output: Output, rules: tuple[str, ...]) -> None:
    """Delete rules; connections that they alone allowed are cut off."""

    def delete(rule: str) -> None:
        client.security_groups.delete_rule(rule)
        output.say(f"Rule {rule} is deleted.")

    for_each(rules, delete, output.format)


def _range(
    dst_port: str | None,
    port_range_min: int | None,
    port_range_max: int | None,
    icmp_type: int | None,
    icmp_code: int | None,
) -> tuple[int | None, int | None]:
    """Return first and last port, or ICMP type and code, in whichever words they came."""
    ways = {
        "--dst-port": _ports(dst_port),
        "--port-range-min and --port-range-max": (port_range_min, port_range_max),
        "--icmp-type and --icmp-code": (icmp_type, icmp_code),
    }
    given = {name: way for name, way in ways.items() if way != (None, None)}
    if len(given) > 1:
        raise invalid(f"{' excludes '.join(given)}", hint="give the ports, or the ICMP type, once")
    first, last = next(iter(given.values()), (None, None))
    return (None if first == ANY else first), (None if last == ANY else last)


def _ports(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    match = _PORTS.fullmatch(text.strip())
    if match is None:
        raise invalid(f"--dst-port takes PORT or FIRST:LAST, not {text!r}")
    first, last = match.groups()
    return int(first), int(last or first)
