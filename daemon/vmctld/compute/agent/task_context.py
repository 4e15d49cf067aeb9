"""What the parts of one action on an instance share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vmctld.compute.agent.ports import BuildServices, ImageCache
from vmctld.domain.instance import Instance, Task, VmState
from vmctld.domain.lifecycle import settled_state
from vmctld.domain.machine import RootDisk
from vmctld.domain.network import PortWiring
from vmctld.domain.volume import VolumeConnection
from vmctld.drivers.base import Driver


@dataclass(slots=True)
class TaskContext:
    """One task of one instance, and what it is done with; ``as_user`` aside, as the agent."""

    instance: Instance
    task: Task
    driver: Driver
    cache: ImageCache
    services: BuildServices
    root: RootDisk | None = None  # over the image to rebuild with
    as_user: Callable[[], BuildServices] | None = None  # with a token for this task, drawn then
    connection: VolumeConnection | None = None  # to the volume that the task attaches
    plugged_in: tuple[PortWiring, ...] = ()  # the card that the task is for, once it has one

    @property
    def was(self) -> VmState:
        """What the instance was before the action, and before what was put aside for it."""
        return settled_state(self.instance, self.task)
