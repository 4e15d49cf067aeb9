"""What the compute parts tell each other over the bus.  Messages carry domain dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmctld.bus.codec import message
from vmctld.domain.instance import Address, Fault, Instance, Resources
from vmctld.domain.machine import HostCapacity, PowerState
from vmctld.domain.trace import TracedStep
from vmctld.domain.wishes import NO_WISHES, Wishes

SCHEDULER_ADDRESS = "scheduler"
CONDUCTOR_ADDRESS = "conductor"
API_ADDRESS = "compute-api"
ALL_AGENTS = "agents"  # speaks for all hosts of a process that plays several; no agent may
AGENT_PREFIX = "agent."
INSTANCE_CHANGED = "instance-changed"
HOSTS_CHANGED = "hosts-changed"
TOKENS_CHANGED = "tokens-changed"


def agent_address(host: str) -> str:
    """Return the queue of the agent on ``host``."""
    return f"{AGENT_PREFIX}{host}"


@message
@dataclass(frozen=True, slots=True)
class PlaceInstance:
    """Call, api (or conductor) to scheduler: set the host of this instance's entry (step 8)."""

    instance_id: str
    attempt: int  # the fencing token of all that this attempt does
    project_id: str
    resources: Resources
    availability_zone: str | None
    forced_host: str | None
    excluded_hosts: tuple[str, ...]
    flavor_name: str = ""
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    wishes: Wishes = NO_WISHES


@message
@dataclass(frozen=True, slots=True)
class Placed:
    """Answer of the scheduler.  ``host`` is None when none fits, or the request was stale."""

    instance_id: str
    attempt: int
    host: str | None


@message
@dataclass(frozen=True, slots=True)
class BuildInstance:
    """Cast, scheduler to agent: build this instance on your host (step 12)."""

    instance_id: str
    attempt: int


@message
@dataclass(frozen=True, slots=True)
class LoadInstance:
    """Call, agent to conductor: what is this instance? (step 14)"""

    instance_id: str
    attempt: int
    dispatch: tuple[TracedStep, ...]  # steps 12 and 13, as the agent saw them
    spent_s: float = 0.0  # what earlier tries of the same agent's life took; 0: the first one


@message
@dataclass(frozen=True, slots=True)
class BuildData:
    """Answer of the conductor (step 17): what to build, and the token to build it with.

    ``instance`` is None when there is nothing to build any more: deleted, settled, or
    placed elsewhere meanwhile.  An earlier life may have left something of it all the same.
    """

    instance: Instance | None
    build_token: str
    unwinding: bool  # to be undone, not built: an earlier life of this attempt had begun to
    steps: tuple[TracedStep, ...]  # steps 15 and 16
    refusal: Fault | None = None  # why nobody may build it, such as a user who is gone
    resumed: bool = False  # an earlier life of this attempt had begun to build
    is_gone: bool = False  # nothing of it belongs on this host any more
    is_over: bool = False  # nor on any other: nobody needs its volumes either
    timeout_s: float = 300.0  # what is left of its time; the agent's wall clock may be another


@message
@dataclass(frozen=True, slots=True)
class AwaitSlot:
    """Cast, agent to conductor: the build waits until an earlier guest has come up."""

    instance_id: str
    attempt: int


@message
@dataclass(frozen=True, slots=True)
class ActionRecord:
    """What the journal keeps of one action at one boundary."""

    action: str
    state: str  # running, done, failed, undone, stuck
    steps: tuple[TracedStep, ...] = ()
    fault: Fault | None = None


@message
@dataclass(frozen=True, slots=True)
class RecordProgress:
    """Call, agent to conductor: the end of one action and the start of the next."""

    instance_id: str
    attempt: int
    records: tuple[ActionRecord, ...]


@message
@dataclass(frozen=True, slots=True)
class ProgressAnswer:
    """Answer of the conductor: go on, or stop because this attempt is nobody's any more.

    ``leave``: another life of the same agent has built it already, so nothing may be undone.
    """

    go_on: bool
    leave: bool = False


@message
@dataclass(frozen=True, slots=True)
class BuildSucceeded:
    """Call, agent to conductor: the machine runs."""

    instance_id: str
    attempt: int
    record: ActionRecord
    addresses: tuple[Address, ...]
    ssh_port: int | None
    accelerator: str | None


@message
@dataclass(frozen=True, slots=True)
class BuildFailed:
    """Call, agent to conductor: it did not work, and this host is clean again."""

    instance_id: str
    attempt: int
    records: tuple[ActionRecord, ...]
    fault: Fault
    elsewhere: bool  # another host may do better


@message
@dataclass(frozen=True, slots=True)
class TerminateInstance:
    """Cast, api to conductor: bring this instance to its end."""

    instance_id: str


@message
@dataclass(frozen=True, slots=True)
class ReleaseReserved:
    """Cast, scheduler or conductor to conductor: it failed for good, so free its volumes."""

    instance_id: str


@message
@dataclass(frozen=True, slots=True)
class DestroyInstance:
    """Cast, conductor to agent: end the machine and give back what it held."""

    instance: Instance


