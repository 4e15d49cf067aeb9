"""``volume-type-*``: kinds of storage."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Description", "description"),
    Column("Is default", "is_default"),
)
SHOW_ROWS = (
    time_column("created_at", "created_at"),
    Column("description", "description"),
    Column("id", "id"),
    Column("is_default", "is_default"),
    Column("name", "name"),
)


@command("volume-type-list", examples=("vmctl volume-type-list",))
@pass_output
@pass_client
def volume_type_list(client: Client, output: Output) -> None:
    """List types of volumes."""
    output.table(client.volumes.types.list(), LIST_COLUMNS)


@command("volume-type-show", examples=("vmctl volume-type-show fast",))
@click.argument("volume_type", metavar="TYPE")
@pass_output
@pass_client
def volume_type_show(client: Client, output: Output, volume_type: str) -> None:
    """Show one type of volumes."""
    output.one(client.volumes.types.get(volume_type), SHOW_ROWS)


@command("volume-type-create", examples=("vmctl volume-type-create fast",))
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@click.argument("name")
@pass_output
@pass_client
def volume_type_create(client: Client, output: Output, name: str, description: str) -> None:
    """Create a type of volumes; for admins."""
    output.one(client.volumes.types.create(name, description), SHOW_ROWS)


@command("volume-type-delete", examples=("vmctl volume-type-delete fast",))
@click.argument("volume_types", nargs=-1, required=True, metavar="TYPE...")
@pass_output
@pass_client
def volume_type_delete(client: Client, output: Output, volume_types: tuple[str, ...]) -> None:
    """Delete types that no volume has; for admins."""
    for_each(volume_types, client.volumes.types.delete, output.format)
