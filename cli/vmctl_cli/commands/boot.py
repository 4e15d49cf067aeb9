"""``boot``: nova's way to a new server, and with ``--trace`` the way itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from vmctl_cli.booting.new_volumes import NewVolumes
from vmctl_cli.booting.wish import BootOptions, wish_from
from vmctl_cli.client import Client
from vmctl_cli.command import command, invocation, pass_client, pass_output
from vmctl_cli.commands.refused import refuses
from vmctl_cli.commands.server_columns import LIST_COLUMNS, rows_of
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output

if TYPE_CHECKING:
    from vmctl_cli.client.boots import Accepted, BootWish
    from vmctl_cli.client.server_records import Server

COUNT = click.IntRange(min=0, max=2**31 - 1)  # what the call can carry
RESERVATION = (Column("reservation_id", "reservation_id"),)


@command(
    "boot",
    examples=(
        "vmctl boot --flavor m1.nano --image tiny --poll web1",
        "vmctl boot --flavor m1.nano --image tiny --trace web1",
        "vmctl boot --flavor m1.nano --image tiny --key-name mine --user-data setup.sh web1",
        "vmctl boot --flavor m1.nano --image tiny --security-groups web,default web1",
        "vmctl boot --flavor m1.nano --image tiny --hint group=web --dry-run web1",
        "vmctl boot --flavor m1.nano --image tiny --wait-for ssh web1",
        "vmctl boot --flavor m1.nano --snapshot before-upgrade web1",
        "id=$(vmctl boot --flavor m1.nano --image tiny --quiet --wait web1)",
    ),
)
@click.argument("name")
@click.option("--flavor", metavar="FLAVOR", help="The size, by name or id.")
@click.option("--image", metavar="IMAGE", help="What to boot, by name or id.")
@click.option("--image-with", multiple=True, metavar="KEY=VALUE", help="The image that has this.")
@click.option("--boot-volume", metavar="VOLUME", help="Boot from this volume instead.")
@click.option("--snapshot", metavar="SNAPSHOT", help="Boot from a volume made of this snapshot.")
@click.option(
    "--block-device",
    multiple=True,
    metavar="KEY=VALUE,...",
    help="Attach a volume: id=VOLUME,source=volume,dest=volume[,bootindex=N]"
    "[,shutdown=remove|preserve]; or one that is made of an image, a snapshot or nothing: "
    "source=image|snapshot|blank,dest=volume[,id=ID][,size=GIB][,volume_type=TYPE].  Repeatable.",
)
@click.option(
    "--nic",
    multiple=True,
    metavar="auto|none|KEY=VALUE,...",
    help="A network card: net-id=ID, net-name=NAME or port-id=ID, with v4-fixed-ip=IP.  "
    "Repeatable; auto, the default, takes the only network there is.",
)
@click.option("--min-count", type=COUNT, metavar="N", help="At least so many servers.")
@click.option("--max-count", type=COUNT, metavar="N", help="At most so many servers.")
@click.option("--meta", multiple=True, metavar="KEY=VALUE", help="Metadata.  Repeatable.")
@click.option(
    "--key-name",
    envvar="NOVACLIENT_DEFAULT_KEY_NAME",
    metavar="KEY",
    help="The key pair that opens it.",
)
@click.option("--user-data", metavar="FILE", help="What the guest runs at first boot; - is stdin.")
@click.option("--availability-zone", metavar="ZONE[:HOST]", help="Where; a host only for admins.")
@click.option(
    "--hint",
    multiple=True,
    metavar="KEY=VALUE",
    help="To the scheduler: group=GROUP, same_host=SERVER, different_host=SERVER or "
    "query=JSON.  Repeatable.",
)
@click.option("--host", metavar="HOST", help="The only host that will do, if it fits; for admins.")
@click.option("--hypervisor-hostname", metavar="HOST", help="The same: a host has one.")
@click.option("--config-drive", metavar="BOOLEAN", help="Accepted; every server gets one.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--tags", metavar="TAG,...", default="", help="Words to find it by.")
@click.option(
    "--security-groups",
    metavar="GROUP,...",
    default="",
    help="Of its new ports, instead of the default one; filters on the bridge network alone.",
)
@click.option("--hostname", metavar="NAME", help="The guest's host name, if not its own.")
@click.option("--poll", "--wait", "poll", is_flag=True, help="Wait until it runs, with progress.")
@click.option(
    "--wait-for",
    type=click.Choice(("active", "ip", "ssh", "cloud-init")),
    help="Wait until it is that far; cloud-init's own result is passed on.",
)
@click.option("--trace", is_flag=True, help="Wait, and print each of the 28 steps as it ends.")
@click.option("--return-reservation-id", is_flag=True, help="Print the reservation's id only.")
@click.option("--idempotency-key", metavar="KEY", help="The same key again makes nothing twice.")
@click.option("--dry-run", is_flag=True, help="Tell what would be made and where; make nothing.")
@refuses(
    *("--file", "--block-device-mapping", "--swap"),
    *("--ephemeral", "--admin-pass", "--access-ip-v4", "--access-ip-v6"),
    *("--trusted-image-certificate-id",),
)
@pass_output
@pass_client
def boot(
    client: Client,
    output: Output,
    poll: bool,
    trace: bool,
    wait_for: str | None,
    return_reservation_id: bool,
    dry_run: bool,
    **options: Any,
) -> None:
    """Boot servers.

    Answers as soon as the request is accepted; --poll, --trace and --wait-for wait for more.
    """
    if dry_run:
        wish = wish_from(BootOptions(**options), client)
        _preview(client, output, wish, waits=poll or trace or return_reservation_id or wait_for)
        return
    wish, accepted = _accepted(client, output, BootOptions(**options))
    if return_reservation_id:
        output.one({"reservation_id": accepted.reservation_id}, RESERVATION, id_key=_RESERVATION_ID)
        return
    several = wish.max_count > 1
    if not (poll or trace or wait_for):
        _print(output, list(accepted.servers), several=several)
        output.suggest(f"vmctl trace {accepted.servers[0].id}")
        return
    from vmctl_cli.booting.following import follow

    _promise(accepted.servers)
    follow(
        client,
        output,
        accepted.servers,
        timeout_s=invocation().settings.timeout_s,
        steps=trace,
        show=lambda servers: _print(output, servers, several=several),
        goal=wait_for or "active",
    )
    output.suggest(f"vmctl ssh {accepted.servers[0].id}")


_RESERVATION_ID = "reservation_id"


def _accepted(client: Client, output: Output, options: BootOptions) -> tuple[BootWish, Accepted]:
    """Have the daemon accept the boot; what was made for one that it refuses goes again."""
    with NewVolumes(client, output, invocation().settings.timeout_s) as made:
        wish = wish_from(options, client, made.make)
        return wish, client.servers.boot(wish)


def _preview(client: Client, output: Output, wish: BootWish, *, waits: object) -> None:
    """Print what would be made of ``wish``, and where; nothing comes of it to wait for."""
    if waits:
        raise invalid(
            "--dry-run makes nothing to wait for",
            hint="leave out --poll, --trace, --wait-for and --return-reservation-id",
        )

    from vmctl_cli.booting.dry_run import ask, show

    show(output, ask(client, output, wish))


def _promise(servers: Sequence[Server]) -> None:
    """Have whoever leaves the wait told what goes on without them."""
    names = ", ".join(f"{server.name} ({server.id})" for server in servers)
    invocation().goes_on = (
        f"the daemon goes on building {names}; vmctl list shows how far it is, vmctl delete ends it"
    )


def _print(output: Output, servers: list[Server], *, several: bool) -> None:
    """Print one server as ``show`` does, several as ``list`` does."""
    if several:
        output.table(servers, LIST_COLUMNS)
    else:
        output.one(servers[0], rows_of(servers[0]))
