"""``ssh`` and ``console``: the ways into a guest."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
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
GUEST_PORT = 22
REACHABLE = ("ACTIVE", "RESCUE", "VERIFY_RESIZE")  # a guest runs
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
    default=GUEST_PORT,
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
    way_in = _way_in(found, port, settings.endpoint)
    if login.startswith("-"):
        raise invalid(f"{login!r} is no user name")
    argv = [
        "ssh",
        *way_in,
        *_host_key_options(settings.config_dir, found.id),
        *(("-i", identity) if identity else ()),
        *_split(extra_opts),
        *("-o", f"ConnectTimeout={_connect_timeout_s(settings)}"),  # the first given counts
        f"{login}@{found.id}",
        *remote_command,
    ]
    os.execv(program, argv)  # noqa: S606 - no shell, and its exit code is to be ours


@command(
    "tunnel",
    examples=(
        "vmctl tunnel web1 80",
        "vmctl tunnel db1 5432",
    ),
)
@click.argument("server")
@click.argument("port", type=click.IntRange(min=1, max=65535), default=GUEST_PORT)
@pass_client
def tunnel(client: Client, server: str, port: int) -> None:
    """Join standard input and output to a TCP port of a server, wherever its network is.

    With user networking only the port of SSH is within reach.
    """
    from vmctl_cli.terminal import join

    join(client.servers.open_tunnel(server, port))


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


def _way_in(server: Server, port: int, endpoint: str) -> list[str]:
    """Return ssh's options for its way to the guest: a port of this machine, or a tunnel."""
    if server.ssh_port is not None and port != GUEST_PORT:
        raise CliError(
            f"port {port} of the guest is not forwarded with user networking, port 22 is",
            class_name="NotSupported",
            code="not-supported",
        )
    if server.ssh_port is not None and endpoint.startswith("unix:"):
        return ["-p", str(server.ssh_port), "-o", "HostName=127.0.0.1"]
    if server.status not in REACHABLE or not server.addresses:
        raise CliError(
            f"server {server.name} cannot be reached by ssh: it is {server.status}",
            class_name="WrongState",
            code="not-reachable",
            hint=f"vmctl show {server.id} tells what it is doing; vmctl console opens its console",
        )
    # Its address is one of its own network's: on this machine's it may be somebody else's
    os.environ["VMCTL_ENDPOINT"] = endpoint
    proxy = shlex.join([sys.executable, "-m", "vmctl_cli.main", "tunnel", server.id, str(port)])
    return ["-o", f"ProxyCommand={proxy.replace('%', '%%')}"]


def forget_host_key(config_dir: Path, server_id: str) -> None:
    """Take the server's next host key as it comes: it boots from another disk."""
    (config_dir / "known_hosts" / server_id).unlink(missing_ok=True)


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
