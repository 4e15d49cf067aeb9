"""``ssh`` and ``console``: the ways into a guest."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_settings
from vmctl_cli.commands.refused import refuses
from vmctl_cli.errors import CliError, invalid
from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.client.server_records import Server

CONNECT_TIMEOUT_S = 30  # a guest that boots has no sshd yet; ssh alone would wait for minutes
TINY_LOGIN = "tiny"  # the user of the guest image that comes with vmctl


@command(
    "ssh",
    examples=(
        "vmctl ssh web1",
        "vmctl ssh --login debian -i ~/.ssh/id_ed25519 web1",
        "vmctl ssh web1 -- uname -a",
    ),
)
@click.option("--login", metavar="USER", default=TINY_LOGIN, show_default=True, help="As whom.")
@click.option("-i", "--identity", metavar="FILE", help="The private key.")
@click.option(
    "--port",
    type=click.IntRange(min=1, max=65535),
    default=22,
    show_default=True,
    help="The guest's SSH port.",
)
@click.option("--extra-opts", metavar="OPTIONS", default="", help="More options for ssh.")
@refuses("--address-type", "--network", flags=("--ipv6",))
@click.argument("server")
@click.argument("remote_command", nargs=-1, metavar="[COMMAND]...")
@pass_settings
@pass_client
def ssh(
    client: Client,
    settings: Settings,
    server: str,
    remote_command: tuple[str, ...],
    login: str,
    identity: str | None,
    port: int,
    extra_opts: str,
) -> None:
    """Open a shell in a server by SSH; ssh's own exit code is passed on."""
    program = shutil.which("ssh")
    if program is None:
        raise CliError(
            "there is no ssh here",
            class_name="NotSupported",
            code="ssh-missing",
            hint="install openssh-client",
        )
    found = client.servers.get(server)
    host, host_port = _door(found, port)
    if login.startswith("-"):
        raise invalid(f"{login!r} is no user name")
    argv = [
        "ssh",
        *("-p", str(host_port)),
        *_host_key_options(settings.config_dir, found.id),
        *(("-i", identity) if identity else ()),
        *_split(extra_opts),
        *("-o", f"ConnectTimeout={_connect_timeout_s(settings)}"),  # the first given counts
        f"{login}@{host}",
        *remote_command,
    ]
    os.execv(program, argv)  # noqa: S606 - no shell, and its exit code is to be ours


@command(
    "console",
    examples=("vmctl console web1", "echo uptime | vmctl console web1"),
)
@click.argument("server")
@pass_settings
@pass_client
def console(client: Client, settings: Settings, server: str) -> None:
    """Open a server's serial console; Ctrl-] leaves it.

    From a pipe, what it holds is typed, and the console is left when the guest has been
    quiet for a while, or at --timeout if that is given.
    """
    from vmctl_cli.terminal import talk

    talk(client.servers.open_console(server), until_timeout=settings.timeout_s is not None)


def _door(server: Server, port: int) -> tuple[str, int]:
    """Return where the guest's SSH port is reached from here."""
    if server.ssh_port is not None:
        if port != 22:
            raise CliError(
                f"port {port} of the guest is not forwarded with user networking, port 22 is",
                class_name="NotSupported",
                code="not-supported",
            )
        return "127.0.0.1", server.ssh_port
    # Its address is one of its own network's: on this machine's it may be somebody else's
    raise CliError(
        f"server {server.name} cannot be reached by ssh: it is {server.status}, "
        "and no port of this machine leads to it",
        class_name="WrongState",
        code="not-reachable",
        hint=f"vmctl show {server.id} tells what it is doing; vmctl console opens its console",
    )


def _host_key_options(config_dir: Path, server_id: str) -> list[str]:
    """Return options that keep each server's host key apart: ports and addresses are reused."""
    known = config_dir / "known_hosts"
    known.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "UserKnownHostsFile": shlex.quote(str(known / server_id)),
        "GlobalKnownHostsFile": os.devnull,
        "HostKeyAlias": server_id,
        "StrictHostKeyChecking": "accept-new",
        "LogLevel": "ERROR",  # not a word about the key that was just learnt
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]


def _connect_timeout_s(settings: Settings) -> int:
    return CONNECT_TIMEOUT_S if settings.timeout_s is None else max(1, round(settings.timeout_s))


def _split(options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError as error:
        raise invalid(f"--extra-opts: {error}") from error
