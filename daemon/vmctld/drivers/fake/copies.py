"""Copies of the disks of fake machines: whole, sound, and empty."""

from __future__ import annotations

import io
import struct
from contextlib import AbstractContextManager
from typing import BinaryIO

from vmctld.drivers.base import no_copy, no_machine
from vmctld.drivers.fake.ledger import FakeMachine

CLUSTER_BITS = 16
CLUSTER_BYTES = 1 << CLUSTER_BITS
DISK_BYTES = 1 << 20
REFCOUNT_BITS_LOG2 = 4


class Copies:
    """Fills ``drivers.abilities.CopiesDisk`` for machines that do not exist."""

    _machines: dict[str, FakeMachine]

    def __init__(self) -> None:
        super().__init__()
        self._copies: set[tuple[str, str]] = set()

    def copy_disk(self, instance_id: str, token: str) -> None:
        """Note that there is a copy."""
        if instance_id not in self._machines:
            raise no_machine(instance_id)
        self._copies.add((instance_id, token))

    def open_copy(self, instance_id: str, token: str) -> AbstractContextManager[BinaryIO]:
        """Open a disk with nothing on it."""
        if (instance_id, token) not in self._copies:
            raise no_copy(instance_id)
        return io.BytesIO(empty_qcow2())

    def drop_copy(self, instance_id: str, token: str) -> None:
        """Forget it."""
        self._copies.discard((instance_id, token))

    def forget_copies(self, instance_id: str) -> None:
        """Forget those of a machine that is gone."""
        self._copies = {key for key in self._copies if key[0] != instance_id}

    def copies_of(self, instance_id: str) -> list[str]:
        """Return the tokens under which there are copies."""
        return sorted(token for owner, token in self._copies if owner == instance_id)


def empty_qcow2() -> bytes:
    """Return an image of an empty disk: header, refcount table, refcount block, L1 table.

    https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt, version 3
    """
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        b"QFI\xfb",
        3,
        *(0, 0),  # no backing file
        CLUSTER_BITS,
        DISK_BYTES,
        0,  # not encrypted
        *(1, 3 * CLUSTER_BYTES),  # L1 table
        *(CLUSTER_BYTES, 1),  # refcount table
        *(0, 0),  # no internal snapshots
        *(0, 0, 0),  # features
        REFCOUNT_BITS_LOG2,
        104,
    )
    refcount_table = struct.pack(">Q", 2 * CLUSTER_BYTES)
    refcount_block = struct.pack(">4H", 1, 1, 1, 1)
    clusters = (header, refcount_table, refcount_block, b"")
    return b"".join(cluster.ljust(CLUSTER_BYTES, b"\0") for cluster in clusters)
