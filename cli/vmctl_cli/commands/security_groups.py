"""``secgroup-*``, ``add-secgroup``: groups of rules, and the servers that are in them."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.security_group_columns import (
    GROUP_COLUMNS,
    GROUP_ROWS,
    tell_if_unfiltered,
)
from vmctl_cli.errors import invalid
from vmctl_cli.output import Output
from vmctl_cli.reporting import for_each


@command("secgroup-list", examples=("vmctl secgroup-list",))
@click.option("--all-tenants", is_flag=True, help="Of all projects; for admins.")
@pass_output
@pass_client
def secgroup_list(client: Client, output: Output, all_tenants: bool) -> None:
    """List security groups."""
    output.table(client.security_groups.list(all_projects=all_tenants), GROUP_COLUMNS)


@command("secgroup-show", examples=("vmctl secgroup-show default",))
@click.argument("group")
@pass_output
@pass_client
def secgroup_show(client: Client, output: Output, group: str) -> None:
    """Show one security group and its rules."""
    output.one(client.security_groups.get(group), GROUP_ROWS)


@command(
    "secgroup-create",
    examples=("vmctl secgroup-create web", "vmctl secgroup-create web 'what the world may see'"),
)
@click.argument("name")
@click.argument("description", default="")
@click.option("--description", "said", metavar="TEXT", help="The same, as neutron has it.")
@pass_output
@pass_client
def secgroup_create(
    client: Client, output: Output, name: str, description: str, said: str | None
) -> None:
    """Create a security group: all may leave, and nothing may come in yet.

    Enforced on the bridge network alone: in user mode groups and rules are kept, and nothing is
    filtered.
    """
    made = client.security_groups.create(name, said or description)
    output.one(made, GROUP_ROWS)
    tell_if_unfiltered(output, enforced=made.enforced)
    output.suggest(f"vmctl secgroup-rule-create --protocol tcp --dst-port 22 {made.name}")


@command("secgroup-update", examples=("vmctl secgroup-update --name front web",))
@click.argument("group")
@click.argument("words", nargs=-1, metavar="[NAME [DESCRIPTION]]")
@click.option("--name", metavar="NAME", help="What it is called from now on.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@pass_output
@pass_client
def secgroup_update(
    client: Client,
    output: Output,
    group: str,
    words: tuple[str, ...],
    name: str | None,
    description: str | None,
) -> None:
    """Change a security group's name or description."""
    new_name, new_description = ([name, description] if not words else [*words, None])[:2]
    if len(words) > 2 or (words and (name or description)):
        raise invalid("a new name and a new description, and each once")
    if new_name is None and new_description is None:
        raise invalid("nothing to change", hint="--name NAME or --description TEXT")
    output.one(client.security_groups.update(group, new_name, new_description), GROUP_ROWS)


@command("secgroup-delete", examples=("vmctl secgroup-delete web db",))
@click.argument("groups", nargs=-1, required=True, metavar="GROUP...")
@pass_output
@pass_client
def secgroup_delete(client: Client, output: Output, groups: tuple[str, ...]) -> None:
    """Delete security groups that no server is in, and the rules that name them."""

    def delete(group: str) -> None:
        client.security_groups.delete(group)
        output.say(f"Security group {group} is deleted.")

    for_each(groups, delete, output.format)


@command("list-secgroup", examples=("vmctl list-secgroup web1",))
@click.argument("server")
@pass_output
@pass_client
def list_secgroup(client: Client, output: Output, server: str) -> None:
    """List the security groups of a server."""
    output.table(client.security_groups.of_server(client.servers.get(server).id), GROUP_COLUMNS)


@command("add-secgroup", examples=("vmctl add-secgroup web1 web",))
@click.argument("server")
@click.argument("group", metavar="SECGROUP")
@pass_output
@pass_client
def add_secgroup(client: Client, output: Output, server: str, group: str) -> None:
    """Put a server, with all its ports, into a security group.

    Enforced on the bridge network alone, within seconds: in user mode it is kept, and nothing is
    filtered.
    """
    instance_id = client.servers.get(server).id
    enforced = client.security_groups.add_to_server(instance_id, group)
    output.say(f"Server {server} is in the security group {group}.")
    tell_if_unfiltered(output, enforced=enforced)


@command("remove-secgroup", examples=("vmctl remove-secgroup web1 web",))
@click.argument("server")
@click.argument("group", metavar="SECGROUP")
@pass_output
@pass_client
def remove_secgroup(client: Client, output: Output, server: str, group: str) -> None:
    """Take a server out of a security group; what that alone allowed is cut off."""
    client.security_groups.remove_from_server(client.servers.get(server).id, group)
    output.say(f"Server {server} is not in the security group {group} any more.")
