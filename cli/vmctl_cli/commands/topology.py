"""``network-topology``: what is joined with what, as text or as a picture."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, invocation, pass_client
from vmctl_cli.output import FORMATS, columns
from vmctl_cli.streams import write

SVG = "svg"


def _remember(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Have all that the command prints in the format asked for; a picture is its own affair."""
    if value not in (None, SVG):
        ctx.ensure_object(dict)["format"] = value
    return value


@command(
    "network-topology",
    examples=("vmctl network-topology", "vmctl network-topology -f svg > networks.svg"),
)
@click.option(
    "-f",
    "--format",
    "drawn_as",
    type=click.Choice([*FORMATS, SVG]),
    callback=_remember,
    help="A tree if not given; svg: a picture.",
)
@pass_client
def network_topology(client: Client, drawn_as: str | None) -> None:
    """Draw networks, routers, servers and their addresses."""
    from vmctl_cli.drawing.topology import read_topology

    output = invocation().output
    found = read_topology(client)
    if drawn_as == SVG:
        from vmctl_cli.drawing.picture import picture

        write(picture(found))
    elif output.format == "table":
        from vmctl_cli.drawing.tree import tree

        write("".join(f"{line}\n" for line in tree(found)))
    else:
        output.table(found.networks, columns("id", "name", "external", "subnets", "attached"))
