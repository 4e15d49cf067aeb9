"""The end of an instance: its host first, then what it claimed, then its entry."""

from __future__ import annotations

import structlog

from vmctld.bus.base import Bus, Delivery
from vmctld.compute import messages as m
from vmctld.compute.conductor.ports import (
    ImageRemover,
    PortReleaser,
    ProjectQuota,
    VolumeReleaser,
)
from vmctld.compute.outbox import Outbox
from vmctld.compute.scheduler.handlers import free_of
from vmctld.domain.clock import Clock
from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.errors import Forbidden, NotFound, WrongState
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.storage.database import Database
from vmctld.storage.repositories import claims, hosts, instances, journal, tokens, usage_intervals

log = structlog.get_logger(__name__)


class Deletes:
    """What the conductor does for instances that are to go.  Every part may run again."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        bus: Bus,
        ports: PortReleaser,
        volumes: VolumeReleaser,
        quota: ProjectQuota,
        clock: Clock,
        images: ImageRemover,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._bus = bus
        self._ports = ports
        self._volumes = volumes
        self._quota = quota
        self._images = images
        self._clock = clock

    def terminate(self, message: m.TerminateInstance) -> None:
        """Have the instance's host end it; without a host, end it here."""
        with self._outbox.transaction("delete:terminate") as posting:
            instance = instances.get(posting.tx, message.instance_id)
            if instance is None or instance.task_state is not TaskState.DELETING:
                return
            if instance.host is not None:
                posting.post(m.agent_address(instance.host), m.DestroyInstance(instance))
                return
        self._ports.release_ports(instance.id)
        self._finish(instance)

    def release_reserved(self, message: m.ReleaseReserved) -> None:
        """Free the volumes of an instance that failed and is on no host."""
        with self._database.read() as tx:
            instance = instances.get(tx, message.instance_id)
        if instance is None or instance.vm_state is not VmState.ERROR:
            return
        if instance.host is None and instance.volumes:
            self._volumes.release_volumes(instance.id)

    def destroyed(self, message: m.InstanceDestroyed, host: str, _delivery: Delivery) -> None:
        """Nothing is left of it on its host: free what it claimed and close its entry."""
        with self._database.read() as tx:
            instance = instances.get(tx, message.instance_id)
        if instance is None or instance.vm_state is VmState.DELETED:
            return
        if instance.host != host:
            raise Forbidden(f"the instance is not on {host}", code="not-your-instance")
        if instance.task_state is not TaskState.DELETING:
            raise WrongState("nobody asked for the end of the instance", code="not-being-deleted")
        self._finish(instance)

    def _finish(self, instance: Instance) -> None:
        if instance.volumes:
            self._volumes.release_volumes(instance.id)
        for volume in instance.volumes:
            if volume.delete_on_termination:
                self._delete_volume(volume.volume_id)
        if instance.aside is not None and instance.aside.image_id is not None:
            self._images.discard_image(instance.aside.image_id)  # what it was shelved as
        failpoints.hit("delete:free", Phase.BEFORE)
        with self._database.write() as tx:
            tokens.remove_of_builds(tx, instance.id)
            freed = hosts.release(tx, instance.id)
            used = claims.claimed(tx, instance.id)
            if instances.finish_delete(tx, instance.id, self._clock()):
                journal.end_open(tx, instance.id, self._clock())
                usage_intervals.end(tx, instance.id, self._clock())
                self._quota.release(
                    tx,
                    instance.project_id,
                    instances=1,
                    cores=used.vcpus,
                    ram_mib=used.ram_mib,
                )
            failpoints.hit("delete:free", Phase.AFTER_EFFECT)
        failpoints.hit("delete:free", Phase.AFTER_RECORD)
        if freed is not None:
            self._bus.fanout(m.HOSTS_CHANGED, m.HostsChanged((free_of(freed),)))
        self._bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(instance.id))

    def _delete_volume(self, volume_id: str) -> None:
        try:
            self._volumes.delete_volume(volume_id)
        except (NotFound, WrongState) as error:  # gone, or another server's by now
            log.info("the volume is left alone", volume_id=volume_id, why=str(error))
