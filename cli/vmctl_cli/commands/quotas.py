"""``quota-*``: how much a project may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.refused import refuses
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output

COLUMNS = (Column("Quota", "resource"), Column("Limit", "limit"), Column("In_Use", "used"))
DEFAULT_COLUMNS = COLUMNS[:2]
LIMIT = click.IntRange(min=-1, max=2**62)
LIMITS = (
    click.option("--instances", type=LIMIT, metavar="N", help="Servers; -1 is unlimited."),
    click.option("--cores", type=LIMIT, metavar="N", help="Virtual processors."),
    click.option("--ram", "ram_mib", type=LIMIT, metavar="MIB", help="RAM."),
    click.option("--metadata-items", type=LIMIT, metavar="N", help="Metadata of each server."),
    click.option("--key-pairs", type=LIMIT, metavar="N", help="Key pairs of each user."),
    click.option("--security-groups", type=LIMIT, metavar="N", help="Security groups."),
    click.option("--security-group-rules", type=LIMIT, metavar="N", help="Rules of all of them."),
    click.option("--server-groups", type=LIMIT, metavar="N", help="Server groups."),
    click.option("--server-group-members", type=LIMIT, metavar="N", help="Servers of each group."),
)
F = TypeVar("F", bound=Callable[..., Any])


def takes_limits(function: F) -> F:
    """Give a command an option for each limit."""
    for option in reversed(LIMITS):
        function = option(function)
    return function


@command("quota-show", examples=("vmctl quota-show", "vmctl quota-show --tenant web"))
@click.option("--tenant", metavar="PROJECT", default="", help="Another project's; for admins.")
@click.option("--detail", is_flag=True, help="Accepted; what is in use is always shown.")
@refuses("--user")
@pass_output
@pass_client
def quota_show(client: Client, output: Output, tenant: str, detail: bool) -> None:
    """Show what a project may have and has."""
    output.table(client.quotas.get(tenant).quotas, COLUMNS, id_key="resource")


@command("quota-defaults", examples=("vmctl quota-defaults",))
@click.option("--tenant", metavar="PROJECT", help="Accepted; the defaults are the same for all.")
@pass_output
@pass_client
def quota_defaults(client: Client, output: Output, tenant: str | None) -> None:
    """Show what a project may have that has no limits of its own."""
    output.table(client.quotas.get_class("").quotas, DEFAULT_COLUMNS, id_key="resource")


@command("quota-update", examples=("vmctl quota-update --instances 20 --ram 65536 web",))
@click.argument("project", metavar="PROJECT")
@takes_limits
@click.option("--force", is_flag=True, help="Also below what is in use, which stays.")
@refuses("--user")
@pass_output
@pass_client
def quota_update(
    client: Client, output: Output, project: str, force: bool, **limits: int | None
) -> None:
    """Change what a project may have."""
    changed = client.quotas.update(project, _given(limits), force=force)
    output.table(changed.quotas, COLUMNS, id_key="resource")


@command("quota-delete", examples=("vmctl quota-delete --tenant web",))
@click.option("--tenant", metavar="PROJECT", default="", help="Another project's.")
@refuses("--user")
@pass_output
@pass_client
def quota_delete(client: Client, output: Output, tenant: str) -> None:
    """Take a project's own limits away, so that the defaults hold."""
    client.quotas.reset(tenant)
    output.say(f"Quotas of {tenant or 'this project'} are the defaults now.")


@command("quota-class-show", examples=("vmctl quota-class-show default",))
@click.argument("quota_class", metavar="CLASS")
@pass_output
@pass_client
def quota_class_show(client: Client, output: Output, quota_class: str) -> None:
    """Show the limits of a class; "default" is the only one."""
    found = client.quotas.get_class(quota_class)
    output.table(found.quotas, DEFAULT_COLUMNS, id_key="resource")


@command("quota-class-update", examples=("vmctl quota-class-update --instances 50 default",))
@click.argument("quota_class", metavar="CLASS")
@takes_limits
@pass_output
@pass_client
def quota_class_update(
    client: Client, output: Output, quota_class: str, **limits: int | None
) -> None:
    """Change what every project may have that has no limits of its own."""
    changed = client.quotas.update_class(quota_class, _given(limits))
    output.table(changed.quotas, DEFAULT_COLUMNS, id_key="resource")


def _given(limits: dict[str, int | None]) -> dict[str, int]:
    given = {resource: limit for resource, limit in limits.items() if limit is not None}
    if not given:
        raise invalid("there is nothing to change", hint="for instance: --instances 20")
    return given
