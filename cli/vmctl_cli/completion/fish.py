"""The completion script for fish."""

from __future__ import annotations

from vmctl_cli.completion.names import ASK_EVERY_S, STALE_AFTER_S
from vmctl_cli.completion.tree import Option, Tree

LIVE = f"""\
# fish completion for vmctl, made by: vmctl completion fish
function __vmctl_live
    set -l who "$VMCTL_ENDPOINT-$VMCTL_USERNAME-$VMCTL_PROJECT"
    set -l base $HOME/.cache
    test -n "$XDG_CACHE_HOME"; and set base $XDG_CACHE_HOME
    set -l cache $base/vmctl/(string replace -ra '[^a-zA-Z0-9]' _ -- $who)/$argv[1]
    set -l now (date +%s)
    set -l asked __vmctl_asked_$argv[1]
    set -l lines
    test -r $cache; and read -z -l text <$cache; and set lines (string split -n \\n -- $text)
    set -l made 0
    string match -qr '^[0-9]+$' -- "$lines[1]"; and set made $lines[1]
    if test (math $now - $made) -ge {STALE_AFTER_S}
        if not set -q $asked; or test (math $now - $$asked) -ge {ASK_EVERY_S}
            set -g $asked $now
            command vmctl bash-completion --refresh $argv[1] </dev/null >/dev/null 2>&1 &
            disown 2>/dev/null
        end
    end
    set -q lines[2]; and printf '%s\\n' $lines[2..]
    return 0
end
"""


def script(tree: Tree) -> str:
    """Return the script: one ``complete`` line for each command and each option."""
    lines = [LIVE + "complete -c vmctl -f"]
    lines += [_option_line("", option) for option in tree.global_options]
    for command in tree.commands:
        lines.append(
            f"complete -c vmctl -n __fish_use_subcommand -a {command.name} "
            f"-d {_quoted(command.purpose)}"
        )
        condition = f"-n {_quoted('__fish_seen_subcommand_from ' + command.name)} "
        lines += [_option_line(condition, option) for option in command.options]
        if command.has_kinds:
            live = "; ".join(f"__vmctl_live {kind}" for kind in _each_once(command.kinds))
            lines.append(f"complete -c vmctl {condition}-a {_quoted(f'({live})')}")
        if command.words:
            lines.append(f"complete -c vmctl {condition}-a {_quoted(' '.join(command.words))}")
    return "\n".join(lines) + "\n"


def _each_once(kinds: tuple[str, ...]) -> list[str]:
    return [kind for kind in dict.fromkeys(kinds) if kind != "-"]


def _option_line(condition: str, option: Option) -> str:
    names = " ".join(
        f"-l {name.removeprefix('--')}" if name.startswith("--") else f"-s {name[1:]}"
        for name in option.names
    )
    follows = " -r -F" if option.is_path else " -x" if option.takes_value else ""
    if option.kind:
        follows += f" -a {_quoted(f'(__vmctl_live {option.kind})')}"
    if option.values:
        follows += f" -a {_quoted(' '.join(option.values))}"
    return f"complete -c vmctl {condition}{names}{follows} -d {_quoted(option.purpose)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
