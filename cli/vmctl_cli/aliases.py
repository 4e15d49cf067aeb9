"""Names that nova had once: they still work, and say what they are called now."""

from __future__ import annotations

import os
from collections.abc import Sequence

from vmctl_cli.errors import invalid
from vmctl_cli.old_names import ALIASES
from vmctl_cli.settings import wanted_format
from vmctl_cli.streams import write_error


def renamed(typed: list[str], output_format: str | None) -> tuple[str, list[str]]:
    """Return the command behind an old name, and the arguments that it takes now.

    Says so on stderr, but for a script that reads JSON there.
    """
    old, (name, *words) = typed[0], ALIASES[typed[0]]
    places = [int(word.strip("{}")) for word in words if word.startswith("{")]
    count = max(places, default=-1) + 1
    given, rest = typed[1 : count + 1], typed[count + 1 :]
    if len(given) < count or any(map(_is_option, given)):
        raise invalid(
            f"{old} takes {count} arguments before its options",
            code="wrong-usage",
            hint=f"vmctl help {name} shows how it is used now",
        )
    if (output_format or wanted_format(typed, os.environ)) != "json":
        write_error(f"{old} is called {name} now: vmctl help {name} tells more\n")
    return name, [name, *(_filled(word, given) for word in words), *rest]


def _is_option(word: str) -> bool:
    return word.startswith("-") and not word[1:].isdecimal()  # -1 was nova's word for any


def _filled(word: str, given: Sequence[str]) -> str:
    """Return a word of an alias, or the argument that it stands for."""
    return given[int(word.strip("{}"))] if word.startswith("{") else word
