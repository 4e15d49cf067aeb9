"""Flavors: the sizes a server can have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from vmctl.v1 import compute_pb2
from vmctl.v1 import flavor_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.flavor_pb2_grpc import FlavorServiceStub

from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.server_records import Flavor, flavor_from


class Flavors:
    """The flavor service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> FlavorServiceStub:
        return FlavorServiceStub(self._calls.channel)

    def create(self, flavor: Flavor) -> Flavor:
        """Make a flavor; the id ``auto`` draws a UUID."""
        request = pb.CreateFlavorRequest(
            flavor=compute_pb2.Flavor(
                id=flavor.id,
                name=flavor.name,
                vcpus=flavor.vcpus,
                ram_mib=flavor.ram_mib,
                disk_gib=flavor.disk_gib,
                ephemeral_gib=flavor.ephemeral_gib,
                swap_mib=flavor.swap_mib,
                is_public=flavor.is_public,
                description=flavor.description or "",
                extra_specs=flavor.extra_specs,
            )
        )
        return flavor_from(self._calls.unary(self._stub.CreateFlavor, request))

    def get(self, flavor: str) -> Flavor:
        """Return the flavor of that name or id."""
        request = pb.GetFlavorRequest(flavor=flavor)
        return flavor_from(self._calls.unary(self._stub.GetFlavor, request, repeatable=True))

    def list(
        self,
        *,
        min_ram_mib: int = 0,
        min_disk_gib: int = 0,
        limit: int | None = None,
        marker: str = "",
    ) -> Iterator[Flavor]:
        """Return the flavors that are at least so large, sorted by id."""

        def fetch(page: Page) -> list[compute_pb2.Flavor]:
            request = pb.ListFlavorsRequest(
                page=page, min_ram_mib=min_ram_mib, min_disk_gib=min_disk_gib
            )
            answer = self._calls.unary(self._stub.ListFlavors, request, repeatable=True)
            return [*answer.flavors]

        found = all_of(fetch, lambda flavor: flavor.id, limit=limit, marker=marker)
        yield from map(flavor_from, found)

    def delete(self, flavor: str) -> None:
        """Forget a flavor; servers keep the size they have."""
        self._calls.unary(self._stub.DeleteFlavor, pb.DeleteFlavorRequest(flavor=flavor))
