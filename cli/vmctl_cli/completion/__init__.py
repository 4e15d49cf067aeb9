"""Completion scripts, made from the command tree: no Python runs while somebody types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vmctl_cli.completion import bash, fish, zsh
from vmctl_cli.completion.tree import Tree, read_tree

_WRITERS: Mapping[str, Callable[[Tree], str]] = {
    "bash": bash.script,
    "zsh": zsh.script,
    "fish": fish.script,
}


def script_for(shell: str) -> str:
    """Return the completion script of one shell."""
    return _WRITERS[shell](read_tree())


def all_words() -> list[str]:
    """Return every command and every option, sorted."""
    tree = read_tree()
    words = {command.name for command in tree.commands}
    for command in tree.commands:
        words.update(name for option in command.options for name in option.names)
    words.update(name for option in tree.global_options for name in option.names)
    return sorted(words)
