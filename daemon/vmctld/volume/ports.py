"""What the volume service needs from the image service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from vmctld.domain.image import Image
from vmctld.storage.database import Tx


class Limits(Protocol):
    """How much projects may have."""

    def limits_of(self, tx: Tx, project_id: str) -> Mapping[str, int]:
        """Return all limits of a project, by resource; negative: none."""
        ...


class Images(Protocol):
    """The image service, asked on behalf of the caller of the current request."""

    def get_image(self, reference: str) -> Image:
        """Return the image of that name or id; raises NotFound, Conflict (ambiguous)."""
        ...


class ImageFiles(Protocol):
    """The image service, asked by the volume service as itself."""

    def file_of(self, image_id: str) -> tuple[Image, Path | None]:
        """Return an image and its file, None where this machine does not share the store.

        Raises NotFound, WrongState.
        """
        ...
