"""``server-group-*``: servers that shall be together, or apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vmctl_cli.booting.pairs import pair
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.reporting import for_each

if TYPE_CHECKING:
    from vmctl_cli.client.server_groups import ServerGroup

RULE = "max_server_per_host"
COLUMNS = (
    Column("Id", "id"),
    Column("Name", "name"),
    Column("Project Id", "project_id"),
    Column("User Id", "user_id"),
    Column("Policy", "policy"),
    Column("Rules", RULE, lambda group: _rules(group)),
    Column("Members", "members", lambda group: ", ".join(group.members)),
)
NUMBER = click.IntRange(min=0, max=2**31 - 1)


def _rules(group: ServerGroup) -> str:
    if group.policy != "anti-affinity":
        return ""
    return f"{RULE}={group.max_server_per_host}"


@command(
    "server-group-create",
    examples=(
        "vmctl server-group-create web anti-affinity",
        "vmctl server-group-create web anti-affinity --rule max_server_per_host=2",
    ),
)
@click.argument("name")
@click.argument("policy")
@click.option("--rule", metavar="KEY=VALUE", help="For anti-affinity: max_server_per_host=N.")
@pass_output
@pass_client
def server_group_create(
    client: Client, output: Output, name: str, policy: str, rule: str | None
) -> None:
    """Create a group: affinity, anti-affinity, soft-affinity or soft-anti-affinity."""
    made = client.server_groups.create(name, policy, _rule(rule))
    _show(output, [made])
    output.suggest(f"vmctl boot --hint group={made.id} ...")


@command("server-group-list", examples=("vmctl server-group-list --all-projects",))
@click.option("--limit", type=NUMBER, metavar="N", help="At most so many.")
@click.option("--offset", type=NUMBER, default=0, metavar="N", help="Leave out the first so many.")
@click.option("--all-projects", is_flag=True, help="Of all projects; for admins.")
@pass_output
@pass_client
def server_group_list(
    client: Client, output: Output, limit: int | None, offset: int, all_projects: bool
) -> None:
    """List server groups."""
    found = client.server_groups.list(limit, offset, all_projects=all_projects)
    output.table(found, COLUMNS, record="server_groups.ServerGroup")


@command("server-group-get", examples=("vmctl server-group-get web",))
@click.argument("group")
@pass_output
@pass_client
def server_group_get(client: Client, output: Output, group: str) -> None:
    """Show one server group and its members."""
    _show(output, [client.server_groups.get(group)])


@command("server-group-delete", examples=("vmctl server-group-delete web db",))
@click.argument("groups", nargs=-1, required=True, metavar="GROUP...")
@pass_output
@pass_client
def server_group_delete(client: Client, output: Output, groups: tuple[str, ...]) -> None:
    """Delete server groups; their servers live on."""

    def delete(group: str) -> None:
        client.server_groups.delete(group)
        output.say(f"Server group {group} has been successfully deleted.")

    for_each(groups, delete, output.format)


def _rule(text: str | None) -> int:
    if text is None:
        return 0
    key, value = pair(text)
    if key != RULE or not value.isdecimal() or not 1 <= int(value) < 2**31:
        raise invalid(f"'{text}' is no rule", hint=f"{RULE}=N")
    return int(value)


def _show(output: Output, groups: Sequence[ServerGroup]) -> None:
    """Print one group: nova's table of one row, or one object."""
    if output.format == "table" and not output.quiet:
        output.table(groups, COLUMNS)
    else:
        output.one(groups[0], COLUMNS)
