"""What the parts of one action on an instance share."""

from __future__ import annotations

from dataclasses import dataclass

from vmctld.compute.agent.ports import BuildServices, ImageCache
from vmctld.domain.instance import Instance, Task, VmState
from vmctld.domain.lifecycle import settled_state
from vmctld.domain.machine import RootDisk
from vmctld.drivers.base import Driver


@dataclass(slots=True)
class TaskContext:
    """One task of one instance, and what it is done with; all calls are the agent's own."""

    instance: Instance
    task: Task
    driver: Driver
    cache: ImageCache
    services: BuildServices
    root: RootDisk | None = None  # over the image to rebuild with

    @property
    def was(self) -> VmState:
        """What the instance was before the action, and before what was put aside for it."""
        return settled_state(self.instance, self.task)
