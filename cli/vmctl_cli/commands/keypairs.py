"""``keypair-*``: what opens a guest's door."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid, not_supported
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each
from vmctl_cli.streams import write

LARGEST_KEY_BYTES = 16 * 1024  # a key of 16384 bits takes 3 KiB
LIST_COLUMNS = (
    Column("Name", "name"),
    Column("Type", "kind"),
    Column("Fingerprint", "fingerprint"),
)
SHOW_ROWS = (
    time_column("created_at", "created_at"),
    Column("fingerprint", "fingerprint"),
    Column("name", "name"),
    Column("public_key", "public_key"),
    Column("type", "kind"),
    Column("user_id", "user_id"),
)


user_option = click.option("--user", metavar="USER", default="", help="Another user's; for admins.")


@dataclass(frozen=True, slots=True)
class NewKeypair:
    """A key pair that was made here; its private key is shown this once."""

    name: str
    kind: str
    fingerprint: str
    public_key: str
    private_key: str
    user_id: str
    created_at: str | None


PRIVATE_ROW = Column("private_key", "private_key")


@command(
    "keypair-add",
    examples=(
        "vmctl keypair-add --pub-key ~/.ssh/id_ed25519.pub mine",
        "(umask 077; vmctl keypair-add fresh > fresh.pem)",
    ),
)
@click.argument("name")
@click.option("--pub-key", metavar="FILE", help="The public key to keep; - is stdin.")
@click.option("--key-type", metavar="TYPE", default="ssh", help="ssh, the only kind there is.")
@user_option
@pass_output
@pass_client
def keypair_add(
    client: Client, output: Output, name: str, pub_key: str | None, key_type: str, user: str
) -> None:
    """Add a key pair; without --pub-key make one, and print its private key."""
    if key_type != "ssh":
        raise not_supported(f"the key type {key_type}", hint="ssh is")
    if pub_key is not None:
        kept = client.keypairs.add(name, _public_key(pub_key), user=user)
        output.one(kept, SHOW_ROWS, id_key="name")
    else:
        _make(client, output, name, user)
    output.suggest(f"vmctl boot --key-name {name} --flavor FLAVOR --image IMAGE NAME")


@command("keypair-list", examples=("vmctl keypair-list",))
@click.option("--marker", metavar="NAME", default="", help="Begin after this one.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="At most so many.")
@user_option
@pass_output
@pass_client
def keypair_list(client: Client, output: Output, marker: str, limit: int | None, user: str) -> None:
    """List your key pairs."""
    found = client.keypairs.list(limit=limit, marker=marker, user=user)
    output.table(found, LIST_COLUMNS, id_key="name", record="keypairs.Keypair")


@command("keypair-show", examples=("vmctl keypair-show mine -f value -c public_key",))
@click.argument("keypair")
@user_option
@pass_output
@pass_client
def keypair_show(client: Client, output: Output, keypair: str, user: str) -> None:
    """Show one key pair, its public part."""
    output.one(client.keypairs.get(keypair, user=user), SHOW_ROWS, id_key="name")


@command("keypair-delete", examples=("vmctl keypair-delete mine",))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@user_option
@pass_output
@pass_client
def keypair_delete(client: Client, output: Output, names: tuple[str, ...], user: str) -> None:
    """Delete key pairs; servers that have the key keep it."""

    def delete(name: str) -> None:
        client.keypairs.delete(name, user=user)
        output.say(f"Key pair {name} is deleted.")

    for_each(names, delete, output.format)


def _make(client: Client, output: Output, name: str, user: str) -> None:
    """Make a key pair here: the private key never leaves this machine."""
    from vmctl_cli.ssh_keys import make_keys

    private_key, public_key = make_keys()
    kept = client.keypairs.add(name, public_key, user=user)
    if output.format == "table" and not output.quiet:
        write(private_key)
        return
    made = NewKeypair(
        name=kept.name,
        kind=kept.kind,
        fingerprint=kept.fingerprint,
        public_key=kept.public_key,
        private_key=private_key,
        user_id=kept.user_id,
        created_at=kept.created_at,
    )
    output.one(made, (*SHOW_ROWS, PRIVATE_ROW), id_key="name")


def _public_key(file: str) -> str:
    """Return what the file holds; a private key is refused before anybody sees it."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(LARGEST_KEY_BYTES)
        else:
            with Path(file).expanduser().open("rb") as stream:
                data = stream.read(LARGEST_KEY_BYTES)
    except OSError as error:
        raise invalid(f"Can't open '{file}': {error}") from error
    if b"PRIVATE KEY" in data:
        raise invalid(
            f"{file} holds a private key",
            code="private-key-given",
            hint="name the public key, usually the same file name with .pub at its end",
        )
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        raise invalid(f"{file} is no public key in OpenSSH's form", code="invalid-key") from None
