"""Accepts that a shelved server comes back: on the host that it still has, or on a new one.

One without a host is placed and built as at its boot, as its next attempt, from the image that
it was shelved as; its ports, addresses and volumes have stayed its own.
"""

from __future__ import annotations

from vmctld.bus.base import Bus
from vmctld.compute import messages as m
from vmctld.compute.api.actions import Actions, Ask, recorded
from vmctld.compute.api.instances import find
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import place_request
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.lifecycle import TRANSITIONS, check_allowed
from vmctld.errors import Conflict, WrongState
from vmctld.observe import context
from vmctld.storage.repositories import actions, instances, unshelving

UNSHELVE = TRANSITIONS["unshelve"]


class Unshelving:
    """Accepts requests to unshelve; each is accepted once."""

    def __init__(self, actions: Actions, outbox: Outbox, bus: Bus, clock: Clock) -> None:
        self._actions = actions
        self._outbox = outbox
        self._bus = bus
        self._clock = clock

    def unshelve(self, caller: Caller, reference: str, zone: str = "") -> Instance:
        """Return the server on its way back; ``zone`` is for one that has no host.

        Raises NotFound, WrongState (its state or a lock is in the way), Conflict.
        """
        with self._outbox.transaction("action:accept") as posting:
            instance = find(posting.tx, caller, reference)
            if actions.is_recorded(
                posting.tx, instance.id, context.current().request_id, UNSHELVE.action
            ):
                return instance  # its client did not hear the answer, and asks again
            is_placed = instance.vm_state is not VmState.SHELVED_OFFLOADED
            if not is_placed:
                check_allowed(UNSHELVE, instance, caller)
                now = self._clock()
                if not unshelving.begin(posting.tx, instance, zone or None, now):
                    raise Conflict(f"the state of instance {instance.id} has just changed")
                actions.add(posting.tx, [recorded(caller, instance, UNSHELVE.action, now)])
                instance = instances.get(posting.tx, instance.id) or instance
                request = place_request(instance)
                posting.post(m.SCHEDULER_ADDRESS, request, answer_to=m.API_ADDRESS)
        if is_placed:
            return self._on_its_host(caller, instance, zone)
        self._bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(instance.id))
        return instance

    def _on_its_host(self, caller: Caller, instance: Instance, zone: str) -> Instance:
        if zone and instance.vm_state is VmState.SHELVED:
            raise WrongState(
                f"instance {instance.id} still has its host: no availability zone can be chosen",
                code="unshelve-has-host",
                hint=f"vmctl shelve-offload {instance.id}, then unshelve it",
                facts={"instance_id": instance.id},
            )
        return self._actions.begin(caller, instance.id, Ask(UNSHELVE.action))
