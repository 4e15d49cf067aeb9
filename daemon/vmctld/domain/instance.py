"""Instances: their states, what they are wired to, and why they failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vmctld.domain.flavor import Flavor
from vmctld.domain.machine import PowerState
from vmctld.domain.wishes import NO_WISHES, Wishes


class VmState(StrEnum):
    """What the user asked for; nova's words."""

    BUILDING = "building"
    ACTIVE = "active"
    STOPPED = "stopped"
    ERROR = "error"
    DELETED = "deleted"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    RESCUED = "rescued"
    RESIZED = "resized"
    SOFT_DELETED = "soft-delete"
    SHELVED = "shelved"
    SHELVED_OFFLOADED = "shelved_offloaded"


class TaskState(StrEnum):
    """What is happening now; nova's words, and one of ours."""

    SCHEDULING = "scheduling"
    AWAITING_SLOT = "awaiting_slot"  # placed; the host lets earlier guests come up first
    NETWORKING = "networking"
    BLOCK_DEVICE_MAPPING = "block_device_mapping"
    SPAWNING = "spawning"
    DELETING = "deleting"
    POWERING_OFF = "powering-off"
    POWERING_ON = "powering-on"
    REBOOTING = "rebooting"
    REBOOTING_HARD = "rebooting_hard"
    PAUSING = "pausing"
    UNPAUSING = "unpausing"
    SUSPENDING = "suspending"
    RESUMING = "resuming"
    RESCUING = "rescuing"
    UNRESCUING = "unrescuing"
    REBUILDING = "rebuilding"
    RESIZE_MIGRATING = "resize_migrating"
    RESIZE_CONFIRMING = "resize_confirming"
    RESIZE_REVERTING = "resize_reverting"
    IMAGE_SNAPSHOT = "image_snapshot"
    IMAGE_BACKUP = "image_backup"
    IMAGE_UPLOADING = "image_uploading"
    SHELVING = "shelving"
    SHELVING_IMAGE_UPLOADING = "shelving_image_uploading"
    SHELVING_OFFLOADING = "shelving_offloading"
    UNSHELVING = "unshelving"
    SOFT_DELETING = "soft-deleting"
    RESTORING = "restoring"
    ATTACHING_INTERFACE = "attaching_interface"  # nova shows nothing while it does these two
    DETACHING_INTERFACE = "detaching_interface"
    ATTACHING_VOLUME = "attaching_volume"  # nor while it does these three
    DETACHING_VOLUME = "detaching_volume"
    EXTENDING_VOLUME = "extending_volume"


STATUS_OF = {
    VmState.BUILDING: "BUILD",
    VmState.ACTIVE: "ACTIVE",
    VmState.STOPPED: "SHUTOFF",
    VmState.ERROR: "ERROR",
    VmState.DELETED: "DELETED",
    VmState.PAUSED: "PAUSED",
    VmState.SUSPENDED: "SUSPENDED",
    VmState.RESCUED: "RESCUE",
    VmState.RESIZED: "VERIFY_RESIZE",
    VmState.SOFT_DELETED: "SOFT_DELETED",
    VmState.SHELVED: "SHELVED",
    VmState.SHELVED_OFFLOADED: "SHELVED_OFFLOADED",
}
STATUS_DURING = {
    (VmState.ACTIVE, TaskState.REBOOTING): "REBOOT",
    (VmState.ACTIVE, TaskState.REBOOTING_HARD): "HARD_REBOOT",
    (VmState.ACTIVE, TaskState.REBUILDING): "REBUILD",
    (VmState.STOPPED, TaskState.REBUILDING): "REBUILD",
    (VmState.ERROR, TaskState.REBUILDING): "REBUILD",
    (VmState.ACTIVE, TaskState.RESIZE_MIGRATING): "RESIZE",
    (VmState.STOPPED, TaskState.RESIZE_MIGRATING): "RESIZE",
    (VmState.RESIZED, TaskState.RESIZE_REVERTING): "REVERT_RESIZE",
}
"""What users see instead while that goes on; nova's words."""


