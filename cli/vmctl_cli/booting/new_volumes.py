"""Volumes that are made for a server just before its boot, and go again if it is refused."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from vmctl_cli.errors import EXIT_FAILED_LATER, CliError, invalid

if TYPE_CHECKING:
    from vmctl_cli.client import Client
    from vmctl_cli.client.boots import VolumeWish
    from vmctl_cli.client.volumes import Volume
    from vmctl_cli.output import Output

LOOK_EVERY_S = 0.2
WAIT_S = 600.0


@dataclass(frozen=True, slots=True)
class NewVolume:
    """A volume that a server is to have, made of something else.  Size 0: as large as that."""

    source: str  # image, snapshot or blank
    reference: str = ""  # name or id of the image or snapshot
    size_gib: int = 0
    volume_type: str = ""
    boot_index: int | None = None
    delete_on_termination: bool = False


class NewVolumes:
    """Makes volumes; used as a context, it takes them back when what it is for is refused."""

    def __init__(self, client: Client, output: Output, timeout_s: float | None) -> None:
        self._client = client
        self._output = output
        self._timeout_s = timeout_s or WAIT_S
        self._made: list[str] = []

    def __enter__(self) -> NewVolumes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, CliError):
            for volume in self._made:
                self._take_back(volume)

    def make(self, new: NewVolume) -> VolumeWish:
        """Return the wish for a volume that has been made and filled."""
        from vmctl_cli.client.boots import VolumeWish

        made = self._client.volumes.create(
            new.size_gib,
            name="",
            image=new.reference if new.source == "image" else "",
            snapshot=new.reference if new.source == "snapshot" else "",
            volume_type=new.volume_type,
        )
        self._output.say(f"Volume {made.id} is made for the server")
        self._made.append(made.id)
        self._wait_for(made)
        return VolumeWish(
            made.id, boot_index=new.boot_index, delete_on_termination=new.delete_on_termination
        )

    def _wait_for(self, volume: Volume) -> None:
        ends = time.monotonic() + self._timeout_s
        while volume.status == "creating" and time.monotonic() < ends:
            time.sleep(LOOK_EVERY_S)
            volume = self._client.volumes.get(volume.id)
        if volume.status != "available":
            raise CliError(
                f"the volume {volume.id} is {volume.status}: {volume.status_reason or 'no reason'}",
                class_name="WrongState",
                code="volume-not-available",
                hint="vmctl volume-show tells its state",
                facts={"volume_id": volume.id},
                exit_code=EXIT_FAILED_LATER,
            )

    def _take_back(self, volume: str) -> None:
        try:
            self._client.volumes.delete(volume)
        except CliError as error:
            self._output.say(f"the volume {volume} is left: {error.message}")


def refuse_new(new: NewVolume) -> VolumeWish:
    """Refuse to make a volume where nothing is to be made."""
    raise invalid(
        f"--dry-run makes no volume of a {new.source}",
        hint="make it first: vmctl volume-create, then --block-device source=volume",
    )
