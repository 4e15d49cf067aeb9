"""The completion script for zsh."""

from __future__ import annotations

from collections.abc import Iterable

from vmctl_cli.completion.names import ASK_EVERY_S, STALE_AFTER_S
from vmctl_cli.completion.tree import Command, Option, Tree

LIVE = f"""\
#compdef vmctl
# zsh completion for vmctl, made by: vmctl completion zsh
typeset -gA _vmctl_asked
_vmctl_live() {{
    local kind=$1 who cache made
    local -a lines names
    zmodload -F zsh/datetime p:EPOCHSECONDS
    who=${{VMCTL_ENDPOINT-}}-${{VMCTL_USERNAME-}}-${{VMCTL_PROJECT-}}
    cache=${{XDG_CACHE_HOME:-$HOME/.cache}}/vmctl/${{who//[^a-zA-Z0-9]/_}}/$kind
    [[ -r $cache ]] && lines=("${{(@f)$(<$cache)}}")
    made=${{lines[1]-}}
    names=("${{(@)lines[2,-1]}}")
    ((${{#names}})) && compadd -a -- names
    [[ $made == <-> ]] && ((EPOCHSECONDS - made < {STALE_AFTER_S})) && return
    ((EPOCHSECONDS - ${{_vmctl_asked[$kind]:-0}} < {ASK_EVERY_S})) && return
    _vmctl_asked[$kind]=$EPOCHSECONDS
    (vmctl bash-completion --refresh $kind </dev/null &>/dev/null &)
}}
"""


def script(tree: Tree) -> str:
    """Return the script, a function for ``fpath`` or for ``source``."""
    lines = [
        LIVE + "_vmctl() {",
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
        lines += [f"{spec} \\" for spec in _argument_specs(command)]
        lines[-1] = lines[-1].removesuffix(" \\") + " ;;"
    lines += [
        "            esac ;;",
        "    esac",
        "}",
        'if [[ "$funcstack[1]" == _vmctl ]]; then _vmctl "$@"; else compdef _vmctl vmctl; fi',
    ]
    return "\n".join(lines) + "\n"


def _argument_specs(command: Command) -> list[str]:
    """Return what each argument can be; the last specification goes for all further ones."""
    indent = " " * 24
    words = f"({' '.join(command.words)})" if command.words else "_default"
    if not command.has_kinds:
        return [f"{indent}'*: :{words}'"]
    actions = [words if kind == "-" else f" _vmctl_live {kind}" for kind in command.kinds]
    specs = [f"{indent}'{place}: :{action}'" for place, action in enumerate(actions[:-1], 1)]
    return [*specs, f"{indent}'*: :{actions[-1]}'"]


def _specs(options: Iterable[Option], indent: str) -> list[str]:
    """Return one ``_arguments`` specification for each name of each option."""
    specs = []
    for option in options:
        follows = ""
        if option.takes_value:
            values = f"({' '.join(option.values)})" if option.values else ""
            live = f" _vmctl_live {option.kind}" if option.kind else values
            follows = ":value:" + ("_files" if option.is_path else live)
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
