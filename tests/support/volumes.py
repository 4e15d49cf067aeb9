"""Volumes for tests: one as a record, and a project that may have as many as it likes."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.clock import NOON
from vmctld.domain.volume import Volume, VolumeStatus
from vmctld.storage.database import Tx


class NoLimits:
    """Lets every project have what it wants, but for what a test says."""

    def __init__(self, **limits: int) -> None:
        self.limits = limits

    def limits_of(self, tx: Tx, project_id: str) -> Mapping[str, int]:
        """Return the limits that there are."""
        return self.limits


def a_volume(
    volume_id: str = "v1",
    *,
    project: str = "demo",
    status: VolumeStatus = VolumeStatus.AVAILABLE,
) -> Volume:
    """Return a volume of 1 GiB that is attached to nothing, named as its id."""
    return Volume(
        id=volume_id,
        name=volume_id,
        project_id=project,
        size_gib=1,
        status=status,
        bootable=False,
        image_id=None,
        attachment_id=None,
        instance_id=None,
        created_at=NOON,
        updated_at=NOON,
    )
