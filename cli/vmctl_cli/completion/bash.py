"""The completion script for bash."""

from __future__ import annotations

from collections.abc import Iterable

from vmctl_cli.completion.tree import Option, Tree

HEAD = """\
# bash completion for vmctl, made by: vmctl completion bash
_vmctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= words= word position
    for ((position = 1; position < COMP_CWORD; position++)); do
        word=${COMP_WORDS[position]}
        case $word in
"""


def script(tree: Tree) -> str:
    """Return the script: which command it is, what may follow the option before, all words."""
    every = [*tree.global_options]
    for command in tree.commands:
        every += command.options
    lines = [
        HEAD + f"            {_pattern(tree.global_options)}) ((position++)) ;;",
        "            -*) ;;",
        "            *) command=$word; break ;;",
        "        esac",
        "    done",
        "    case $previous in",
    ]
    for option in tree.global_options:
        if option.values:
            lines.append(f"        {'|'.join(option.names)})")
            lines.append(f"            words='{' '.join(option.values)}'")
            lines.append('            COMPREPLY=($(compgen -W "$words" -- "$current"))')
            lines.append("            return ;;")
    paths = sorted({name for option in every if option.is_path for name in option.names})
    lines.append(f"        {'|'.join(paths)})")
    lines.append('            COMPREPLY=($(compgen -f -- "$current"))')
    lines.append("            return ;;")
    lines += ["    esac", "    case $command in"]
    names = " ".join(command.name for command in tree.commands)
    lines.append(f"        '') words='{names}' ;;")
    for command in tree.commands:
        words = [name for option in command.options for name in option.names]
        lines.append(f"        {command.name}) words='{' '.join([*command.words, *words])}' ;;")
    shared = " ".join(name for option in tree.global_options for name in option.names)
    lines += [
        "    esac",
        f"    [[ $current == -* ]] && words+=' {shared}'",
        '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
        "}",
        "complete -o default -F _vmctl vmctl",
    ]
    return "\n".join(lines) + "\n"


def _pattern(options: Iterable[Option]) -> str:
    return "|".join(name for option in options if option.takes_value for name in option.names)
