"""Numbers with their nouns, as people say them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return ``1 host`` or ``2 hosts``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
