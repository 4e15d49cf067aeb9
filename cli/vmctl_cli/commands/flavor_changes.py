"""``flavor-update``, ``flavor-key``, ``flavor-access-*``: what can change about a flavor."""

from __future__ import annotations

import click

from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.flavors import SHOW_ROWS
from vmctl_cli.output import Column, Output

ACCESS_COLUMNS = (Column("Flavor_ID", "flavor_id"), Column("Tenant_ID", "project_id"))


@command("flavor-update", examples=("vmctl flavor-update big 'for databases'",))
@click.argument("flavor")
@click.argument("description")
@pass_output
@pass_client
def flavor_update(client: Client, output: Output, flavor: str, description: str) -> None:
    """Change what a flavor is said to be for."""
    output.one(client.flavors.describe(flavor, description), SHOW_ROWS)


@command(
    "flavor-key",
    examples=("vmctl flavor-key big set hw:cpu_policy=shared", "vmctl flavor-key big unset hw:a"),
)
@click.argument("flavor")
@click.argument("action", type=click.Choice(("set", "unset")))
@click.argument("specs", nargs=-1, required=True, metavar="KEY=VALUE...")
@pass_client
def flavor_key(client: Client, flavor: str, action: str, specs: tuple[str, ...]) -> None:
    """Set or unset a flavor's extra specs."""
    if action == "set":
        client.flavors.set_specs(flavor, pairs(specs))
    else:
        client.flavors.unset_specs(flavor, [spec.partition("=")[0] for spec in specs])


@command("flavor-access-list", examples=("vmctl flavor-access-list --flavor secret",))
@click.option("--flavor", metavar="FLAVOR", required=True, help="A flavor that is not public.")
@pass_output
@pass_client
def flavor_access_list(client: Client, output: Output, flavor: str) -> None:
    """List the projects that may use a private flavor."""
    output.table(client.flavors.access(flavor), ACCESS_COLUMNS, id_key="project_id")


@command("flavor-access-add", examples=("vmctl flavor-access-add secret web",))
@click.argument("flavor")
@click.argument("tenant", metavar="PROJECT")
@pass_output
@pass_client
def flavor_access_add(client: Client, output: Output, flavor: str, tenant: str) -> None:
    """Let a project use a private flavor."""
    output.table(client.flavors.add_access(flavor, tenant), ACCESS_COLUMNS, id_key="project_id")


@command("flavor-access-remove", examples=("vmctl flavor-access-remove secret web",))
@click.argument("flavor")
@click.argument("tenant", metavar="PROJECT")
@pass_output
@pass_client
def flavor_access_remove(client: Client, output: Output, flavor: str, tenant: str) -> None:
    """Take a private flavor away from a project."""
    output.table(client.flavors.remove_access(flavor, tenant), ACCESS_COLUMNS, id_key="project_id")
