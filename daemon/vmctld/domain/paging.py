"""Which part of a long list is wanted."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_LIMIT = 1000  # nova's osapi_max_limit; also the most that one page can have


@dataclass(frozen=True, slots=True)
class Page:
    """At most ``limit`` things, beginning after the one whose id is ``marker``."""

    limit: int = DEFAULT_LIMIT
    marker: str | None = None
