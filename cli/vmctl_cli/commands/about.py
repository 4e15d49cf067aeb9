"""``help``, ``completion``, ``bash-completion``: the command line about itself."""

from __future__ import annotations

import os

import click

from vmctl_cli.command import command, invocation
from vmctl_cli.errors import invalid
from vmctl_cli.lazy import root_command, unknown_command
from vmctl_cli.streams import write

SHELLS = ("bash", "zsh", "fish")


@command("help", examples=("vmctl help", "vmctl help boot"))
@click.argument("name", metavar="[COMMAND]", required=False)
@click.pass_context
def show_help(ctx: click.Context, name: str | None) -> None:
    """Show help on vmctl or on one command."""
    root = ctx.find_root()
    if name is None:
        write(root.get_help() + "\n")
        return
    found = root_command().get_command(root, name)
    if found is None:
        raise unknown_command(name)
    write(found.get_help(click.Context(found, parent=root, info_name=name)) + "\n")


@command(
    "completion",
    examples=(
        "source <(vmctl completion bash)",
        "vmctl completion zsh > ~/.zfunc/_vmctl",
        "vmctl completion fish > ~/.config/fish/completions/vmctl.fish",
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of a shell."""
    from vmctl_cli.completion import script_for

    write(script_for(shell))


@command("bash-completion", examples=("vmctl bash-completion",))
@click.option("--refresh", metavar="KIND", hidden=True)  # by the scripts, in the background
def bash_completion(refresh: str | None) -> None:
    """Print all words for completion, as nova does."""
    if refresh is not None:
        _refresh(refresh)
        return
    from vmctl_cli.completion import all_words

    write(" ".join(all_words()) + "\n")


def _refresh(kind: str) -> None:
    """Have the names of a kind ready for the shell."""
    from vmctl_cli.completion import names

    if kind not in names.LISTS:
        raise invalid(f"{kind!r} is no kind of thing", hint="one of " + ", ".join(names.LISTS))
    names.refresh(invocation().client, kind, os.environ)
