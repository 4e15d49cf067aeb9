"""What the compute api needs from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from vmctld.domain.flavor import Flavor
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image
from vmctld.domain.instance import VolumePlan
from vmctld.domain.keypair import Keypair
from vmctld.domain.network import NicRequest, ResolvedNic
from vmctld.domain.volume import Volume, VolumeRequest
from vmctld.storage.database import Tx


class Flavors(Protocol):
    """The sizes there are."""

    def get_flavor(self, caller: Caller, reference: str) -> Flavor:
        """Return the flavor of that name or id; raises NotFound, Conflict."""
        ...


class Keypairs(Protocol):
    """The public keys of users."""

    def get_keypair(self, caller: Caller, name: str) -> Keypair:
        """Return the caller's key pair of that name; raises NotFound."""
        ...


class Images(Protocol):
    """The image service, as the caller of the current request."""

    def get_image(self, reference: str) -> Image:
        """Return the image of that name or id; raises NotFound, Conflict."""
        ...


class Networks(Protocol):
    """The network service, as the caller of the current request."""

    def resolve_nics(
        self, nics: Sequence[NicRequest], security_groups: Sequence[str] = ()
    ) -> tuple[ResolvedNic, ...]:
        """Return one card per request; for none, the only network there is."""
        ...


class Volumes(Protocol):
    """The volume service, as the caller of the current request."""

    def resolve_volumes(self, volumes: Sequence[VolumeRequest]) -> tuple[Volume, ...]:
        """Return the volumes meant, all of them available."""
        ...


class ReservedVolumes(Protocol):
    """The volume service, as the api itself: no user may say for whom a volume is kept."""

    def reserve_volumes(self, instance_id: str, plans: Sequence[VolumePlan]) -> None:
        """Keep all of them for the instance, or none; raises WrongState."""
        ...

    def release_volumes(self, instance_id: str) -> None:
        """Give back what was reserved for the instance."""
        ...


class Limits(Protocol):
    """How much projects may have."""

    def limits_of(self, tx: Tx, project_id: str) -> Mapping[str, int]:
        """Return all limits of a project, by resource; negative: none."""
        ...


class Quota(Limits, Protocol):
    """What projects may have, and taking of it."""

    def claim(self, tx: Tx, project_id: str, *, instances: int, cores: int, ram_mib: int) -> None:
        """Take from the project's quota; raises QuotaExceeded."""
        ...

    def check_metadata_items(self, tx: Tx, project_id: str, count: int) -> None:
        """Raise QuotaExceeded when a server of the project may not have so many."""
        ...
