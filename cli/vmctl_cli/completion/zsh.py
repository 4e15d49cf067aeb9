"""The completion script for zsh."""

from __future__ import annotations

from collections.abc import Iterable

from vmctl_cli.completion.tree import Option, Tree


def script(tree: Tree) -> str:
    """Return the script, a function for ``fpath`` or for ``source``."""
    lines = [
        "#compdef vmctl",
        "# zsh completion for vmctl, made by: vmctl completion zsh",
        "_vmctl() {",
        '    local curcontext="$curcontext" state line',
        "    local -a commands shared",
        "    commands=(",
    ]
    lines += [
        f"        {_quoted(_escaped(command.name) + ':' + _escaped(command.purpose))}"
        for command in tree.commands
    ]
    lines += ["    )", "    shared=("]
    lines += _specs(tree.global_options, " " * 8)
    lines += [
        "    )",
        "    _arguments -C $shared '1: :->command' '*:: :->rest'",
        "    case $state in",
        "        command) _describe command commands ;;",
        "        rest)",
        "            case $line[1] in",
    ]
    for command in tree.commands:
        lines.append(f"                {command.name})")
        lines.append("                    _arguments $shared \\")
        lines += [f"{spec} \\" for spec in _specs(command.options, " " * 24)]
        words = f"({' '.join(command.words)})" if command.words else "_default"
        lines.append(f"                        '*: :{words}' ;;")
    lines += [
        "            esac ;;",
        "    esac",
        "}",
        'if [[ "$funcstack[1]" == _vmctl ]]; then _vmctl "$@"; else compdef _vmctl vmctl; fi',
    ]
    return "\n".join(lines) + "\n"


def _specs(options: Iterable[Option], indent: str) -> list[str]:
    """Return one ``_arguments`` specification for each name of each option."""
    specs = []
    for option in options:
        follows = ""
        if option.takes_value:
            values = f"({' '.join(option.values)})" if option.values else ""
            follows = ":value:" + ("_files" if option.is_path else values)
        specs += [
            indent + _quoted(f"*{name}[{_escaped(option.purpose)}]{follows}")
            for name in option.names
        ]
    return specs


def _escaped(text: str) -> str:
    for character in "\\[]:":
        text = text.replace(character, "\\" + character)
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
