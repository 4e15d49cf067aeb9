"""Accepts the end of an instance.  Delete always wins, whatever is going on."""

from __future__ import annotations

from vmctld.bus.base import Bus
from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.instances import find
from vmctld.compute.messages import (
    CONDUCTOR_ADDRESS,
    INSTANCE_CHANGED,
    InstanceChanged,
    TerminateInstance,
)
from vmctld.compute.outbox import Outbox, OutboxTx
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.domain.lifecycle import check_unlocked, transition_of, wrong_state
from vmctld.domain.names import not_found
from vmctld.domain.recorded import InstanceAction
from vmctld.errors import NotFound, WrongState
from vmctld.observe import context
from vmctld.storage.database import Tx
from vmctld.storage.repositories import actions, instances


class Deletion:
    """Accepts deletions; the conductor and the host do the rest, across restarts."""

    def __init__(
        self,
        outbox: Outbox,
        bus: Bus,
        clock: Clock,
        actions: Actions | None = None,
        kept_s: int = 0,
    ) -> None:
        """``kept_s``: for so long what is deleted can be restored, through ``actions``."""
        self._actions, self._kept_s = actions, kept_s
        self._outbox = outbox
        self._bus = bus
        self._clock = clock

    def delete(
        self, caller: Caller, reference: str, *, all_projects: bool, at_once: bool = False
    ) -> Instance:
        """Return the instance as it goes: for good, or so that it can be restored for a while.

        What is on no host, or was deleted before, goes for good, and all when ``at_once``.
        Raises NotFound, WrongState (locked), Conflict (ambiguous).
        """
        if self._actions is None or not self._kept_s or at_once:
            return self._delete(caller, reference, all_projects)
        try:
            return self._actions.begin(
                caller,
                reference,
                Ask("softDelete", kept_s=self._kept_s),
                all_projects=all_projects,
                also=_check_can_be_kept,
            )
        except WrongState as refusal:
            if refusal.code != "instance-wrong-state":
                raise
            if refusal.facts.get("task_state") == TaskState.SOFT_DELETING:
                with self._outbox.transaction("delete:accept") as posting:
                    return find(posting.tx, caller, reference, all_projects=all_projects)
            return self._delete(caller, reference, all_projects)

    def _delete(self, caller: Caller, reference: str, all_projects: bool) -> Instance:
        """Return the instance as it is while it goes.  Asking again changes nothing.

        A request that is repeated, because its answer was lost, may find it gone: it is
        returned all the same.  Raises NotFound (also when another request has ended it),
        Conflict (ambiguous).
        """
        now = self._clock()

        def accept(posting: OutboxTx) -> tuple[Instance, bool]:
            try:
                instance = _living(posting.tx, caller, reference, all_projects)
            except NotFound:
                gone = _ended_by_this_request(posting.tx, caller, reference)
                if gone is None:
                    raise
                return gone, False
            check_unlocked(instance, caller)
            if instances.begin_delete(posting.tx, instance.id, now):
                actions.add(posting.tx, [self._action(caller, instance)])
                posting.post(CONDUCTOR_ADDRESS, TerminateInstance(instance.id))
            return instances.get(posting.tx, instance.id) or instance, True

        instance, is_new = self._outbox.run("delete:accept", accept)
        if is_new:
            self._bus.fanout(INSTANCE_CHANGED, InstanceChanged(instance.id))
        return instance

    def _action(self, caller: Caller, instance: Instance) -> InstanceAction:
        now = self._clock()
        return InstanceAction(
            instance_id=instance.id,
            request_id=context.current().request_id,
            action="delete",
            user_id=caller.user_id,
            project_id=caller.project_id,
            started_at=now,
            updated_at=now,
        )


def _check_can_be_kept(_tx: Tx, instance: Instance) -> None:
    if instance.host is None:
        transition = transition_of("softDelete")
        raise wrong_state(transition, instance, "vm_state", instance.vm_state)


def _living(tx: Tx, caller: Caller, reference: str, all_projects: bool) -> Instance:
    instance = find(tx, caller, reference, all_projects=all_projects)
    if instance.vm_state is VmState.DELETED:
        raise not_found(reference, "server", hint="it was deleted before")
    return instance


def _ended_by_this_request(tx: Tx, caller: Caller, reference: str) -> Instance | None:
    """Return what this very request has deleted under that name or id, if it has."""
    request_id = context.current().request_id
    instance_id = actions.deleted_by(tx, request_id, caller.user_id, reference)
    return instances.get(tx, instance_id) if instance_id else None
