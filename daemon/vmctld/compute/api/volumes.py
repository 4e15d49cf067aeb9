"""Accepts that an instance gets a volume, loses one, or has one grow."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Protocol

import structlog

from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.ports import ReservedVolumes, Volumes
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, VolumePlan
from vmctld.domain.names import shown
from vmctld.domain.volume import Volume, VolumeRequest
from vmctld.errors import Forbidden, NotFound, QuotaExceeded, VmctlError, WrongState
from vmctld.observe import context
from vmctld.storage.database import Tx

log = structlog.get_logger(__name__)

MAX_VOLUMES = 20  # each takes one of the 32 slots of a PCI bus; cards need some, too


class KnownVolumes(Volumes, Protocol):
    """The volume service, as the caller of the current request."""

    def get_volume(self, volume: str) -> Volume:
        """Return the volume of that name or id; raises NotFound, Conflict (ambiguous)."""
        ...

    def check_growth(self, volume: str, size_gib: int) -> Volume:
        """Return the volume if it may have that size; raises InvalidRequest, QuotaExceeded."""
        ...


class HeldVolumes(ReservedVolumes, Protocol):
    """The volume service, as the api itself."""

    def begin_detaching(self, instance_id: str, attachment_id: str) -> None:
        """Have the volume say that it is on its way from its instance; absent is fine."""
        ...


class InstanceVolumes:
    """Accepts volumes to attach, to detach and to extend; the instance's host does the rest."""

    def __init__(
        self, actions: Actions, instances: Instances, volumes: KnownVolumes, held: HeldVolumes
    ) -> None:
        self._actions = actions
        self._instances = instances
        self._volumes = volumes
        self._held = held

    def attach(
        self, caller: Caller, reference: str, volume: str, *, delete_on_termination: bool = False
    ) -> tuple[Instance, VolumePlan]:
        """Return the instance on its way to have the volume, and how it will have it.

        Raises NotFound, WrongState (its state, or ``volume-in-use``), QuotaExceeded.
        """
        instance = self._instances.get(caller, reference)
        attachment_id = _drawn_id(instance.id)
        known = _plan_of(instance, lambda plan: plan.attachment_id == attachment_id)
        if known is not None:
            return instance, known  # its client did not hear the answer, and asks again
        (found,) = self._volumes.resolve_volumes((VolumeRequest(volume),))
        plan = VolumePlan(found.id, attachment_id, delete_on_termination=delete_on_termination)
        begun = self._actions.begin(
            caller,
            instance.id,
            Ask("attach_volume", volume=plan),
            also=_check_room,
            before_sending=lambda: self._reserve(instance.id, plan),
        )
        return begun, plan

    def detach(
        self, caller: Caller, reference: str, volume: str, *, force: bool = False
    ) -> Instance:
        """Return the instance on its way to be without the volume.

        With ``force`` it is pulled out when the guest does not let go of it in time.
        Raises NotFound (``volume-not-attached``), Forbidden (``root-volume``), WrongState.
        """
        instance = self._instances.get(caller, reference)
        plan = self._attached(instance, self._volumes.get_volume(volume), volume)
        if plan.boot_index == 0:
            raise Forbidden(
                "Cannot detach a root device volume",  # nova's words
                code="root-volume",
                hint="the server boots from it: vmctl delete lets go of it",
                facts={"instance_id": instance.id, "volume_id": plan.volume_id},
            )
        return self._actions.begin(
            caller,
            instance.id,
            Ask("detach_volume", volume=plan, force=force),
            before_sending=lambda: self._begin_detaching(instance.id, plan),
        )

    def extend(self, caller: Caller, volume: str, size_gib: int) -> Instance:
        """Return the instance whose volume is on its way to that size.

        Raises NotFound, InvalidRequest (``invalid-size``), QuotaExceeded, WrongState.
        """
        found = self._volumes.check_growth(volume, size_gib)
        if found.instance_id is None:
            raise WrongState(
                f"the volume {found.name or found.id} is in the state {found.status.value}",
                code="volume-not-attached",
                hint="vmctl volume-show tells its state",
                facts={"volume_id": found.id},
            )
        instance = self._instances.get(caller, found.instance_id)
        plan = self._attached(instance, found, volume)
        ask = Ask("extend_volume", volume=plan, size_gib=size_gib)
        return self._actions.begin(caller, instance.id, ask)

    def _attached(self, instance: Instance, volume: Volume, reference: str) -> VolumePlan:
        """Return how the instance has the volume, or would have it but for a lost word."""
        plan = _plan_of(instance, lambda plan: plan.volume_id == volume.id)
        if plan is not None:
            return plan
        if volume.instance_id == instance.id and volume.attachment_id is not None:
            return VolumePlan(volume.id, volume.attachment_id)
        raise NotFound(
            f"volume_id not found: {shown(reference[:64])}",  # nova's words
            code="volume-not-attached",
            hint=f"vmctl volume-attachments {instance.id} shows what is attached",
            facts={"instance_id": instance.id, "volume_id": volume.id},
        )

    def _reserve(self, instance_id: str, plan: VolumePlan) -> None:
        """Keep the volume, so that the next request hears that it is taken.

        After the commit: no crash leaves it reserved for nothing.  What could not be reserved
        here the host reserves itself, or fails there.
        """
        try:
            self._held.reserve_volumes(instance_id, (plan,))
        except VmctlError as error:
            log.info("the host will reserve", instance_id=instance_id, why=error.message)

    def _begin_detaching(self, instance_id: str, plan: VolumePlan) -> None:
        try:
            self._held.begin_detaching(instance_id, plan.attachment_id)
        except VmctlError as error:
            log.info("detached without a word", instance_id=instance_id, why=error.message)


def _plan_of(instance: Instance, is_meant: Callable[[VolumePlan], bool]) -> VolumePlan | None:
    coming = instance.task.volume if instance.task else None
    plans = (*instance.volumes, *((coming,) if coming else ()))
    return next(filter(is_meant, plans), None)


def _drawn_id(instance_id: str) -> str:
    """Return the new attachment's id; a request that is sent again draws the same one."""
    return str(uuid.uuid5(uuid.UUID(instance_id), f"volume {context.current().request_id}"))


def _check_room(_tx: Tx, instance: Instance) -> None:
    if len(instance.volumes) >= MAX_VOLUMES:
        raise QuotaExceeded(
            f"the server has {len(instance.volumes)} volumes; {MAX_VOLUMES} is the most",
            code="too-many-volumes",
            hint="take one away: vmctl volume-detach SERVER VOLUME",
            facts={"instance_id": instance.id, "limit": MAX_VOLUMES},
        )
