"""What users write on an instance: its name, its metadata, its tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vmctld.bus.base import Bus
from vmctld.compute.api.instances import find
from vmctld.compute.api.ports import Quota
from vmctld.compute.api.validation import check_metadata, checked_description, checked_hostname
from vmctld.compute.messages import INSTANCE_CHANGED, InstanceChanged
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.lifecycle import BUSY, Transition, check_allowed
from vmctld.domain.names import check_name, not_found, shown
from vmctld.domain.tags import checked_tags
from vmctld.errors import NotFound
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import instance_details

SETTLED = frozenset({VmState.ACTIVE, VmState.PAUSED, VmState.SUSPENDED, VmState.STOPPED})


def _annotating(action: str) -> Transition:
    """Return nova's rule for ``action``: on settled instances, whatever goes on."""
    return Transition(action, "", SETTLED, during=BUSY)


UPDATE_METADATA = _annotating("update metadata")
DELETE_METADATA = _annotating("delete metadata")
UPDATE_TAGS = _annotating("update tags")
DELETE_TAGS = _annotating("delete tags")

Change = Callable[[Tx, Instance], Instance]


@dataclass(frozen=True, slots=True)
class DetailsUpdate:
    """What ``update`` changes; None leaves it as it is, an empty description takes it away."""

    name: str | None = None
    description: str | None = None
    hostname: str | None = None


class Details:
    """Changes what is written on instances; their machines run on as they are."""

    def __init__(self, database: Database, bus: Bus, quota: Quota, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._quota = quota
        self._clock = clock

    def update(self, caller: Caller, reference: str, wanted: DetailsUpdate) -> Instance:
        """Return the instance with other words on it, in whatever state it is."""
        name = None if wanted.name is None else check_name(wanted.name, "server")
        description = wanted.description
        if description is not None:
            description = checked_description(description)
        if wanted.hostname is not None:
            checked_hostname(wanted.hostname)

        def change(_tx: Tx, instance: Instance) -> Instance:
            return replace(
                instance,
                name=name or instance.name,
                description=instance.description if description is None else description or None,
                hostname=wanted.hostname or instance.hostname,
            )

        return self._change(caller, reference, None, change)

    def set_metadata(self, caller: Caller, reference: str, items: Mapping[str, str]) -> Instance:
        """Return the instance with these items added, or changed."""
        check_metadata(items)

        def change(tx: Tx, instance: Instance) -> Instance:
            metadata = {**instance.metadata, **items}
            self._quota.check_metadata_items(tx, instance.project_id, len(metadata))
            return replace(instance, metadata=metadata)

        return self._change(caller, reference, UPDATE_METADATA, change)

    def delete_metadata(self, caller: Caller, reference: str, keys: Sequence[str]) -> Instance:
        """Return the instance without these items; raises NotFound if one is not there."""

        def change(_tx: Tx, instance: Instance) -> Instance:
            for key in keys:
                if key not in instance.metadata:
                    raise NotFound(
                        f"Metadata item {shown(key)} was not found on server {instance.id}",
                        code="metadata-item-not-found",
                        hint="vmctl show lists what is there",
                    )
            left = {key: value for key, value in instance.metadata.items() if key not in keys}
            return replace(instance, metadata=left)

        return self._change(caller, reference, DELETE_METADATA, change)

    def add_tags(self, caller: Caller, reference: str, tags: Sequence[str]) -> Instance:
        """Return the instance with these tags, too."""
        added = checked_tags(tags)
        return self._change(
            caller,
            reference,
            UPDATE_TAGS,
            lambda _tx, instance: replace(instance, tags=checked_tags([*instance.tags, *added])),
        )

    def replace_tags(self, caller: Caller, reference: str, tags: Sequence[str]) -> Instance:
        """Return the instance with these tags and no other."""
        wanted = checked_tags(tags)
        return self._change(
            caller, reference, UPDATE_TAGS, lambda _tx, instance: replace(instance, tags=wanted)
        )

    def delete_tags(self, caller: Caller, reference: str, tags: Sequence[str]) -> Instance:
        """Return the instance without these tags; raises NotFound if one is not there."""

        def change(_tx: Tx, instance: Instance) -> Instance:
            for tag in tags:
                if tag not in instance.tags:
                    raise NotFound(
                        f"Server {instance.id} has no tag {shown(tag)}",
                        code="tag-not-found",
                        hint="vmctl server-tag-list lists its tags",
                    )
            return replace(instance, tags=tuple(tag for tag in instance.tags if tag not in tags))

        return self._change(caller, reference, DELETE_TAGS, change)

    def _change(
        self, caller: Caller, reference: str, rule: Transition | None, change: Change
    ) -> Instance:
        """Return the instance as ``change`` leaves it; raises NotFound, WrongState, Conflict."""
        now = self._clock()

        def work(tx: Tx) -> Instance:
            instance = instance_details.hold(tx, find(tx, caller, reference).id)
            if instance.vm_state is VmState.DELETED:
                raise not_found(reference, "server", hint="it was deleted before")
            if rule is not None:
                check_allowed(rule, instance, caller)
            changed = replace(change(tx, instance), updated_at=now)
            instance_details.write(tx, changed, now)
            return changed

        changed = self._database.run(work)
        self._bus.fanout(INSTANCE_CHANGED, InstanceChanged(changed.id))
        return changed
