"""What the agent needs from other services, as protocols; ``clients`` fills them.

Each call made for a build carries the build token, and comes back with the time that the
other service took to validate it (steps 20, 23 and 26).  Undo calls carry the agent's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from vmctld.domain.identity import StepTiming
from vmctld.domain.image import Image
from vmctld.domain.instance import Nic, VolumePlan
from vmctld.domain.network import PortWiring
from vmctld.domain.volume import VolumeConnection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Served(Generic[T]):
    """An answer, and how long its service took to validate the token."""

    value: T
    validation: StepTiming | None


@dataclass(frozen=True, slots=True)
class LocatedImage:
    """An image's record, and its file where agent and store share a disk."""

    image: Image
    path: Path | None


class ImageSource(Protocol):
    """The image service, as a build sees it."""

    def locate(self, image_id: str | None) -> Served[LocatedImage | None]:
        """Return where the image is; None when none was asked for.  Raises NotFound."""
        ...

    def image(self, image_id: str) -> Image:
        """Return what is known of the image, in whatever state it is.  Raises NotFound."""
        ...

    def fill(self, image_id: str, size_bytes: int, chunks: Iterable[bytes]) -> Image:
        """Return the queued image, whole.  Raises NotFound, WrongState, Exhausted, Corrupted."""
        ...

    def discard_image(self, image_id: str) -> None:
        """Have nothing left of an image that a task was to make; absent is fine."""
        ...


class PortSource(Protocol):
    """The network service, as a build sees it."""

    def ensure_ports(
        self, instance_id: str, host: str, nics: Sequence[Nic]
    ) -> Served[tuple[PortWiring, ...]]:
        """Return how to wire each card; the first call's ports when it is repeated."""
        ...

    def release_ports(
        self, instance_id: str, port_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        """Give the instance's ports back, all or some or those of one host; absent is fine."""
        ...


class VolumeSource(Protocol):
    """The volume service, as a build sees it."""

    def connect_volumes(
        self, instance_id: str, host: str, volumes: Sequence[VolumePlan]
    ) -> Served[tuple[VolumeConnection, ...]]:
        """Return how to reach each volume; the same when it is repeated."""
        ...

    def release_volumes(
        self, instance_id: str, attachment_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        """End the instance's attachments, all or some or those of one host; absent is fine."""
        ...

    def grow_volume(self, instance_id: str, attachment_id: str, size_gib: int) -> None:
        """Have an attached volume's record, and its file if it is closed, say the new size."""
        ...


class ImageCache(Protocol):
    """This host's own verified copies of images."""

    def ensure(self, instance_id: str, located: LocatedImage) -> Path:
        """Return the copy, fetched and verified if it is new, held for the instance."""
        ...

    def release(self, instance_id: str) -> None:
        """Drop the instance's hold; absent is fine."""
        ...


@dataclass(frozen=True, slots=True)
class BuildServices:
    """The other services, with one token."""

    images: ImageSource
    ports: PortSource
    volumes: VolumeSource


class ServiceDoor(Protocol):
    """Gives the other services as one build, or as the agent itself."""

    def for_build(self, token: str) -> BuildServices:
        """Return the services, called with a build token."""
        ...

    def as_agent(self) -> BuildServices:
        """Return the services, called as the agent itself: undo and deletion."""
        ...
