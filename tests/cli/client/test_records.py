"""Every field of every message reaches its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from vmctl.v1 import (
    compute_pb2,
    identity_pb2,
    image_pb2,
    keypair_pb2,
    network_pb2,
    quota_pb2,
    volume_pb2,
)
from vmctl_cli.client import (
    actions,
    decisions,
    identity,
    identity_records,
    images,
    keypairs,
    network_records,
    quotas,
    server_records,
    traces,
    volumes,
)
from vmctl_cli.output.records import plain

CONVERTERS: tuple[tuple[Callable[[Any], Any], type[Message]], ...] = (
    (server_records.server_from, compute_pb2.Instance),
    (server_records.flavor_from, compute_pb2.Flavor),
    (server_records.fault_from, compute_pb2.Fault),
    (traces.step_from, compute_pb2.Step),
    (traces.trace_from, compute_pb2.Trace),
    (decisions.decision_from, compute_pb2.Decision),
    (traces.watched_from, compute_pb2.WatchInstanceResponse),
    (actions.action_from, compute_pb2.InstanceAction),
    (actions.host_from, compute_pb2.Host),
    (images._image, image_pb2.Image),
    (keypairs._keypair, keypair_pb2.Keypair),
    (network_records.network_from, network_pb2.Network),
    (network_records.subnet_from, network_pb2.Subnet),
    (network_records.port_from, network_pb2.Port),
    (volumes._volume, volume_pb2.Volume),
    (quotas._quotas, quota_pb2.Quotas),
    (identity_records.user_from, identity_pb2.User),
    (identity_records.project_from, identity_pb2.Project),
    (identity_records.assignment_from, identity_pb2.RoleAssignment),
)
IDS = [kind.DESCRIPTOR.name for _, kind in CONVERTERS]
OTHER_NAMES = {  # on the wire -> in the record
    "instance": "server",
    "facts_json": "facts",
    "AddressPair.cidr": "ip_address",  # neutron's words
    "AddressPair.mac": "mac_address",
}


class _Filler:
    """Puts a value of its own into every field."""

    def __init__(self) -> None:
        self._count = 0

    def fill(self, message: Message) -> None:
        for field in message.DESCRIPTOR.fields:
            self._fill_field(message, field)

    def _fill_field(self, message: Any, field: FieldDescriptor) -> None:
        self._count += 1
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            self._fill_message(message, field)
        elif field.is_repeated:
            getattr(message, field.name).append(f"text {self._count}")
        elif field.name == "facts_json":
            message.facts_json = f'{{"fact": {self._count}}}'
        elif field.type == FieldDescriptor.TYPE_STRING:
            setattr(message, field.name, f"text {self._count}")
        elif field.type == FieldDescriptor.TYPE_BOOL:
            setattr(message, field.name, True)
        else:
            setattr(message, field.name, self._count)

    def _fill_message(self, message: Any, field: FieldDescriptor) -> None:
        value = getattr(message, field.name)
        if field.message_type.GetOptions().map_entry:
            value["key"] = f"text {self._count}"
        elif field.is_repeated:
            self.fill(value.add())
        elif field.message_type.name == "Timestamp":
            value.FromSeconds(self._count)
        else:
            self.fill(value)


def _expected(message: Any) -> dict[str, Any]:
    """Return what the record of a full message must say."""
    return {_name_of(field): _expected_value(message, field) for field in message.DESCRIPTOR.fields}


def _name_of(field: FieldDescriptor) -> str:
    in_its_message = f"{field.containing_type.name}.{field.name}"
    return OTHER_NAMES.get(in_its_message) or OTHER_NAMES.get(field.name, field.name)


def _expected_value(message: Any, field: FieldDescriptor) -> Any:
    value = getattr(message, field.name)
    if field.name == "facts_json":
        import json

        return json.loads(value)
    if field.type != FieldDescriptor.TYPE_MESSAGE:
        return list(value) if field.is_repeated else value
    if field.message_type.GetOptions().map_entry:
        return dict(value)
    if field.message_type.name == "Timestamp":
        return value.ToJsonString()
    return [_expected(one) for one in value] if field.is_repeated else _expected(value)


@pytest.mark.parametrize(("convert", "kind"), CONVERTERS, ids=IDS)
def test_every_field_reaches_the_record(convert: Callable[[Any], Any], kind: type[Message]) -> None:
    message = kind()
    _Filler().fill(message)

    assert plain(convert(message)) == _expected(message)


@pytest.mark.parametrize(("convert", "kind"), CONVERTERS, ids=IDS)
def test_an_empty_message_is_a_record_without_empty_times(
    convert: Callable[[Any], Any], kind: type[Message]
) -> None:
    record = plain(convert(kind()))

    assert all(value is None for key, value in record.items() if key.endswith("_at"))


def test_facts_that_are_no_object_are_none() -> None:
    assert server_records.fault_from(compute_pb2.Fault(facts_json="[1]")).facts == {}


def test_what_a_token_says_reaches_its_owner() -> None:
    info = identity_pb2.TokenInfo(user_id="u", user_name="n", project_id="p", roles=["admin"])

    owner = identity._owner(info)

    assert (owner.user_id, owner.user_name, owner.project_id) == ("u", "n", "p")
    assert (owner.roles, owner.expires_at) == (("admin",), None)
