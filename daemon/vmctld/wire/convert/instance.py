"""Instances on the wire, and what a boot asks for."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from vmctl.v1 import compute_pb2 as pb
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.instance import Address, Fault, Instance, VolumePlan
from vmctld.domain.network import NicRequest
from vmctld.domain.volume import VolumeRequest
from vmctld.domain.wishes import Hint
from vmctld.wire.convert.common import time_to_proto
from vmctld.wire.convert.flavor import flavor_to_proto


def boot_request_from_proto(message: pb.BootInstanceRequest) -> BootRequest:
    """Return what the user asked for."""
    return BootRequest(
        name=message.name,
        flavor=message.flavor,
        image=message.image or None,
        volumes=tuple(_volume_request(volume) for volume in message.volumes),
        nics=tuple(_nic_request(nic) for nic in message.nics),
        no_nics=message.no_nics,
        key_name=message.key_name or None,
        user_data=message.user_data or None,
        metadata=dict(message.metadata),
        availability_zone=message.availability_zone or None,
        description=message.description or None,
        min_count=message.min_count,
        max_count=message.max_count,
        idempotency_key=message.idempotency_key or None,
        hostname=message.hostname or None,
        hints=tuple(Hint(hint.key, hint.value) for hint in message.hints),
        host=message.host or None,
        tags=tuple(message.tags),
        security_groups=tuple(message.security_groups),
    )


def instance_to_proto(instance: Instance, *, for_admin: bool) -> pb.Instance:
    """Return ``instance`` as a message; where it is, only admins are told."""
    message = pb.Instance(
        id=instance.id,
        name=instance.name,
        project_id=instance.project_id,
        user_id=instance.user_id,
        status=instance.status,
        vm_state=instance.vm_state.value,
        task_state=instance.task_state.value if instance.task_state else "",
        power_state=instance.power_state.value,
        host=(instance.host or "") if for_admin else "",
        flavor=flavor_to_proto(instance.flavor),
        image_id=instance.image_id or "",
        image_name=instance.image_name or "",
        key_name=instance.key_name or "",
        metadata=dict(instance.metadata) or None,  # an empty map costs as much as a full one
        availability_zone=instance.availability_zone or "",
        description=instance.description or "",
        addresses=[address_to_proto(address) for address in instance.addresses],
        volumes=[volume_plan_to_proto(plan) for plan in instance.volumes],
        created_at=time_to_proto(instance.created_at),
        updated_at=time_to_proto(instance.updated_at),
        attempt=instance.attempt,
        request_id=instance.request_id,
        reservation_id=instance.reservation_id,
        launch_index=instance.launch_index,
        hostname=instance.hostname,
        ssh_port=instance.ssh_port or 0,
        accelerator=instance.accelerator or "",
        config_drive=instance.config_drive,
        tags=instance.tags,
        locked=instance.lock is not None,
        locked_reason=(instance.lock.reason or "") if instance.lock else "",
    )
    if instance.fault is not None:
        message.fault.CopyFrom(fault_to_proto(instance.fault))
    for name, moment in (
        ("launched_at", instance.launched_at),
        ("terminated_at", instance.terminated_at),
    ):
        if moment is not None:
            getattr(message, name).CopyFrom(time_to_proto(moment))
    return message


def fault_to_proto(fault: Fault) -> pb.Fault:
    """Return ``fault`` as a message."""
    return pb.Fault(
        code=fault.code,
        message=fault.message,
        hint=fault.hint,
        step=fault.step,
        component=fault.component,
        created_at=time_to_proto(fault.created_at),
        request_id=fault.request_id,
        facts_json=json.dumps(dict(fault.facts), sort_keys=True),
    )


def sent_at_from_metadata(value: str | None) -> datetime | None:
    """Return when the client says that it sent the call; nonsense counts as not said."""
    try:
        return datetime.fromtimestamp(float(value), UTC) if value else None
    except (ValueError, OverflowError, OSError):
        return None


def _volume_request(message: pb.VolumeRequest) -> VolumeRequest:
    return VolumeRequest(
        volume=message.volume,
        boot_index=message.boot_index if message.HasField("boot_index") else None,
        delete_on_termination=message.delete_on_termination,
    )


def _nic_request(message: pb.NicRequest) -> NicRequest:
    return NicRequest(
        network=message.network or None,
        port_id=message.port_id or None,
        fixed_ip=message.fixed_ip or None,
    )


def address_to_proto(address: Address) -> pb.NetworkAddress:
    """Return where an instance can be reached, as a message."""
    return pb.NetworkAddress(
        network=address.network,
        address=address.address,
        port_id=address.port_id,
        mac=address.mac,
    )


def volume_plan_to_proto(plan: VolumePlan) -> pb.InstanceVolume:
    """Return how an instance has a volume, as a message."""
    return pb.InstanceVolume(
        volume_id=plan.volume_id,
        attachment_id=plan.attachment_id,
        boot_index=plan.boot_index,
        delete_on_termination=plan.delete_on_termination,
    )
