"""The completion script for fish."""

from __future__ import annotations

from vmctl_cli.completion.tree import Option, Tree


def script(tree: Tree) -> str:
    """Return the script: one ``complete`` line for each command and each option."""
    lines = ["# fish completion for vmctl, made by: vmctl completion fish", "complete -c vmctl -f"]
    lines += [_option_line("", option) for option in tree.global_options]
    for command in tree.commands:
        lines.append(
            f"complete -c vmctl -n __fish_use_subcommand -a {command.name} "
            f"-d {_quoted(command.purpose)}"
        )
        condition = f"-n {_quoted('__fish_seen_subcommand_from ' + command.name)} "
        lines += [_option_line(condition, option) for option in command.options]
        if command.words:
            lines.append(f"complete -c vmctl {condition}-a {_quoted(' '.join(command.words))}")
    return "\n".join(lines) + "\n"


def _option_line(condition: str, option: Option) -> str:
    names = " ".join(
        f"-l {name.removeprefix('--')}" if name.startswith("--") else f"-s {name[1:]}"
        for name in option.names
    )
    follows = " -r -F" if option.is_path else " -x" if option.takes_value else ""
    if option.values:
        follows += f" -a {_quoted(' '.join(option.values))}"
    return f"complete -c vmctl {condition}{names}{follows} -d {_quoted(option.purpose)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
