"""Flavors: the sizes a server can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import compute_pb2
from vmctl.v1 import flavor_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.flavor_pb2_grpc import FlavorServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.server_records import Flavor, flavor_from


@dataclass(frozen=True, slots=True)
class FlavorAccess:
    """A project that may use a flavor which is not public."""

    flavor_id: str
    project_id: str


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

    def describe(self, flavor: str, description: str) -> Flavor:
        """Change what a flavor is said to be for; an empty text takes it away."""
        request = pb.UpdateFlavorRequest(flavor=flavor, description=description)
        return flavor_from(self._calls.unary(self._stub.UpdateFlavor, request, repeatable=True))

    def set_specs(self, flavor: str, specs: Mapping[str, str]) -> Flavor:
        """Add extra specs, or change them."""
        request = pb.SetExtraSpecsRequest(flavor=flavor, extra_specs=specs)
        return flavor_from(self._calls.unary(self._stub.SetExtraSpecs, request, repeatable=True))

    def unset_specs(self, flavor: str, keys: Sequence[str]) -> Flavor:
        """Take extra specs away."""
        request = pb.UnsetExtraSpecsRequest(flavor=flavor, keys=keys)
        return flavor_from(self._calls.unary(self._stub.UnsetExtraSpecs, request))

    def access(self, flavor: str) -> tuple[FlavorAccess, ...]:
        """Return which projects may use a private flavor."""
        request = pb.ListFlavorAccessRequest(flavor=flavor)
        return _access(self._calls.unary(self._stub.ListFlavorAccess, request, repeatable=True))

    def add_access(self, flavor: str, project: str) -> tuple[FlavorAccess, ...]:
        """Let a project use a private flavor; return who may now."""
        request = pb.AddFlavorAccessRequest(flavor=flavor, project=project)
        return _access(self._calls.unary(self._stub.AddFlavorAccess, request))

    def remove_access(self, flavor: str, project: str) -> tuple[FlavorAccess, ...]:
        """Take a private flavor away from a project; return who is left."""
        request = pb.RemoveFlavorAccessRequest(flavor=flavor, project=project)
        return _access(self._calls.unary(self._stub.RemoveFlavorAccess, request))


def _access(message: pb.ListFlavorAccessResponse) -> tuple[FlavorAccess, ...]:
    return tuple(FlavorAccess(one.flavor_id, one.project_id) for one in message.access)
