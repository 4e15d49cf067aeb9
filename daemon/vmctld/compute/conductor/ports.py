"""What the conductor needs from others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from vmctld.storage.database import Tx


class BuildTokens(Protocol):
    """Makes the short-lived tokens that stand for a user in one build."""

    def issue_build_token(
        self,
        *,
        instance_id: str,
        attempt: int,
        user_id: str,
        project_id: str,
        calls: Iterable[str],
        lifetime_s: int,
    ) -> tuple[str, datetime]:
        """Return the token and when it ends; raises Unauthenticated, Forbidden."""
        ...


class ProjectQuota(Protocol):
    """What projects use of their quotas."""

    def release(self, tx: Tx, project_id: str, *, instances: int, cores: int, ram_mib: int) -> None:
        """Give back what an instance used."""
        ...


class ImageRemover(Protocol):
    """Takes images away, as the service itself."""

    def discard_image(self, image_id: str) -> None:
        """Have nothing left of an image; gone already is fine."""
        ...


class PortReleaser(Protocol):
    """Gives ports back, as the service itself."""

    def release_ports(self, instance_id: str, port_ids: Sequence[str] = ()) -> None:
        """Give back these ports, or all of the instance; absent ones are fine."""
        ...


class VolumeReleaser(Protocol):
    """Gives volumes back, as the service itself."""

    def release_volumes(self, instance_id: str, attachment_ids: Sequence[str] = ()) -> None:
        """End these attachments, or all of the instance; absent ones are fine."""
        ...

    def delete_volume(self, volume_id: str) -> None:
        """Delete a volume; raises NotFound when it is gone."""
        ...
