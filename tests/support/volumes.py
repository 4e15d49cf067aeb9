"""A volume, as a record."""

from __future__ import annotations

from tests.support.clock import NOON
from vmctld.domain.volume import Volume, VolumeStatus


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
