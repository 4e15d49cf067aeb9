"""What the parts of one action on an instance share."""

from __future__ import annotations

from dataclasses import dataclass

from vmctld.compute.agent.ports import BuildServices, ImageCache
from vmctld.domain.instance import Instance, Task
from vmctld.drivers.base import Driver


@dataclass(slots=True)
class TaskContext:
    """One task of one instance, and what it is done with; all calls are the agent's own."""

    instance: Instance
    task: Task
    driver: Driver
    cache: ImageCache
    services: BuildServices
