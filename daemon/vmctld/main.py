"""``vmctld``: reads its settings, serves in the foreground, ends cleanly on a signal."""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click

from vmctld.app.db_commands import db
from vmctld.errors import VmctlError

EXIT_USAGE = 2
EXIT_CANNOT_START = 8


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--state-dir", metavar="DIR", help="Database, images, disks, sockets.")
@click.option("--listen", metavar="ADDRESS", help="unix:///path or host:port, comma-separated.")
@click.option("--roles", metavar="ROLES", help="api,scheduler,conductor,compute or some; all.")
@click.option("--host", metavar="NAME", help="This host's name in the cloud.")
@click.option("--driver", metavar="DRIVER", help="qemu or fake.")
@click.option("--network-driver", metavar="DRIVER", help="user, or as root bridge.")
@click.option("--fake-hosts", metavar="N", help="With the fake driver: how many hosts.")
@click.option("--database-url", metavar="URL", help="sqlite:///PATH or postgresql://HOST/NAME.")
@click.option("--bus-url", metavar="URL", help="inproc://, amqp://... or amqps://...")
@click.option("--tls-cert", metavar="FILE", help="Certificate for TCP.")
@click.option("--tls-key", metavar="FILE", help="Its key.")
@click.option("--tls-ca", metavar="FILE", help="Whose clients are let in, for mutual TLS.")
@click.option("--service-listen", metavar="ADDRESS", help="host:port for other parts of vmctld.")
@click.option("--identity-endpoint", metavar="ADDRESS", help="The api's --service-listen.")
@click.option("--image-endpoint", metavar="ADDRESS", help="If it is not where identity is.")
@click.option("--network-endpoint", metavar="ADDRESS", help="Likewise.")
@click.option("--volume-endpoint", metavar="ADDRESS", help="Likewise.")
@click.option("--credentials-dir", metavar="DIR", help="From `vmctld credentials`.")
@click.option("--store-dir", metavar="DIR", help="Images and volumes, shared by api processes.")
@click.option("--web-listen", metavar="ADDRESS", help="Consoles for browsers: host:port; off.")
@click.option("--web-url", metavar="URL", help="What browsers call that behind a proxy.")
@click.option("--metrics-listen", metavar="ADDRESS", help="Prometheus: [HOST:]PORT; off.")
@click.option("--config", metavar="FILE", help="A TOML file of the same settings.")
@click.option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")
@click.option("--log-format", metavar="FORMAT", help="logfmt or json.")
@click.option("--sync-full", is_flag=True, default=None, help="Survive power loss too (SQLite).")
@click.option("--build-timeout-s", metavar="S", help="From its start slot to ACTIVE.")
@click.option("--failpoint", metavar="SPEC", help="For tests of faults.")
@click.option("--enable-failpoints", is_flag=True, default=None, help="Obey failpoints.")
@click.pass_context
def cli(ctx: click.Context, /, **options: object) -> None:
    """Run a cloud in one process, in the foreground.

    Logs go to stderr; one line "vmctld ready" with the endpoint goes to stdout when it
    serves.  SIGTERM and SIGINT end it; machines go on running.

    Example: vmctld --state-dir /var/lib/vmctl
    """
    if ctx.invoked_subcommand is None:
        sys.exit(serve(options))


@cli.command("failpoints")
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table")
def list_failpoints(form: str) -> None:
    """List every failpoint: step, phase, what strikes, and why it has no meaning if so.

    Example: vmctld failpoints -f json
    """
    from vmctld.compute.cells import cells

    rows = [asdict(cell) | {"spec": "" if cell.reason else cell.spec} for cell in cells()]
    if form == "json":
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(
            "{point:24} {phase:13} {fate:7} {shown}".format(
                **row, shown=row["spec"] or f"- {row['reason']}"
            )
        )


cli.add_command(db)


@cli.command("credentials")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.argument("names", nargs=-1, required=True)
def make_credentials(directory: Path, names: tuple[str, ...]) -> None:
    """Make what parts of vmctld in several processes know each other by.

    NAMES: api, conductor, agent.HOST.  Each gets a folder in DIRECTORY, for --credentials-dir
    of its process; the authority's key in DIRECTORY stays with the operator.

    Example: vmctld credentials /root/vmctl api conductor agent.web-1
    """
    from vmctld.app.authority import make_credentials

    try:
        for folder in make_credentials(directory, names):
            click.echo(folder)
    except VmctlError as error:
        _complain(error)
        sys.exit(EXIT_USAGE)


def serve(options: dict[str, object]) -> int:
    """Serve until a signal comes; return the exit code."""
    from vmctld.app.daemon import Daemon
    from vmctld.app.patience import Stopped
    from vmctld.config import load
    from vmctld.observe import log
    from vmctld.observe.cores import CORES, LOOK_EVERY_S
    from vmctld.observe.memory import bound_arenas, calm_collector
    from vmctld.observe.systemd import notify

    bound_arenas()
    CORES.settle()
    stop = threading.Event()
    _on_signals(stop)
    try:
        settings = load(options)
        log.configure(settings.log_level, settings.log_format)
        daemon = Daemon(settings, stop)
        addresses = daemon.start()
    except Stopped:
        return 0
    except VmctlError as error:
        _complain(error)
        return EXIT_CANNOT_START
    calm_collector()
    print("vmctld ready", *addresses, flush=True)
    notify("READY=1")
    while not stop.wait(LOOK_EVERY_S):
        CORES.move_if_crowded()
    notify("STOPPING=1")
    daemon.stop()
    return 0


def _on_signals(stop: threading.Event) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)


def _complain(error: VmctlError) -> None:
    print(f"ERROR ({type(error).__name__}): {error.message}", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)


def main() -> None:
    """Run ``vmctld``."""
    cli()
