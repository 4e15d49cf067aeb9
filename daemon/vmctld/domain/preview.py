"""What a boot would make, and where, with nothing made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmctld.domain.flavor import Flavor
from vmctld.domain.placement import Decision
from vmctld.domain.quota import Usage


@dataclass(frozen=True, slots=True)
class PreviewedServer:
    """One server that would be made."""

    name: str
    hostname: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class BootPreview:
    """All that one request would make."""

    servers: tuple[PreviewedServer, ...]
    flavor: Flavor
    image_id: str | None
    network_ids: tuple[str, ...]
    volume_ids: tuple[str, ...]
    availability_zone: str | None
    usage: Usage  # of the project afterwards
    limits: Mapping[str, int]
