"""Aggregates of hosts, and the availability zones that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import aggregate_pb2 as pb
from vmctl.v1.aggregate_pb2_grpc import AggregateServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Hosts that an operator put together."""

    id: str
    name: str
    availability_zone: str | None
    hosts: tuple[str, ...]
    metadata: Mapping[str, str]
    created_at: str | None
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class ZoneHost:
    """A host of a zone."""

    name: str
    enabled: bool
    up: bool
    seen_at: str | None


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that one can ask for; its hosts only admins are told."""

    name: str
    available: bool
    hosts: tuple[ZoneHost, ...]


class Aggregates:
    """The aggregate service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> AggregateServiceStub:
        return AggregateServiceStub(self._calls.channel)

    def create(self, name: str, zone: str) -> Aggregate:
        """Make an aggregate; an empty zone: it makes none."""
        request = pb.CreateAggregateRequest(name=name, availability_zone=zone)
        return _aggregate(self._calls.unary(self._stub.CreateAggregate, request))

    def get(self, aggregate: str) -> Aggregate:
        """Return the aggregate of that name or id."""
        request = pb.GetAggregateRequest(aggregate=aggregate)
        return _aggregate(self._calls.unary(self._stub.GetAggregate, request, repeatable=True))

    def list(self) -> list[Aggregate]:
        """Return all aggregates, sorted by name."""
        request = pb.ListAggregatesRequest()
        answer = self._calls.unary(self._stub.ListAggregates, request, repeatable=True)
        return [_aggregate(one) for one in answer.aggregates]

    def update(self, aggregate: str, name: str | None = None, zone: str | None = None) -> Aggregate:
        """Change name or zone; None leaves it."""
        request = pb.UpdateAggregateRequest(aggregate=aggregate, name=name, availability_zone=zone)
        return _aggregate(self._calls.unary(self._stub.UpdateAggregate, request))

    def set_metadata(
        self, aggregate: str, changed: Mapping[str, str], unset: Sequence[str]
    ) -> Aggregate:
        """Add, change and take away metadata."""
        request = pb.UpdateAggregateRequest(
            aggregate=aggregate, set_metadata=changed, unset_metadata=unset
        )
        return _aggregate(self._calls.unary(self._stub.UpdateAggregate, request))

    def delete(self, aggregate: str) -> None:
        """Forget an aggregate without hosts."""
        self._calls.unary(
            self._stub.DeleteAggregate, pb.DeleteAggregateRequest(aggregate=aggregate)
        )

    def add_host(self, aggregate: str, host: str) -> Aggregate:
        """Put a host into an aggregate."""
        request = pb.AddAggregateHostRequest(aggregate=aggregate, host=host)
        return _aggregate(self._calls.unary(self._stub.AddAggregateHost, request))

    def remove_host(self, aggregate: str, host: str) -> Aggregate:
        """Take a host out of an aggregate."""
        request = pb.RemoveAggregateHostRequest(aggregate=aggregate, host=host)
        return _aggregate(self._calls.unary(self._stub.RemoveAggregateHost, request))

    def zones(self) -> tuple[Zone, ...]:
        """Return the zones there are, sorted by name."""
        request = pb.ListAvailabilityZonesRequest()
        answer = self._calls.unary(self._stub.ListAvailabilityZones, request, repeatable=True)
        return tuple(
            Zone(
                zone.name,
                zone.available,
                tuple(
                    ZoneHost(host.name, host.enabled, host.up, time_of(host, "seen_at"))
                    for host in zone.hosts
                ),
            )
            for zone in answer.zones
        )


def _aggregate(message: pb.Aggregate) -> Aggregate:
    return Aggregate(
        id=message.id,
        name=message.name,
        availability_zone=or_none(message.availability_zone),
        hosts=tuple(message.hosts),
        metadata=dict(message.metadata),
        created_at=time_of(message, "created_at"),
        updated_at=time_of(message, "updated_at"),
    )
