"""``key=value`` as it comes from the command line."""

from __future__ import annotations

from collections.abc import Iterable

from vmctl_cli.errors import invalid


def pair(text: str) -> tuple[str, str]:
    """Return key and value; the value may hold further ``=``."""
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise invalid(f"'{text}' is not in the format of 'key=value'")
    return key, value


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Return all pairs; of a repeated key the last one counts."""
    return dict(pair(text) for text in texts)