def status_of(vm_state: VmState, task_state: TaskState | None, *, is_aside: bool) -> str:
    """Return the word that users see; ``is_aside``: something of it is kept for later."""
    if task_state is not None:
        during = STATUS_DURING.get((vm_state, task_state))
        if during is not None:
            return during
    if vm_state is VmState.BUILDING and is_aside:
        return STATUS_OF[VmState.SHELVED_OFFLOADED]  # nova shows that until it runs
    return STATUS_OF[vm_state]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an instance is in ERROR.  ``step`` is 0 when it was none of the 28."""

    code: str
    message: str
    hint: str
    step: int
    component: str
    created_at: datetime
    request_id: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nic:
    """A network card to be; ``port_id`` was drawn when the boot was accepted."""

    port_id: str
    network_id: str
    fixed_ip: str | None = None
    existing: bool = False  # the port was there before, and stays when the instance goes
    security_group_ids: tuple[str, ...] = ()  # of a port to be made; none: the default group


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """A volume to attach; ``attachment_id`` was drawn when the boot was accepted."""

    volume_id: str
    attachment_id: str
    boot_index: int | None = None
    delete_on_termination: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """Where an instance can be reached."""

    network: str
    address: str
    port_id: str
    mac: str


@dataclass(frozen=True, slots=True)
class Task:
    """What is being done to an instance beside its build; who asked is in its recorded action.

    ``id`` is the fencing token: whoever acts for an instance says for which task.
    """

    id: str
    action: str  # nova's name of it, a key of domain.lifecycle.TRANSITIONS
    request_id: str
    vm_state: VmState  # as it was when the action was accepted
    hard: bool = False  # a reboot without asking the guest
    image_id: str | None = None  # what to rescue or rebuild with, or to make of it
    image_name: str | None = None
    flavor: Flavor | None = None  # the size to take
    kept_s: int = 0  # how long it can be restored, or keeps its host when shelved; negative: always
    backup_type: str = ""
    rotation: int = 0  # how many backups of that type there may be
    nic: Nic | None = None  # the card to plug in, or to take out
    volume: VolumePlan | None = None  # the volume to attach, to detach or to extend
    force: bool = False  # a volume that the guest keeps is pulled out
    size_gib: int = 0  # of the volume, when it is extended


@dataclass(frozen=True, slots=True)
class Aside:
    """What an instance needs to be again what it was."""

    vm_state: VmState
    flavor: Flavor | None = None  # before a resize
    token: str = ""  # under which its host keeps the machine that it was
    image_id: str | None = None  # what its disk was when it was shelved


@dataclass(frozen=True, slots=True)
class Lock:
    """Somebody wants an instance left alone: nobody but admins acts on it."""

    by_admin: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance, as its record has it."""

    id: str
    project_id: str
    user_id: str
    name: str
    hostname: str
    description: str | None
    vm_state: VmState
    task_state: TaskState | None
    power_state: PowerState
    host: str | None
    availability_zone: str | None
    forced_host: str | None
    flavor: Flavor
    image_id: str | None
    image_name: str | None
    key_name: str | None
    public_key: str | None
    user_data: bytes | None
    metadata: Mapping[str, str]
    tags: tuple[str, ...]
    nics: tuple[Nic, ...]
    volumes: tuple[VolumePlan, ...]
    addresses: tuple[Address, ...]
    config_drive: bool
    attempt: int
    excluded_hosts: tuple[str, ...]
    fault: Fault | None
    request_id: str
    reservation_id: str
    launch_index: int
    ssh_port: int | None
    accelerator: str | None
    created_at: datetime
    updated_at: datetime
    launched_at: datetime | None
    terminated_at: datetime | None
    deadline_at: datetime | None
    task: Task | None = None
    aside: Aside | None = None
    lock: Lock | None = None
    wishes: Wishes = NO_WISHES

    @property
    def status(self) -> str:
        """The word that users see."""
        return status_of(self.vm_state, self.task_state, is_aside=self.aside is not None)

    @property
    def disk_image_id(self) -> str | None:
        """The image to build it from: its own, or the one that it was shelved as."""
        if self.aside is not None and self.aside.image_id is not None:
            return self.aside.image_id
        return self.image_id

    @property
    def has_settled(self) -> bool:
        """True when nothing is happening to it: a wait for it is over."""
        return self.vm_state is not VmState.BUILDING and self.task_state is None

    @property
    def boots_from_volume(self) -> bool:
        """True when its first disk is a volume: nothing of the flavor's disk is used."""
        return any(volume.boot_index == 0 for volume in self.volumes)


@dataclass(frozen=True, slots=True)
class Resources:
    """What an instance claims of a host."""

    vcpus: int
    ram_mib: int
    disk_gib: int
