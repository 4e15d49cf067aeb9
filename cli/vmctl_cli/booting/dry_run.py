"""``boot --dry-run``: what would be made and where, and why there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.booting.explanation import tables
from vmctl_cli.errors import CliError
from vmctl_cli.output import Column, Output, columns
from vmctl_cli.output.table import render
from vmctl_cli.streams import write, write_error

if TYPE_CHECKING:
    from vmctl_cli.client import Client
    from vmctl_cli.client.boots import BootWish
    from vmctl_cli.client.previews import Preview, PreviewedServer

SERVER_COLUMNS = columns("name", "hostname", "host", "hosts_considered")
VERDICT_COLUMNS = columns("host", "filter", "reason", "weight")
ROWS = (
    Column("availability_zone", "availability_zone"),
    Column("flavor", "flavor", lambda preview: f"{preview.flavor.name} ({preview.flavor.id})"),
    Column("image_id", "image_id"),
    Column("network_ids", "network_ids"),
    Column("quotas", "quotas", lambda preview: _quotas(preview)),
    Column("servers", "servers", lambda preview: ", ".join(one.name for one in preview.servers)),
    Column("volume_ids", "volume_ids"),
)


def _quotas(preview: Preview) -> str:
    """Return what would be used of what may be, a line each."""
    return "\n".join(
        f"{quota.resource}: {quota.used} of {'any' if quota.limit < 0 else quota.limit}"
        for quota in preview.quotas
    )


def show(output: Output, preview: Preview) -> None:
    """Print the preview; as tables, with the decision on each server."""
    if output.quiet:
        _hosts(preview)
    elif output.format != "table":
        output.one(preview, ROWS)
    else:
        output.table(preview.servers, SERVER_COLUMNS, id_key="host")
        output.one(preview, ROWS)
        _explain(output, preview.servers[0])
    output.say("nothing was made")


def ask(client: Client, output: Output, wish: BootWish) -> Preview:
    """Return what the boot would come to; where no host fits, show each one's reason first."""
    try:
        return client.previews.preview(wish)
    except CliError as error:
        reasons = error.facts.get("reasons")
        if output.format == "table" and isinstance(reasons, list):
            rows = [[str(one[key]) for key in ("host", "filter", "reason")] for one in reasons]
            write_error(render(["Host", "Filter", "Reason"], rows))
        raise


def _hosts(preview: Preview) -> None:
    """Print the hosts alone: a dry run makes nothing that has an id."""
    write("".join(f"{server.host or ''}\n" for server in preview.servers))


def _explain(output: Output, server: PreviewedServer) -> None:
    output.table(server.verdicts, VERDICT_COLUMNS)
    write(tables(server.verdicts))
