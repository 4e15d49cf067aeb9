"""What may be done to an instance in which state, and what becomes of it: nova's table.

One row an action.  Whoever accepts, does or gives up an action reads it here; the matrix test
walks every action from every state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, Task, TaskState, VmState
from vmctld.errors import Forbidden, WrongState

V, T = VmState, TaskState
ANY = frozenset(VmState) - {V.DELETED}
IDLE: frozenset[TaskState] = frozenset()
BUSY = frozenset(TaskState)

SHUTDOWN_TIMEOUT_S = 60.0  # nova's shutdown_timeout: so long a guest may take to power off
SHORT_S = 120.0  # a word to the hypervisor; generous, for a host deep in swap
LONG_S = 600.0  # bytes are copied
UPLOAD_S = 3600.0  # a whole disk is read, written and sent


@dataclass(frozen=True, slots=True)
class Transition:
    """One action: from where, through what, to where.  States and words are nova's."""

    action: str
    event: str  # what its work is called in the recorded action
    sources: frozenset[VmState]
    task: TaskState | None = None  # shown meanwhile; None: it is over when it is accepted
    target: VmState | None = None  # None: as it was before
    during: frozenset[TaskState] = IDLE  # what it may break off
    obeys_lock: bool = True
    timeout_s: float = SHORT_S
    on_failure: VmState | None = None  # None: it was undone, so as it was before


def _table(*rows: Transition) -> Mapping[str, Transition]:
    return MappingProxyType({row.action: row for row in rows})


def _set(*states: VmState) -> frozenset[VmState]:
    return frozenset(states)


BREAKABLE = frozenset(
    {T.REBOOTING, T.REBOOTING_HARD, T.PAUSING, T.UNPAUSING, T.SUSPENDING, T.RESUMING}
)
"""What hangs may be ended by a hard reboot."""

REBOOT_HARD = Transition(
    "reboot",
    "compute_reboot_instance",
    _set(V.ACTIVE, V.STOPPED, V.PAUSED, V.SUSPENDED, V.ERROR),
    T.REBOOTING_HARD,
    V.ACTIVE,
    BREAKABLE,
)

SHELVABLE = _set(V.ACTIVE, V.STOPPED, V.PAUSED, V.SUSPENDED)
"""Its disk is its own and keeps still, or can be made to: there can be an image of it."""

TRANSITIONS = _table(
    Transition(
        "stop",
        "compute_stop_instance",
        _set(V.ACTIVE, V.ERROR),
        T.POWERING_OFF,
        V.STOPPED,
        timeout_s=SHUTDOWN_TIMEOUT_S + SHORT_S,
    ),
    Transition("start", "compute_start_instance", _set(V.STOPPED), T.POWERING_ON, V.ACTIVE),
    Transition(
        "reboot",
        "compute_reboot_instance",
        _set(V.ACTIVE),
        T.REBOOTING,
        V.ACTIVE,
        timeout_s=SHUTDOWN_TIMEOUT_S + SHORT_S,
    ),
    Transition("pause", "compute_pause_instance", _set(V.ACTIVE), T.PAUSING, V.PAUSED),
    Transition("unpause", "compute_unpause_instance", _set(V.PAUSED), T.UNPAUSING, V.ACTIVE),
    Transition(
        "suspend",
        "compute_suspend_instance",
        _set(V.ACTIVE),
        T.SUSPENDING,
        V.SUSPENDED,
        timeout_s=LONG_S,
    ),
    Transition(
        "resume",
        "compute_resume_instance",
        _set(V.SUSPENDED),
        T.RESUMING,
        V.ACTIVE,
        timeout_s=LONG_S,
    ),
    Transition(
        "softDelete",
        "compute_soft_delete_instance",
        ANY - {V.BUILDING, V.SOFT_DELETED, V.SHELVED, V.SHELVED_OFFLOADED},
        T.SOFT_DELETING,
        V.SOFT_DELETED,
        BUSY - {T.DELETING, T.SOFT_DELETING},
    ),
    Transition("restore", "compute_restore_instance", _set(V.SOFT_DELETED), T.RESTORING, V.ACTIVE),
    Transition(
        "rescue",
        "compute_rescue_instance",
        _set(V.ACTIVE, V.STOPPED, V.ERROR),
        T.RESCUING,
        V.RESCUED,
        timeout_s=LONG_S,
    ),
    Transition("unrescue", "compute_unrescue_instance", _set(V.RESCUED), T.UNRESCUING, V.ACTIVE),
    Transition(
        "rebuild",
        "compute_rebuild_instance",
        _set(V.ACTIVE, V.STOPPED, V.ERROR),
        T.REBUILDING,
        timeout_s=LONG_S,
    ),
    Transition(
        "resize",
        "compute_resize_instance",
        _set(V.ACTIVE, V.STOPPED),
        T.RESIZE_MIGRATING,
        V.RESIZED,
        timeout_s=LONG_S,
    ),
    Transition("confirmResize", "compute_confirm_resize", _set(V.RESIZED), T.RESIZE_CONFIRMING),
    Transition(
        "createImage",
        "compute_snapshot_instance",
        SHELVABLE,
        T.IMAGE_SNAPSHOT,
        obeys_lock=False,
        timeout_s=UPLOAD_S,
    ),
    Transition(
        "createBackup",
        "compute_backup_instance",
        SHELVABLE,
        T.IMAGE_BACKUP,
        obeys_lock=False,
        timeout_s=UPLOAD_S,
    ),
    Transition(
        "shelve",
        "compute_shelve_instance",
        SHELVABLE,
        T.SHELVING,
        V.SHELVED,
        timeout_s=UPLOAD_S,
    ),
    Transition(
        "shelveOffload",
        "compute_shelve_offload_instance",
        _set(V.SHELVED),
        T.SHELVING_OFFLOADING,
        V.SHELVED_OFFLOADED,
    ),
    Transition(
        "unshelve",
        "compute_unshelve_instance",
        _set(V.SHELVED, V.SHELVED_OFFLOADED),
        T.UNSHELVING,
        V.ACTIVE,
    ),
    Transition(
        "revertResize",
        "compute_revert_resize",
        _set(V.RESIZED),
        T.RESIZE_REVERTING,
        timeout_s=LONG_S,
    ),
    Transition(
        "attach_interface",
        "compute_attach_interface",
        _set(V.ACTIVE, V.PAUSED, V.STOPPED),
        T.ATTACHING_INTERFACE,
    ),
    Transition(
        "detach_interface",
        "compute_detach_interface",
        _set(V.ACTIVE, V.PAUSED, V.STOPPED),
        T.DETACHING_INTERFACE,
    ),
    Transition(
        "attach_volume",
        "compute_attach_volume",
        _set(V.ACTIVE, V.PAUSED, V.STOPPED),
        T.ATTACHING_VOLUME,
    ),
    Transition(
        "detach_volume",
        "compute_detach_volume",
        _set(V.ACTIVE, V.PAUSED, V.STOPPED),
        T.DETACHING_VOLUME,
    ),
    Transition(
        "extend_volume",
        "compute_extend_volume",
        _set(V.ACTIVE, V.PAUSED, V.STOPPED),
        T.EXTENDING_VOLUME,
    ),
)


