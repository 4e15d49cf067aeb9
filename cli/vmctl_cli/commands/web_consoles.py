"""``get-vnc-console`` and ``get-serial-console``: a guest in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.output import Column, Output

if TYPE_CHECKING:
    from vmctl_cli.client.web_consoles import WebConsole

COLUMNS = (Column("Type", "type"), Column("Url", "url"))


@command(
    "get-vnc-console",
    examples=(
        "vmctl get-vnc-console web1 novnc",
        "xdg-open $(vmctl get-vnc-console web1 novnc --quiet)",
    ),
)
@click.argument("server")
@click.argument("console-type", type=click.Choice(["novnc"]))
@pass_output
@pass_client
def get_vnc_console(client: Client, output: Output, server: str, console_type: str) -> None:
    """Get a URL that shows a server's screen in a browser.

    It is good for ten minutes and for as long as you are signed in.  Whoever has it sees the
    screen and can type.
    """
    _show(client.web_consoles.create(server, console_type), output)


@command(
    "get-serial-console",
    examples=(
        "vmctl get-serial-console web1",
        "xdg-open $(vmctl get-serial-console web1 --quiet)",
    ),
)
@click.argument("server")
@click.option(
    "--console-type",
    type=click.Choice(["serial"]),
    default="serial",
    show_default=True,
    help="Kind of console.",
)
@pass_output
@pass_client
def get_serial_console(client: Client, output: Output, server: str, console_type: str) -> None:
    """Get a URL that opens a server's serial console in a browser.

    It is good for ten minutes and for as long as you are signed in.  With ws in place of http
    it is the WebSocket with the bytes themselves.  One at a time may type.
    """
    _show(client.web_consoles.create(server, console_type), output)


def _show(console: WebConsole, output: Output) -> None:
    """Print nova's table of one row; as a document it is one thing."""
    if output.format in ("json", "yaml"):
        output.one(console, COLUMNS, id_key="url")
    else:
        output.table([console], COLUMNS, id_key="url")
