"""An image service that has one image, in a file of the test's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.clock import NOON
from vmctld.domain.image import DiskFormat, Image, ImageStatus, Visibility
from vmctld.domain.names import only_match
from vmctld.errors import NotFound, VmctlError


@dataclass
class OneImage:
    """Finds its image for users, and the image's file for services."""

    path: Path | None
    virtual_size_bytes: int = 2 * 1024**2
    disk_format: DiskFormat = DiskFormat.QCOW2
    failure: VmctlError | None = None  # what asking for the file raises

    def __post_init__(self) -> None:
        self.image = Image(
            id="0c7a1d1e-0000-4000-8000-00000000000f",
            name="tiny",
            project_id="admin",
            status=ImageStatus.ACTIVE,
            disk_format=self.disk_format,
            size_bytes=1,
            virtual_size_bytes=self.virtual_size_bytes,
            sha256="0" * 64,
            min_disk_gib=0,
            min_ram_mib=0,
            visibility=Visibility.PUBLIC,
            protected=False,
            properties={},
            created_at=NOON,
            updated_at=NOON,
        )

    def change(self, **fields: object) -> None:
        """Let the image's record say something else."""
        self.image = replace(self.image, **fields)

    def get_image(self, reference: str) -> Image:
        """Return the image by name or id."""
        return only_match([self.image], reference, "image")

    def file_of(self, image_id: str) -> tuple[Image, Path | None]:
        """Return the image and its file."""
        if self.failure is not None:
            raise self.failure
        if image_id != self.image.id:
            raise NotFound("no such image")
        return self.image, self.path
