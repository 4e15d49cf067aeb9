"""``dead-letters*``: messages that nobody could handle, and sending them again."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

LIST_COLUMNS = (
    Column("ID", "id"),
    time_column("Died At", "died_at"),
    Column("Queue", "address"),
    Column("Message", "message"),
    Column("Server", "instance_id"),
    Column("Reason", "reason"),
)


@command("dead-letters", examples=("vmctl dead-letters", "vmctl dead-letters -f json"))
@pass_output
@pass_client
def dead_letters(client: Client, output: Output) -> None:
    """List the messages that nobody could handle, oldest first."""
    letters = list(client.operators.dead_letters())
    output.table(letters, LIST_COLUMNS)
    if letters:
        output.suggest("vmctl dead-letters-replay --all")


@command(
    "dead-letters-replay",
    examples=(
        "vmctl dead-letters-replay 0c7a1d1e-5d0b-5f0e-8d3c-6f1d2b7a9e11",
        "vmctl dead-letters-replay --all",
    ),
)
@click.option("--all", "everything", is_flag=True, help="All that can be sent again.")
@click.argument("letters", nargs=-1, metavar="[ID]...")
@pass_output
@pass_client
def replay(client: Client, output: Output, letters: tuple[str, ...], everything: bool) -> None:
    """Send messages again that nobody could handle; a boot that failed with one begins anew."""
    if bool(letters) == everything:
        raise invalid("name the dead letters, or say --all", hint="vmctl dead-letters lists them")
    if everything:
        found = client.operators.dead_letters()
        letters = tuple(letter.id for letter in found if letter.replayable)

    def send(letter_id: str) -> None:
        letter = client.operators.replay(letter_id)
        output.say(f"{letter.message} for {letter.address} was sent again.")

    for_each(letters, send, output.format)


@command(
    "dead-letters-delete", examples=("vmctl dead-letters-delete $(vmctl dead-letters --quiet)",)
)
@click.argument("letters", nargs=-1, required=True, metavar="ID...")
@pass_output
@pass_client
def delete(client: Client, output: Output, letters: tuple[str, ...]) -> None:
    """Forget messages that nobody could handle."""
    for_each(letters, client.operators.delete_dead_letter, output.format)