@message
@dataclass(frozen=True, slots=True)
class InstanceDestroyed:
    """Call, agent to conductor: nothing of the instance is left on this host."""

    instance_id: str


@message
@dataclass(frozen=True, slots=True)
class HostReport:
    """What one host says of itself."""

    host: str
    availability_zone: str
    driver: str
    capacity: HostCapacity
    uptime: str = ""  # the line of ``uptime``


@message
@dataclass(frozen=True, slots=True)
class HostsReport:
    """Cast, agents to conductor: we are here, and this is what we have."""

    hosts: tuple[HostReport, ...]


@message
@dataclass(frozen=True, slots=True)
class PowerChanged:
    """Cast, agent to conductor: what the hypervisor says of a machine has changed."""

    instance_id: str
    power_state: PowerState


@message
@dataclass(frozen=True, slots=True)
class InstanceChanged:
    """Fanout: look at this instance again."""

    instance_id: str


@message
@dataclass(frozen=True, slots=True)
class HostFree:
    """What is free on one host since its ``generation``."""

    host: str
    free_vcpus: int
    free_ram_mib: int
    free_disk_gib: int
    instances: int
    generation: int
    build_failures: int = 0


@message
@dataclass(frozen=True, slots=True)
class HostsChanged:
    """Fanout, to every scheduler: these hosts have more or less room now."""

    hosts: tuple[HostFree, ...]
    reload: bool = False  # a host came, or changed in another way: read them all again


@message
@dataclass(frozen=True, slots=True)
class MachineReport:
    """One machine on a host.  ``power`` None: the probe failed; unknown, not absent."""

    instance_id: str
    attempt: int
    power: PowerState | None


@message
@dataclass(frozen=True, slots=True)
class Reconcile:
    """Call, agent to conductor: this is what runs here; is it what should?"""

    machines: tuple[MachineReport, ...]


@message
@dataclass(frozen=True, slots=True)
class ReconcileAnswer:
    """Answer of the conductor.

    What differs may have changed since the agent looked: it looks again, and says what is.
    """

    unwanted: tuple[str, ...]  # belong to nobody: end them
    differing: tuple[str, ...]  # live here, and are not what is recorded, or not there


@message
@dataclass(frozen=True, slots=True)
class WantedCopies:
    """Call, agent to conductor: which copies of images may anybody still need here?"""


@message
@dataclass(frozen=True, slots=True)
class CopiesWanted:
    """Answer of the conductor: those that a living instance holds, and those of an image."""

    instances: tuple[str, ...]  # that live
    digests: tuple[str, ...]  # SHA-256 of the images that there are


@message
@dataclass(frozen=True, slots=True)
class LocateAgent:
    """Call, api to agent: where do you serve your guests' consoles?"""


@message
@dataclass(frozen=True, slots=True)
class AgentLocated:
    """Answer of the agent; an endpoint of "" is none."""

    endpoint: str  # host:port
    part: str  # agent.<host>, as its certificate says: one process may play several hosts


@message
@dataclass(frozen=True, slots=True)
class GuardsChanged:
    """Cast, network service to agent: ask again what to enforce at your ports."""


@message
@dataclass(frozen=True, slots=True)
class TokensChanged:
    """Fanout: forget what was known of tokens; one was ended, or means less now."""


@message
@dataclass(frozen=True, slots=True)
class RunTask:
    """Cast, api to conductor: bring this instance's task to its end."""

    instance_id: str
    task_id: str  # the fencing token of all that is done for it


@message
@dataclass(frozen=True, slots=True)
class RotateBackups:
    """Cast, conductor to conductor: delete the oldest backups of that type but for so many."""

    instance_id: str
    project_id: str
    backup_type: str
    rotation: int


@message
@dataclass(frozen=True, slots=True)
class DiscardImage:
    """Cast, conductor to conductor: what an instance was shelved as is not needed any more."""

    image_id: str


@message
@dataclass(frozen=True, slots=True)
class DoTask:
    """Cast, conductor to agent: do the task that the instance has."""

    instance: Instance


@message
@dataclass(frozen=True, slots=True)
class RecordTask:
    """Call, agent to conductor: the end of one part of a task and the start of the next."""

    instance_id: str
    task_id: str
    records: tuple[ActionRecord, ...]


@message
@dataclass(frozen=True, slots=True)
class TaskDone:
    """Call, agent to conductor: the task is done, and this is what became of the machine.

    ``plugged_in`` are the addresses of the card that the task was for.
    """

    instance_id: str
    task_id: str
    record: ActionRecord | None  # of its last part, if it has parts
    power: PowerState
    ssh_port: int | None
    accelerator: str | None
    plugged_in: tuple[Address, ...] = ()


@message
@dataclass(frozen=True, slots=True)
class TaskFailed:
    """Call, agent to conductor: it did not work.  ``undone``: all is as it was before."""

    instance_id: str
    task_id: str
    records: tuple[ActionRecord, ...]
    fault: Fault
    undone: bool
