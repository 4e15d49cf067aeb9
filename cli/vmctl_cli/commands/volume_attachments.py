"""``volume-attach``, ``volume-detach``, ``volume-attachments``: volumes of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import poll_option
from vmctl_cli.commands.refused import refuses
from vmctl_cli.output import Column, Output
from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.client.server_records import Server
    from vmctl_cli.client.server_volumes import Attachment

COLUMNS = (
    Column("ID", "id"),
    Column("SERIAL", "serial"),
    Column("SERVER ID", "server_id"),
    Column("VOLUME ID", "volume_id"),
    Column("DELETE ON TERMINATION", "delete_on_termination"),
    Column("ATTACHMENT ID", "attachment_id"),
)
ROWS = (
    Column("attachment_id", "attachment_id"),
    Column("delete_on_termination", "delete_on_termination"),
    Column("id", "id"),
    Column("serial", "serial"),
    Column("serverId", "server_id"),
    Column("volumeId", "volume_id"),
)


@command(
    "volume-attach",
    examples=("vmctl volume-attach --poll web1 data",),
)
@poll_option
@click.option(
    "--delete-on-termination", is_flag=True, help="Delete the volume together with the server."
)
@refuses("--tag")
@click.argument("server")
@click.argument("volume")
@click.argument("device", required=False)
@pass_settings
@pass_output
@pass_client
def volume_attach(
    client: Client,
    output: Output,
    settings: Settings,
    server: str,
    volume: str,
    device: str | None,
    delete_on_termination: bool,
    poll: bool,
) -> None:
    """Attach a volume to a server, whether it runs or not.

    A guest names its disks itself: DEVICE is taken for nova's sake and means nothing.  The disk
    is found by its serial, the first 20 characters of the volume's id.
    """
    attached: list[Attachment] = []

    def attach(name: str) -> Server:
        asked, attachment = client.server_volumes.attach(
            name, volume, delete_on_termination=delete_on_termination
        )
        attached.append(attachment)
        return asked

    Acting(client, output, settings, "attaching the volume", poll).on_one(server, attach)
    for attachment in attached:
        output.one(attachment, ROWS)


@command(
    "volume-detach",
    examples=("vmctl volume-detach --poll web1 data", "vmctl volume-detach --force web1 data"),
)
@poll_option
@click.option(
    "--force", is_flag=True, help="Pull it out when the guest does not let go of it in time."
)
@click.argument("server")
@click.argument("volume")
@pass_settings
@pass_output
@pass_client
def volume_detach(
    client: Client,
    output: Output,
    settings: Settings,
    server: str,
    volume: str,
    force: bool,
    poll: bool,
) -> None:
    """Detach a volume from a server, once its guest has let go of it.

    Unmount it in the guest first.  A guest that keeps it for 30 seconds keeps it, unless it is
    forced: what the guest had not written is lost then.
    """
    if poll:
        output.say("waits for the guest to let go of the volume, 30 s at most")
    Acting(client, output, settings, "detaching the volume", poll).on_one(
        server, lambda name: client.server_volumes.detach(name, volume, force=force)
    )


@command("volume-attachments", examples=("vmctl volume-attachments web1",))
@click.argument("server")
@pass_output
@pass_client
def volume_attachments(client: Client, output: Output, server: str) -> None:
    """List the volumes of a server."""
    from vmctl_cli.client.server_volumes import attachment_of

    found = client.servers.get(server)
    output.table([attachment_of(found.id, volume) for volume in found.volumes], COLUMNS)
