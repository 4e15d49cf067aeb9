"""Where an instance shall go, beyond what its size asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the scheduler is to heed; settled when the boot is accepted, kept for every attempt."""

    seed: int = 0  # follows from the request: a dry run and the boot itself draw the same
    requested_host: str | None = None  # goes through the filters, unlike a forced one
    group_id: str | None = None
    same_host: tuple[str, ...] = ()  # instance ids
    different_host: tuple[str, ...] = ()  # instance ids
    query: str | None = None  # JSON, as it was given and found to be sound
    image_properties: Mapping[str, str] = field(default_factory=dict)


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Hint:
    """One ``--hint KEY=VALUE`` as it was typed."""

    key: str
    value: str
