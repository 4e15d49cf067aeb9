"""What fake machines are made of: sizes and disks, remembered and kept aside.

In memory alone: after a restart of the daemon a fake machine is what it was built as.
"""

from __future__ import annotations

from pathlib import Path

from vmctld.domain.machine import MachineVolume, RootDisk
from vmctld.domain.network import PortWiring

Shape = tuple[object, ...]
AS_BUILT: Shape = ("as built",)
RESCUED = "rescued"


class Shapes:
    """Fills ``drivers.abilities.Reshapes`` for machines that do not exist."""

    def __init__(self) -> None:
        self._shapes: dict[str, Shape] = {}
        self._asides: dict[tuple[str, str], Shape] = {}
        self._removed: set[str] = set()
        self._volumes: dict[tuple[str, str], MachineVolume] = {}
        self._cards: dict[tuple[str, str], PortWiring] = {}

    def of(self, instance_id: str) -> tuple[Shape, list[str]]:
        """Return what the machine is made of, and the tokens under which more is kept."""
        kept = [token for owner, token in self._asides if owner == instance_id]
        return self._shapes.get(instance_id, AS_BUILT), sorted(kept)

    def set_aside(self, instance_id: str, token: str) -> None:
        """Keep what the machine is now."""
        self._asides.setdefault((instance_id, token), self.of(instance_id)[0])

    def bring_back(self, instance_id: str, token: str) -> None:
        """Make the machine what was kept."""
        kept = self._asides.get((instance_id, token))
        if kept is not None:
            self._shapes[instance_id] = kept

    def drop_aside(
        self, instance_id: str, token: str | None = None, *, but: str | None = None
    ) -> None:
        """Forget what was kept."""
        for key in [key for key in self._asides if key[0] == instance_id]:
            if token in (None, key[1]) and key[1] != but:
                del self._asides[key]

    def renew(self, instance_id: str, root: RootDisk) -> None:
        """Note the new disk."""
        self._shapes[instance_id] = ("renewed", root)

    def reshape(self, instance_id: str, *, vcpus: int, ram_mib: int, disk_gib: int) -> None:
        """Note the new size."""
        self._shapes[instance_id] = ("reshaped", vcpus, ram_mib, disk_gib)

    def insert_rescue(self, instance_id: str, image_path: Path, image_format: str) -> None:
        """Note the disk before its own."""
        shape = self._shapes.get(instance_id, AS_BUILT)
        if shape[0] != RESCUED:
            self._shapes[instance_id] = (RESCUED, shape)

    def is_rescued(self, instance_id: str) -> bool:
        """True while another disk is before its own."""
        return self._shapes.get(instance_id, AS_BUILT)[0] == RESCUED

    def remove_rescue(self, instance_id: str, *, keep: bool = False) -> None:
        """Note that it is gone."""
        shape = self._shapes.get(instance_id, AS_BUILT)
        if shape[0] == RESCUED and isinstance(shape[1], tuple):
            self._shapes[instance_id] = shape[1]
            self._removed.add(instance_id)
        if not keep:
            self._removed.discard(instance_id)

    def has_removed(self, instance_id: str) -> bool:
        """True while a disk that was removed is kept."""
        return instance_id in self._removed

    def reinsert_rescue(self, instance_id: str) -> None:
        """Note that it is back."""
        if instance_id in self._removed:
            self._removed.discard(instance_id)
            self._shapes[instance_id] = (RESCUED, self._shapes.get(instance_id, AS_BUILT))

    def forget(self, instance_id: str) -> None:
        """Forget a machine that is gone."""
        self._shapes.pop(instance_id, None)
        self._removed.discard(instance_id)
        self.drop_aside(instance_id)
        for key in [key for key in self._volumes if key[0] == instance_id]:
            del self._volumes[key]
        for key in [key for key in self._cards if key[0] == instance_id]:
            del self._cards[key]

    def cards_of(self, instance_id: str) -> list[str]:
        """Return the ports of the cards that came after the machine was built."""
        return sorted(key[1] for key in self._cards if key[0] == instance_id)

    def volumes_of(self, instance_id: str) -> list[str]:
        """Return the attachments that came after the machine was built."""
        return sorted(key[1] for key in self._volumes if key[0] == instance_id)
