"""``update``, ``meta``, ``server-tag-*``: what users write on servers."""

from __future__ import annotations

import click

from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output

TAG_COLUMNS = (Column("Tag", "tag"),)


@command(
    "update",
    examples=(
        "vmctl update --name db1 web1",
        "vmctl update --description 'the new database' db1",
    ),
)
@click.option("--name", metavar="NAME", help="Its new name.")
@click.option("--description", metavar="TEXT", help="What it is for; an empty text takes it away.")
@click.option("--hostname", metavar="NAME", help="The guest's host name, seen in its metadata.")
@click.argument("server")
@pass_client
def update(
    client: Client, server: str, name: str | None, description: str | None, hostname: str | None
) -> None:
    """Change a server's name, description or host name."""
    if name is None and description is None and hostname is None:
        raise invalid("there is nothing to change", hint="for instance: --name NAME")
    client.details.update(server, name=name, description=description, hostname=hostname)


@command(
    "meta",
    examples=("vmctl meta web1 set role=web stage=test", "vmctl meta web1 delete stage"),
)
@click.argument("server")
@click.argument("action", type=click.Choice(("set", "delete")))
@click.argument("metadata", nargs=-1, required=True, metavar="KEY=VALUE...")
@pass_client
def meta(client: Client, server: str, action: str, metadata: tuple[str, ...]) -> None:
    """Set or delete a server's metadata."""
    if action == "set":
        client.details.set_metadata(server, pairs(metadata))
    else:
        client.details.delete_metadata(server, [item.partition("=")[0] for item in metadata])


@command("server-tag-list", examples=("vmctl server-tag-list web1",))
@click.argument("server")
@pass_output
@pass_client
def server_tag_list(client: Client, output: Output, server: str) -> None:
    """List a server's tags."""
    tags = client.servers.get(server).tags
    output.table([{"tag": tag} for tag in tags], TAG_COLUMNS, id_key="tag")


@command("server-tag-add", examples=("vmctl server-tag-add web1 blue prod",))
@click.argument("server")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@pass_client
def server_tag_add(client: Client, server: str, tags: tuple[str, ...]) -> None:
    """Add tags to a server."""
    client.details.add_tags(server, tags)


@command("server-tag-set", examples=("vmctl server-tag-set web1 green prod",))
@click.argument("server")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@pass_client
def server_tag_set(client: Client, server: str, tags: tuple[str, ...]) -> None:
    """Replace all tags of a server."""
    client.details.replace_tags(server, tags)


@command("server-tag-delete", examples=("vmctl server-tag-delete web1 blue",))
@click.argument("server")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@pass_client
def server_tag_delete(client: Client, server: str, tags: tuple[str, ...]) -> None:
    """Take tags off a server."""
    client.details.delete_tags(server, tags)


@command("server-tag-delete-all", examples=("vmctl server-tag-delete-all web1",))
@click.argument("server")
@pass_client
def server_tag_delete_all(client: Client, server: str) -> None:
    """Take all tags off a server."""
    client.details.replace_tags(server, ())
