"""What a user asks for with ``boot``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmctld.domain.network import NicRequest
from vmctld.domain.volume import VolumeRequest
from vmctld.domain.wishes import Hint


@dataclass(frozen=True, slots=True)
class BootRequest:
    """One ``boot``, as it was asked for: names not yet resolved, nothing checked."""

    name: str
    flavor: str
    image: str | None = None
    volumes: tuple[VolumeRequest, ...] = ()
    nics: tuple[NicRequest, ...] = ()
    no_nics: bool = False
    key_name: str | None = None
    user_data: bytes | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    availability_zone: str | None = None
    description: str | None = None
    min_count: int = 1
    max_count: int = 1
    idempotency_key: str | None = None
    hostname: str | None = None
    tags: tuple[str, ...] = ()
    hints: tuple[Hint, ...] = ()
    host: str | None = None  # goes through the filters, unlike one forced by the zone
    security_groups: tuple[str, ...] = ()  # names or ids; none: the project's default group
