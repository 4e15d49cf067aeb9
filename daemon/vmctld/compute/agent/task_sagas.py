"""Which parts each action consists of, in order.  Each part knows its own undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vmctld.compute.agent.actions.freeze import Freeze, LoadMemory, SaveMemory, Thaw
from vmctld.compute.agent.actions.interfaces import (
    AllocateInterface,
    PlugInterface,
    ReleaseInterface,
    UnplugInterface,
)
from vmctld.compute.agent.actions.power import PowerOff, PowerOn, PowerOnAgain
from vmctld.compute.agent.actions.rescue import (
    BootFromIt,
    InsertRescueDisk,
    RemoveRescueDisk,
    forget_rescue,
)
from vmctld.compute.agent.actions.reshape import (
    BringBack,
    ChangeSize,
    FetchNewImage,
    RenewDisk,
    SetAside,
    forget_what_was,
    keep_new_image,
)
from vmctld.compute.agent.actions.snapshots import (
    CopyDisk,
    EndMachine,
    PowerOffToShelve,
    UploadImage,
    drop_copy,
    leave_host,
)
from vmctld.compute.agent.actions.volumes import (
    ConnectVolume,
    DisconnectVolume,
    GrowDisk,
    PlugVolume,
    RecordGrowth,
    UnplugVolume,
)
from vmctld.compute.agent.task_context import TaskContext
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.saga.action import Action

Parts = tuple[Action[TaskContext], ...]

TASK_SAGAS: Mapping[str, Parts] = MappingProxyType(
    {
        "stop": (PowerOff(),),
        "start": (PowerOn(),),
        "reboot": (PowerOff(), PowerOn()),
        "pause": (Freeze(),),
        "unpause": (Thaw(),),
        "suspend": (SaveMemory(),),
        "resume": (LoadMemory(),),
        "softDelete": (PowerOff(asks_guest=False),),
        "restore": (PowerOn(),),
        "rescue": (PowerOff(asks_guest=False), InsertRescueDisk(), BootFromIt()),
        "unrescue": (RemoveRescueDisk(), BootFromIt()),
        "rebuild": (
            FetchNewImage(),
            PowerOff(asks_guest=False),
            SetAside(),
            RenewDisk(),
            PowerOnAgain(),
        ),
        "resize": (PowerOff(), SetAside(), ChangeSize(), PowerOnAgain()),
        "createImage": (CopyDisk(), UploadImage()),
        "createBackup": (CopyDisk(), UploadImage()),
        "shelve": (PowerOffToShelve(), CopyDisk(), UploadImage(), EndMachine()),
        "shelveOffload": (),
        "unshelve": (PowerOn(),),
        "confirmResize": (),
        "revertResize": (PowerOff(), SetAside(), BringBack(), PowerOnAgain()),
        "attach_interface": (AllocateInterface(), PlugInterface()),
        "detach_interface": (UnplugInterface(), ReleaseInterface()),
        "attach_volume": (ConnectVolume(), PlugVolume()),
        "detach_volume": (UnplugVolume(), DisconnectVolume()),
        "extend_volume": (GrowDisk(), RecordGrowth()),
    }
)

AFTERWARDS: Mapping[str, Callable[[TaskContext], None]] = MappingProxyType(
    {
        "unrescue": forget_rescue,
        "rebuild": keep_new_image,
        "createImage": drop_copy,
        "createBackup": drop_copy,
        "shelve": drop_copy,
        "shelveOffload": leave_host,
        "confirmResize": forget_what_was,
        "revertResize": forget_what_was,
    }
)
"""What is thrown away once the action is recorded as done: before that it may be undone."""


@dataclass(slots=True)
class _Breakable:
    """A part that can be made to fail, before its effect and after it."""

    part: Action[TaskContext]
    name: str

    def do(self, ctx: TaskContext) -> None:
        """Do it, if nothing strikes."""
        failpoints.hit(f"action:{self.name}", Phase.BEFORE)
        self.part.do(ctx)
        failpoints.hit(f"action:{self.name}", Phase.AFTER_EFFECT)

    def undo(self, ctx: TaskContext) -> None:
        """Undo it; the runner has failpoints of its own for that."""
        self.part.undo(ctx)


def parts_of(action: str) -> Parts:
    """Return the parts of an action, each with its failpoints."""
    return tuple(_Breakable(part, part.name) for part in TASK_SAGAS[action])