def transition_of(action: str, *, hard: bool = False) -> Transition:
    """Return the row of an action; a hard reboot has one of its own."""
    return REBOOT_HARD if action == REBOOT_HARD.action and hard else TRANSITIONS[action]


def saga_of(task: Task) -> str:
    """Return the name under which the journal keeps what was done for ``task``."""
    return f"{task.action} {task.request_id}"


def settled_state(instance: Instance, task: Task) -> VmState:
    """Return the state before the action, and before what was put aside for it."""
    return instance.aside.vm_state if instance.aside is not None else task.vm_state


def target_of(instance: Instance, task: Task) -> VmState:
    """Return the state that the instance is in when its task is done."""
    transition = transition_of(task.action, hard=task.hard)
    if transition.target is not None:
        return transition.target
    if task.action == "rebuild":
        return V.STOPPED if task.vm_state is V.STOPPED else V.ACTIVE
    return settled_state(instance, task)


def check_allowed(transition: Transition, instance: Instance, caller: Caller) -> None:
    """Raise WrongState, in nova's words, unless the action may be begun now."""
    if transition.obeys_lock:
        check_unlocked(instance, caller)
    if instance.vm_state not in transition.sources:
        raise wrong_state(transition, instance, "vm_state", instance.vm_state)
    task = instance.task_state
    if task is not None and task not in transition.during:
        raise wrong_state(transition, instance, "task_state", task)


def check_unlocked(instance: Instance, caller: Caller) -> None:
    """Raise WrongState (``instance-locked``) for anybody but an admin while it is locked."""
    if instance.lock is None or caller.is_admin:
        return
    raise WrongState(
        f"Instance {instance.id} is locked",  # nova's words
        code="instance-locked",
        hint="ask an admin to unlock it" if instance.lock.by_admin else "vmctl unlock SERVER",
        facts={"instance_id": instance.id, "reason": instance.lock.reason},
    )


def check_may_unlock(instance: Instance, caller: Caller) -> None:
    """Raise Forbidden when an admin's lock is to be taken off by somebody else."""
    if instance.lock is not None and instance.lock.by_admin and not caller.is_admin:
        raise Forbidden(
            f"an admin locked instance {instance.id}",
            code="locked-by-admin",
            hint="ask an admin to unlock it",
            facts={"instance_id": instance.id, "reason": instance.lock.reason},
        )


def wrong_state(
    transition: Transition, instance: Instance, kind: str, state: VmState | TaskState
) -> WrongState:
    """Return nova's refusal, naming the state that is in the way."""
    return WrongState(
        f"Cannot '{transition.action}' instance {instance.id} while it is in {kind} {state}",
        code="instance-wrong-state",
        hint="vmctl show tells its state, vmctl instance-action-list what was asked of it",
        facts={
            "instance_id": instance.id,
            "action": transition.action,
            "vm_state": instance.vm_state.value,
            "task_state": instance.task_state.value if instance.task_state else None,
        },
    )
