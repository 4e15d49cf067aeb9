"""Which instances a list shall hold, on the wire."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.message import Message

from vmctl.v1 import compute_pb2
from vmctl.v1 import instance_filter_pb2 as pb
from vmctld.domain.instance_list import BriefInstance, InstanceListRequest, InstanceWish, SortKey
from vmctld.errors import InvalidRequest
from vmctld.wire.convert.common import page_from_proto, time_from_proto, time_to_proto
from vmctld.wire.convert.instance import address_to_proto


def list_request_from_proto(message: compute_pb2.ListInstancesRequest) -> InstanceListRequest:
    """Return which instances are wanted."""
    return InstanceListRequest(
        page=page_from_proto(message.page),
        all_projects=message.all_projects,
        status=message.status or None,
        name=message.name or None,
        host=message.host or None,
        deleted=message.deleted,
        reservation_id=message.reservation_id or None,
        wish=_wish(message.filter),
        sort=tuple(SortKey(key.field, key.descending) for key in message.sort),
    )


def brief_to_proto(instance: BriefInstance) -> compute_pb2.Instance:
    """Return a message that has what a table shows."""
    return compute_pb2.Instance(
        id=instance.id,
        name=instance.name,
        project_id=instance.project_id,
        status=instance.status,
        task_state=instance.task_state.value if instance.task_state else "",
        power_state=instance.power_state.value,
        addresses=[address_to_proto(address) for address in instance.addresses],
        updated_at=time_to_proto(instance.updated_at),
    )


def _wish(message: pb.InstanceFilter) -> InstanceWish:
    return InstanceWish(
        name_pattern=message.name_pattern or None,
        vm_state=message.vm_state or None,
        task_state=message.task_state or None,
        power_state=message.power_state if message.HasField("power_state") else None,
        flavor=message.flavor or None,
        image=message.image or None,
        ip_pattern=message.ip_pattern or None,
        ip6_pattern=message.ip6_pattern or None,
        project=message.project or None,
        user=message.user or None,
        availability_zone=message.availability_zone or None,
        key_name=message.key_name or None,
        config_drive=message.config_drive if message.HasField("config_drive") else None,
        changed_since=_time(message, "changed_since"),
        changed_before=_time(message, "changed_before"),
        tags=tuple(message.tags),
        tags_any=tuple(message.tags_any),
        not_tags=tuple(message.not_tags),
        not_tags_any=tuple(message.not_tags_any),
        locked=message.locked if message.HasField("locked") else None,
    )


def _time(message: Message, name: str) -> datetime | None:
    if not message.HasField(name):
        return None
    try:
        return time_from_proto(getattr(message, name))
    except OverflowError:
        raise InvalidRequest(f"{name} is in no year that there is", code="invalid-time") from None
