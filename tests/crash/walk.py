"""What can be done to a server that leads back to ACTIVE, and which of it passes a failpoint."""

from __future__ import annotations

from dataclasses import dataclass

from vmctld.compute.agent.task_sagas import TASK_SAGAS
from vmctld.compute.cells import TASK_PARTS


@dataclass(frozen=True)
class Leg:
    """One action: how it is asked for, the name of its saga, and how the server may end."""

    call: str
    saga: str
    statuses: tuple[str, ...] = ("ACTIVE",)

    @property
    def parts(self) -> frozenset[str]:
        """The names of the parts that it consists of."""
        return frozenset(part.name for part in TASK_SAGAS[self.saga])


REBOOT = Leg("RebootInstance", "reboot")
PAUSE = Leg("PauseInstance", "pause", ("PAUSED",))
UNPAUSE = Leg("UnpauseInstance", "unpause")
SUSPEND = Leg("SuspendInstance", "suspend", ("SUSPENDED",))
RESUME = Leg("ResumeInstance", "resume")
STOP = Leg("StopInstance", "stop", ("SHUTOFF",))
START = Leg("StartInstance", "start")
RESCUE = Leg("RescueInstance", "rescue", ("RESCUE",))
UNRESCUE = Leg("UnrescueInstance", "unrescue")
REBUILD = Leg("RebuildInstance", "rebuild")
RESIZE = Leg("ResizeInstance", "resize", ("VERIFY_RESIZE",))
REVERT = Leg("RevertResize", "revertResize")
CONFIRM = Leg("ConfirmResize", "confirmResize")
SNAPSHOT = Leg("SnapshotInstance", "createImage")
SHELVE = Leg("ShelveInstance", "shelve", ("SHELVED_OFFLOADED", "SHELVED"))
UNSHELVE = Leg("UnshelveInstance", "unshelve")
PLUG = Leg("AttachInterface", "attach_interface")
UNPLUG = Leg("DetachInterface", "detach_interface")
ATTACH = Leg("AttachVolume", "attach_volume")
EXTEND = Leg("ExtendAttachedVolume", "extend_volume")
DETACH = Leg("DetachVolume", "detach_volume")

TRIPS = (
    (REBOOT,),
    (PAUSE, UNPAUSE),
    (SUSPEND, RESUME),
    (STOP, START),
    (RESCUE, UNRESCUE),
    (REBUILD,),
    (RESIZE, REVERT),
    (RESIZE, CONFIRM),
    (SNAPSHOT,),
    (SHELVE, UNSHELVE),
    (PLUG, UNPLUG),
    (ATTACH, EXTEND, DETACH),
)
"""Each begins at ACTIVE and ends there."""


def way_past(point: str) -> tuple[Leg, ...]:
    """Return the trips that pass a failpoint: all, for one that every action passes."""
    part = point.partition(":")[2]
    trips = [trip for trip in TRIPS if part not in TASK_PARTS or _passes(trip, part)]
    return tuple(leg for trip in trips for leg in trip)


def is_of_an_action(point: str) -> bool:
    """Return whether it is an action that passes the point, and no boot and no deletion."""
    kind, _, part = point.partition(":")
    return kind == "action" or (kind == "undo" and part in TASK_PARTS)


def _passes(trip: tuple[Leg, ...], part: str) -> bool:
    return any(part in leg.parts for leg in trip)
