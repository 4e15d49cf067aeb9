"""What the volume service needs from the image service."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from vmctld.domain.image import Image


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
