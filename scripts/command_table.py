"""docs/commands.md from the command tree: what of nova's command line is here.

``scripts/commands`` runs it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

import click

from scripts.nova_commands import LEFT_OUT, NOT_YET, NOVA
from vmctl_cli.command import VmctlCommand
from vmctl_cli.commands.refused import is_refused
from vmctl_cli.lazy import root_command
from vmctl_cli.old_names import ALIASES, NEWER_NAMES
from vmctl_cli.registry import MODULES, THEMES

HEAD = """\
# Commands

Made from the command tree by `scripts/commands`; a test keeps it fresh.

Every command of nova's last client is in the first table, with its tier: T1 is what every user needs, T2 what operators do, T3 what is rare, X what was for things that are gone. An option of nova's that nothing here serves is understood and refused by its name, with exit code 7; `vmctl help COMMAND` shows the others.

"""  # noqa: E501 - a paragraph is one line of Markdown


def table() -> str:
    """Return the whole document."""
    return HEAD + "".join(_nova()) + "".join(_old_names()) + "".join(_beyond())


def nova_commands() -> list[tuple[str, str, str]]:
    """Return theme, tier and name of every command of nova's."""
    return [
        (theme, tier, name)
        for theme, tiers in NOVA
        for tier, names in tiers.items()
        for name in names.split()
    ]


def standing(theme: str, name: str) -> tuple[str, str]:
    """Return how it stands with one of nova's commands, in one word and in more."""
    if name in MODULES:
        purpose = _purposes()[name]
        if "not supported yet" in purpose:
            return "not yet", "not yet"
        refused = _refused(name)
        return "done", "done" + (f"; without {refused}" if refused else "")
    if name in ALIASES:
        return "alias", f"alias of `{ALIASES[name][0]}`"
    if name in LEFT_OUT:
        return "left out", f"left out: {LEFT_OUT[name]}"
    why = NOT_YET.get(theme)
    return "not yet", f"not yet: {why}" if why else "not yet"


def _nova() -> Iterator[str]:
    known = nova_commands()
    standings = [standing(theme, name) for theme, _tier, name in known]
    count = Counter(word for word, _more in standings)
    said = ", ".join(f"{count[word]} {word}" for word in ("done", "alias", "not yet", "left out"))
    yield f"## Nova's {len(known)} commands\n\n{said}.\n\n"
    yield "| theme | command | tier | here |\n| --- | --- | --- | --- |\n"
    for (theme, tier, name), (_word, more) in zip(known, standings, strict=True):
        yield f"| {theme} | `{name}` | {tier} | {more} |\n"


def _old_names() -> Iterator[str]:
    yield "\n## Old names\n\nThey work, and say on stderr what they are called now.\n\n"
    yield "| old | now |\n| --- | --- |\n"
    for old, now in sorted(ALIASES.items()):
        yield f"| `{old}` | `{' '.join(now)}` |\n"
    yield "\nOthers are understood, and refused with the name that does it here:\n\n"
    yield "| typed | named |\n| --- | --- |\n"
    for old, new in sorted(NEWER_NAMES.items()):
        yield f"| `{old}` | `{new}` |\n"


def _beyond() -> Iterator[str]:
    yield "\n## Commands that nova never had\n\n| command | purpose |\n| --- | --- |\n"
    known = {name for _theme, _tier, name in nova_commands()}
    for name, purpose in _purposes().items():
        if name not in known:
            yield f"| `{name}` | {purpose} |\n"


def _purposes() -> dict[str, str]:
    return {
        name: purpose
        for _theme, modules in THEMES
        for purposes in modules.values()
        for name, purpose in purposes.items()
    }


def _refused(name: str) -> str:
    """Return the options of nova's that the command understands and refuses."""
    root = root_command()
    found = root.get_command(click.Context(root), name)
    assert isinstance(found, VmctlCommand)
    return ", ".join(f"`{param.opts[0]}`" for param in found.params if is_refused(param))


if __name__ == "__main__":
    sys.stdout.write(table())
