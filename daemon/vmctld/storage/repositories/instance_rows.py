"""Instances as rows and back: what a column of JSON holds, and which fields a row has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from vmctld.domain.flavor import Flavor
from vmctld.domain.instance import (
    Address,
    Aside,
    Fault,
    Instance,
    Lock,
    Nic,
    Resources,
    Task,
    TaskState,
    VmState,
    VolumePlan,
)
from vmctld.domain.machine import PowerState
from vmctld.domain.wishes import NO_WISHES, Wishes
from vmctld.storage.columns import plain

ADMIN, OWNER = "admin", "owner"  # who locked it


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The key that a boot request came with, and what the request said."""

    key: str
    request_digest: str


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """Return ``fault`` as its column holds it."""
    return {**plain(fault), "created_at": fault.created_at.isoformat()}


def fault_from_json(value: Mapping[str, Any]) -> Fault:
    """Return the fault that a column holds."""
    return Fault(**{**value, "created_at": datetime.fromisoformat(value["created_at"])})


def task_to_json(task: Task | None) -> dict[str, Any] | None:
    """Return ``task`` as its column holds it."""
    if task is None:
        return None
    return {
        **plain(task),
        "flavor": plain(task.flavor) if task.flavor else None,
        "nic": plain(task.nic) if task.nic else None,
        "volume": plain(task.volume) if task.volume else None,
    }


def aside_to_json(aside: Aside | None) -> dict[str, Any] | None:
    """Return ``aside`` as its column holds it."""
    if aside is None:
        return None
    return {**plain(aside), "flavor": plain(aside.flavor) if aside.flavor else None}


def wishes_to_json(wishes: Wishes) -> dict[str, Any]:
    """Return ``wishes`` as their column holds them: those that there are."""
    return {name: value for name, value in plain(wishes).items() if value}


def wishes_from_json(value: Mapping[str, Any] | None) -> Wishes:
    """Return the wishes that a column holds."""
    if not value:
        return NO_WISHES
    lists = {name: tuple(one) for name, one in value.items() if isinstance(one, list)}
    return Wishes(**{**value, **lists})


def row_of(instance: Instance, claims: Resources, key: Idempotency | None) -> dict[str, Any]:
    """Return the row of a new instance, which claims ``claims`` of its host."""
    return {
        "id": instance.id,
        "project_id": instance.project_id,
        "user_id": instance.user_id,
        "name": instance.name,
        "hostname": instance.hostname,
        "description": instance.description,
        "vm_state": instance.vm_state.value,
        "task_state": instance.task_state.value if instance.task_state else None,
        "power_state": instance.power_state.value,
        "host": instance.host,
        "availability_zone": instance.availability_zone,
        "forced_host": instance.forced_host,
        "flavor": plain(instance.flavor),
        "vcpus": claims.vcpus,
        "ram_mib": claims.ram_mib,
        "disk_gib": claims.disk_gib,
        "image_id": instance.image_id,
        "image_name": instance.image_name,
        "key_name": instance.key_name,
        "public_key": instance.public_key,
        "user_data": instance.user_data,
        "meta": dict(instance.metadata),
        "tags": list(instance.tags),
        "nics": [plain(nic) for nic in instance.nics],
        "volumes": [plain(volume) for volume in instance.volumes],
        "addresses": [plain(address) for address in instance.addresses],
        "config_drive": instance.config_drive,
        "attempt": instance.attempt,
        "excluded_hosts": list(instance.excluded_hosts),
        "lease_owner": None,
        "lease_until": None,
        "deadline_at": instance.deadline_at,
        "fault": None,
        "request_id": instance.request_id,
        "reservation_id": instance.reservation_id,
        "launch_index": instance.launch_index,
        "idempotency_key": key.key if key else None,
        "request_digest": key.request_digest if key else None,
        "ssh_port": None,
        "accelerator": None,
        "created_at": instance.created_at,
        "updated_at": instance.updated_at,
        "launched_at": None,
        "terminated_at": None,
        "task_id": instance.task.id if instance.task else None,
        "task": task_to_json(instance.task),
        "aside": aside_to_json(instance.aside),
        "locked_by": _who(instance.lock),
        "locked_reason": instance.lock.reason if instance.lock else None,
        "wishes": wishes_to_json(instance.wishes),
    }


def instance_of(row: Row[Any]) -> Instance:
    """Return the instance of a row; a list that was not read counts as empty."""
    return Instance(
        id=row.id,
        project_id=row.project_id,
        user_id=row.user_id,
        name=row.name,
        hostname=row.hostname,
        description=row.description,
        vm_state=VmState(row.vm_state),
        task_state=TaskState(row.task_state) if row.task_state else None,
        power_state=PowerState(row.power_state),
        host=row.host,
        availability_zone=row.availability_zone,
        forced_host=row.forced_host,
        flavor=Flavor(**row.flavor),
        image_id=row.image_id,
        image_name=row.image_name,
        key_name=row.key_name,
        public_key=row.public_key,
        user_data=row.user_data,
        metadata=row.meta,
        tags=tuple(row.tags),
        nics=tuple(map(_nic_of, row.nics or ())),
        volumes=tuple(VolumePlan(**volume) for volume in row.volumes),
        addresses=tuple(Address(**address) for address in row.addresses),
        config_drive=row.config_drive,
        attempt=row.attempt,
        excluded_hosts=tuple(row.excluded_hosts or ()),
        fault=fault_from_json(row.fault) if row.fault else None,
        request_id=row.request_id,
        reservation_id=row.reservation_id,
        launch_index=row.launch_index,
        ssh_port=row.ssh_port,
        accelerator=row.accelerator,
        created_at=row.created_at,
        updated_at=row.updated_at,
        launched_at=row.launched_at,
        terminated_at=row.terminated_at,
        deadline_at=row.deadline_at,
        task=_task_of(row.task) if row.task else None,
        aside=Aside(**_with_states(row.aside)) if row.aside else None,
        lock=Lock(row.locked_by == ADMIN, row.locked_reason) if row.locked_by else None,
        wishes=wishes_from_json(row.wishes),
    )


def _nic_of(fields: Mapping[str, Any]) -> Nic:
    groups = fields.get("security_group_ids", ())
    return Nic(**{**fields, "security_group_ids": tuple(groups)})


def _task_of(fields: Mapping[str, Any]) -> Task:
    nic, volume = fields.get("nic"), fields.get("volume")
    return Task(
        **{
            **_with_states(fields),
            "nic": _nic_of(nic) if nic else None,
            "volume": VolumePlan(**volume) if volume else None,
        }
    )


def _with_states(fields: Mapping[str, Any]) -> dict[str, Any]:
    flavor = fields["flavor"]
    return {
        **fields,
        "vm_state": VmState(fields["vm_state"]),
        "flavor": Flavor(**flavor) if flavor else None,
    }


def _who(lock: Lock | None) -> str | None:
    if lock is None:
        return None
    return ADMIN if lock.by_admin else OWNER
