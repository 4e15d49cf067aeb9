"""Disk images made byte by byte, so that each of them can lie in one way."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

CLUSTER = 65536


@dataclass(frozen=True)
class Qcow2:
    """A qcow2 image of one allocated cluster; ``replace`` a field to spoil it.

    Clusters of the file: header, refcount table, refcount block, L1, L2, data.
    """

    version: int = 3
    backing_offset: int = 0
    cluster_bits: int = 16
    virtual_size_bytes: int = 1024**2
    encryption: int = 0
    l1_entries: int = 1
    l1_offset: int = 3 * CLUSTER
    refcount_offset: int = 1 * CLUSTER
    refcount_clusters: int = 1
    incompatible: int = 0
    l2_offset: int = 4 * CLUSTER
    data_entry: int = 5 * CLUSTER | 1 << 63
    bitmap: int | None = None  # with 16-byte entries: which 32ths of the cluster are there

    def but(self, **changes: int) -> Qcow2:
        """Return the same image with something else in it."""
        return replace(self, **changes)

    def __bytes__(self) -> bytes:
        header = struct.pack(
            ">4sIQIIQIIQQIIQ",
            b"QFI\xfb",
            self.version,
            self.backing_offset,
            8 if self.backing_offset else 0,
            self.cluster_bits,
            self.virtual_size_bytes,
            self.encryption,
            self.l1_entries,
            self.l1_offset,
            self.refcount_offset,
            self.refcount_clusters,
            0,
            0,
        )
        header += struct.pack(">QQQII", self.incompatible, 0, 0, 4, 104)
        l2 = struct.pack(">Q", self.data_entry)
        if self.bitmap is not None:
            l2 += struct.pack(">Q", self.bitmap)
        clusters = [
            header,
            struct.pack(">Q", 2 * CLUSTER),
            struct.pack(">6H", *[1] * 6),
            struct.pack(">Q", self.l2_offset | 1 << 63),
            l2,
            b"data" * (CLUSTER // 4),
        ]
        return b"".join(cluster.ljust(CLUSTER, b"\0") for cluster in clusters)


def a_raw_disk(size_bytes: int = 1024**2) -> bytes:
    """Return a raw disk with a partition table and a boot sector's signature."""
    entry = struct.pack("<B3xB3xII", 0x80, 0x83, 2048, size_bytes // 512 - 2048)
    sector = bytes(446) + entry + bytes(48) + b"\x55\xaa"
    return (sector + b"some files").ljust(size_bytes, b"\0")
