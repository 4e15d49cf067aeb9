"""``quota-show``, ``quota-update``: how much a project may have."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.refused import refuses
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output

COLUMNS = (Column("Quota", "resource"), Column("Limit", "limit"), Column("In_Use", "used"))
LIMIT = click.IntRange(min=-1, max=2**62)


@command("quota-show", examples=("vmctl quota-show", "vmctl quota-show --tenant web"))
@click.option("--tenant", metavar="PROJECT", default="", help="Another project's; for admins.")
@click.option("--detail", is_flag=True, help="Accepted; what is in use is always shown.")
@refuses("--user")
@pass_output
@pass_client
def quota_show(client: Client, output: Output, tenant: str, detail: bool) -> None:
    """Show what a project may have and has."""
    output.table(client.quotas.get(tenant).quotas, COLUMNS, id_key="resource")


@command("quota-update", examples=("vmctl quota-update --instances 20 --ram 65536 web",))
@click.argument("project", metavar="PROJECT")
@click.option("--instances", type=LIMIT, metavar="N", help="Servers; -1 is unlimited.")
@click.option("--cores", type=LIMIT, metavar="N", help="Virtual processors.")
@click.option("--ram", "ram_mib", type=LIMIT, metavar="MIB", help="RAM.")
@click.option("--key-pairs", type=LIMIT, metavar="N", help="Key pairs of each user.")
@click.option("--metadata-items", type=LIMIT, metavar="N", help="Metadata of each server.")
@refuses("--user", "--server-groups", "--server-group-members", flags=("--force",))
@pass_output
@pass_client
def quota_update(client: Client, output: Output, project: str, **limits: int | None) -> None:
    """Change what a project may have."""
    given = {resource: limit for resource, limit in limits.items() if limit is not None}
    if not given:
        raise invalid("there is nothing to change", hint="for instance: --instances 20")
    output.table(client.quotas.update(project, given).quotas, COLUMNS, id_key="resource")
