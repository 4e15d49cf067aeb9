"""What the actions of one build share: what to build, with whom, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vmctld.compute.agent.ports import BuildServices, ImageCache
from vmctld.compute.steps import Tracer
from vmctld.domain.instance import Instance
from vmctld.domain.machine import MachineStatus
from vmctld.domain.network import PortWiring
from vmctld.domain.volume import VolumeConnection
from vmctld.drivers.base import Driver


@dataclass(slots=True)
class BuildContext:
    """One build.  Actions fill the results as they go; a resumed build fills them again."""

    instance: Instance
    host: str
    services: BuildServices
    as_agent: BuildServices
    cache: ImageCache
    driver: Driver
    tracer: Tracer
    image_path: Path | None = None
    image_format: str | None = None
    wirings: tuple[PortWiring, ...] = ()
    connections: tuple[VolumeConnection, ...] = ()
    machine: MachineStatus | None = None
