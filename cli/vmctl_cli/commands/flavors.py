"""``flavor-*``: the sizes a server can have."""

from __future__ import annotations

from collections.abc import Sequence

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import not_supported
from vmctl_cli.output import Column, Output
from vmctl_cli.output.arrange import Arrangement
from vmctl_cli.reporting import for_each

LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Memory_MiB", "ram_mib"),
    Column("Disk", "disk_gib"),
    Column("Ephemeral", "ephemeral_gib"),
    Column("Swap", "swap_mib"),
    Column("VCPUs", "vcpus"),
    Column("Is_Public", "is_public"),
    Column("Description", "description"),
)
EXTRA_SPECS = Column("extra_specs", "extra_specs")
SHOW_ROWS = (
    Column("OS-FLV-EXT-DATA:ephemeral", "ephemeral_gib"),
    Column("description", "description"),
    Column("disk", "disk_gib"),
    Column("extra_specs", "extra_specs"),
    Column("id", "id"),
    Column("name", "name"),
    Column("os-flavor-access:is_public", "is_public"),
    Column("ram", "ram_mib"),
    Column("swap", "swap_mib"),
    Column("vcpus", "vcpus"),
)
NOVAS_KEYS = {
    "flavorid": "id",
    "memory_mb": "ram_mib",
    "root_gb": "disk_gib",
    "ephemeral_gb": "ephemeral_gib",
    "swap": "swap_mib",
}
NUMBER = click.IntRange(min=0, max=2**31 - 1)


@command("flavor-list", examples=("vmctl flavor-list", "vmctl flavor-list --min-ram 512"))
@click.option("--extra-specs", is_flag=True, help="Show the extra specs, too.")
@click.option("--all", "everything", is_flag=True, help="Accepted; all that you may use are shown.")
@click.option("--min-ram", type=NUMBER, default=0, metavar="MIB", help="With at least this RAM.")
@click.option("--min-disk", type=NUMBER, default=0, metavar="GIB", help="With at least this disk.")
@click.option("--marker", metavar="ID", default="", help="Begin after this flavor.")
@click.option("--limit", type=NUMBER, metavar="N", help="At most so many.")
@click.option("--sort-key", metavar="KEY", help="Sort by this field.")
@click.option(
    "--sort-dir",
    type=click.Choice(("asc", "desc")),
    default="asc",
    help="Smallest first, or largest.",
)
@pass_output
@pass_client
def flavor_list(
    client: Client,
    output: Output,
    extra_specs: bool,
    everything: bool,
    min_ram: int,
    min_disk: int,
    marker: str,
    limit: int | None,
    sort_key: str | None,
    sort_dir: str,
) -> None:
    """List flavors."""
    shown: Sequence[Column] = (*LIST_COLUMNS, EXTRA_SPECS) if extra_specs else LIST_COLUMNS
    if sort_key is None:
        found = list(
            client.flavors.list(
                min_ram_mib=min_ram, min_disk_gib=min_disk, marker=marker, limit=limit
            )
        )
    else:
        every = list(client.flavors.list(min_ram_mib=min_ram, min_disk_gib=min_disk))
        order = f"{NOVAS_KEYS.get(sort_key, sort_key)}:{sort_dir}"
        found = Arrangement(sort=order, marker=marker, limit=limit).of(every, "id")
    output.table(found, shown, record="server_records.Flavor")
    output.suggest("vmctl boot --flavor FLAVOR --image IMAGE --poll NAME")


@command("flavor-show", examples=("vmctl flavor-show m1.nano",))
@click.argument("flavor")
@pass_output
@pass_client
def flavor_show(client: Client, output: Output, flavor: str) -> None:
    """Show one flavor."""
    output.one(client.flavors.get(flavor), SHOW_ROWS)


@command(
    "flavor-create",
    examples=(
        "vmctl flavor-create small auto 256 1 1",
        "vmctl flavor-create big 77 8192 40 4 --description 'for databases'",
    ),
)
@click.argument("name")
@click.argument("flavor_id", metavar="ID")
@click.argument("ram", type=NUMBER, metavar="RAM_MIB")
@click.argument("disk", type=NUMBER, metavar="DISK_GIB")
@click.argument("vcpus", type=NUMBER)
@click.option("--ephemeral", type=NUMBER, default=0, metavar="GIB", help="A second, empty disk.")
@click.option("--swap", type=NUMBER, default=0, metavar="MIB", help="A swap disk.")
@click.option("--is-public", type=bool, default=True, metavar="BOOLEAN", help="For all projects.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--rxtx-factor", type=float, default=1.0, hidden=True)
@pass_output
@pass_client
def flavor_create(
    client: Client,
    output: Output,
    name: str,
    flavor_id: str,
    ram: int,
    disk: int,
    vcpus: int,
    ephemeral: int,
    swap: int,
    is_public: bool,
    description: str | None,
    rxtx_factor: float,
) -> None:
    """Create a flavor; the id "auto" draws one."""
    from vmctl_cli.client.server_records import Flavor

    if rxtx_factor != 1.0:
        raise not_supported("--rxtx-factor other than 1.0")
    wish = Flavor(
        id=flavor_id,
        name=name,
        vcpus=vcpus,
        ram_mib=ram,
        disk_gib=disk,
        ephemeral_gib=ephemeral,
        swap_mib=swap,
        is_public=is_public,
        description=description,
        extra_specs={},
    )
    output.one(client.flavors.create(wish), SHOW_ROWS)


@command("flavor-delete", examples=("vmctl flavor-delete small",))
@click.argument("flavors", nargs=-1, required=True, metavar="FLAVOR...")
@pass_output
@pass_client
def flavor_delete(client: Client, output: Output, flavors: tuple[str, ...]) -> None:
    """Delete flavors; servers keep the size they have."""

    def delete(flavor: str) -> None:
        client.flavors.delete(flavor)
        output.say(f"Flavor {flavor} is deleted.")

    for_each(flavors, delete, output.format)
