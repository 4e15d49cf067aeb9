"""The completion script for bash."""

from __future__ import annotations

from collections.abc import Iterable

from vmctl_cli.completion.names import ASK_EVERY_S, STALE_AFTER_S
from vmctl_cli.completion.tree import Option, Tree

# Names go through no expansion: compgen -W would run what is in a $(...) of a server's name
LIVE = f"""\
# bash completion for vmctl, made by: vmctl completion bash
declare -gA _vmctl_asked
_vmctl_live() {{
    local kind=$1 who cache now name quoted made=
    who=${{VMCTL_ENDPOINT-}}-${{VMCTL_USERNAME-}}-${{VMCTL_PROJECT-}}
    cache=${{XDG_CACHE_HOME:-$HOME/.cache}}/vmctl/${{who//[^a-zA-Z0-9]/_}}/$kind
    printf -v now '%(%s)T' -1
    if [[ -r $cache ]]; then
        {{
            read -r made
            while IFS= read -r name; do
                [[ $name == "$current"* ]] || continue
                printf -v quoted %q "$name"
                COMPREPLY+=("$quoted")
            done
        }} <"$cache"
    fi
    [[ $made =~ ^[0-9]+$ ]] && ((now - made < {STALE_AFTER_S})) && return
    ((now - ${{_vmctl_asked[$kind]:-0}} < {ASK_EVERY_S})) && return
    _vmctl_asked[$kind]=$now
    (vmctl bash-completion --refresh "$kind" </dev/null &>/dev/null &)
}}
"""
HEAD = """\
_vmctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= words= kinds= kind= word position given=0
    for ((position = 1; position < COMP_CWORD; position++)); do
        word=${COMP_WORDS[position]}
        case $word in
"""
TAIL = """\
    if [[ $current != -* && -n $kinds ]]; then
        kinds=($kinds)
        kind=${kinds[given < ${#kinds[@]} ? given : ${#kinds[@]} - 1]}
        [[ $kind == - ]] || { _vmctl_live "$kind"; return; }
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vmctl vmctl
"""


def script(tree: Tree) -> str:
    """Return the script: which command it is, what may follow the option before, all words."""
    every = [*tree.global_options]
    for command in tree.commands:
        every += command.options
    lines = [
        HEAD + f"            {_pattern(every)}) ((position++)) ;;",
        "            -*) ;;",
        "            *) if [[ -z $command ]]; then command=$word; else ((given++)); fi ;;",
        "        esac",
        "    done",
        "    COMPREPLY=()",
        "    case $previous in",
        *_after_options(tree, every),
        "    esac",
        "    case $command in",
    ]
    names = " ".join(command.name for command in tree.commands)
    lines.append(f"        '') words='{names}' ;;")
    for command in tree.commands:
        words = [name for option in command.options for name in option.names]
        kinds = f" kinds='{' '.join(command.kinds)}'" if command.has_kinds else ""
        lines.append(
            f"        {command.name}) words='{' '.join([*command.words, *words])}'{kinds} ;;"
        )
    shared = " ".join(name for option in tree.global_options for name in option.names)
    lines += ["    esac", f"    [[ $current == -* ]] && words+=' {shared}'"]
    return LIVE + "\n".join(lines) + "\n" + TAIL


def _after_options(tree: Tree, every: Iterable[Option]) -> list[str]:
    """Return the cases for what may follow an option: known words, names, a path."""
    lines = []
    for option in tree.global_options:
        if option.values:
            lines.append(f"        {'|'.join(option.names)})")
            lines.append(f"            words='{' '.join(option.values)}'")
            lines.append('            COMPREPLY=($(compgen -W "$words" -- "$current"))')
            lines.append("            return ;;")
    by_kind: dict[str, set[str]] = {}
    for option in every:
        if option.kind:
            by_kind.setdefault(option.kind, set()).update(option.names)
    for kind, names in sorted(by_kind.items()):
        lines.append(f"        {'|'.join(sorted(names))})")
        lines.append(f"            _vmctl_live {kind}")
        lines.append("            return ;;")
    paths = sorted({name for option in every if option.is_path for name in option.names})
    lines.append(f"        {'|'.join(paths)})")
    lines.append('            COMPREPLY=($(compgen -f -- "$current"))')
    lines.append("            return ;;")
    return lines


def _pattern(options: Iterable[Option]) -> str:
    """Return the options that take a value, which is no argument of the command."""
    names = {name for option in options if option.takes_value for name in option.names}
    return "|".join(sorted(names))
