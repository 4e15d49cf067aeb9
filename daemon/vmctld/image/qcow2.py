"""qcow2: what its header says, and whether all that it refers to lies inside the file.

After "The qcow2 image format" (docs/interop/qcow2.txt in QEMU's sources).  ``qemu-img info``
is content with half a file; the tables are walked here, so that no copy of one is booted.
Reference counts are not looked at: a base image is never written to.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from vmctld.image.refusals import CONVERT, cut_off, refused

HEADER = struct.Struct(">4xIQIIQIIQQI12x")  # bytes 0 to 71, in both versions
FEATURES = struct.Struct(">Q24x")  # bytes 72 to 103, in version 3

DIRTY, CORRUPT, DATA_FILE, COMPRESSION_TYPE, EXTENDED_L2 = (1 << bit for bit in range(5))
KNOWN_FEATURES = DIRTY | CORRUPT | DATA_FILE | COMPRESSION_TYPE | EXTENDED_L2

CLUSTER_BITS = range(9, 22)  # 512 bytes to 2 MiB: QEMU's limits
EXTENDED_CLUSTER_BITS = range(14, 22)  # a 32th of one has 512 bytes at least
MAX_L1_BYTES = 32 * 1024 * 1024  # QEMU's limit
MAX_CLUSTERS = 1 << 26  # bounds the walk; 4 TiB of disk in clusters of the usual size

_OFFSET_MASK = 0x00FFFFFFFFFFFE00
_COMPRESSED = 1 << 62
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class Qcow2Header:
    """What the header says, once it is known to be harmless."""

    cluster_bits: int
    virtual_size_bytes: int
    l1_entries: int
    l1_offset: int
    refcount_offset: int
    refcount_clusters: int
    extended_l2: bool

    @property
    def cluster_bytes(self) -> int:
        """How large a cluster is."""
        return 1 << self.cluster_bits

    @property
    def l2_entries(self) -> int:
        """How many clusters one second-level table maps."""
        return self.cluster_bytes // (16 if self.extended_l2 else 8)

    @property
    def l1_entries_needed(self) -> int:
        """How many second-level tables the disk takes; entries above hold no data of it."""
        return -(-self.clusters // self.l2_entries)

    @property
    def clusters(self) -> int:
        """How many clusters the guest's disk has."""
        return -(-self.virtual_size_bytes // self.cluster_bytes)


def read_header(file: BinaryIO) -> Qcow2Header:
    """Return the header of a file that begins like a qcow2 image.

    Raises InvalidRequest for whatever reaches out of the image (backing file, data file),
    hides it (encryption) or is not known to be harmless.
    """
    file.seek(0)
    raw = file.read(HEADER.size + FEATURES.size)
    if len(raw) < HEADER.size:
        raise refused("malformed", "ends within its header")
    version, backing_offset, _, cluster_bits, virtual_bytes, encryption, *tables = (
        HEADER.unpack_from(raw)
    )
    features = _features(raw, version)
    if backing_offset:
        raise refused("backing-file", "has a backing file, which is not part of it")
    if features & DATA_FILE:
        raise refused("data-file", "keeps its data in another file")
    if encryption:
        raise refused("encrypted", "is encrypted")
    if cluster_bits not in (EXTENDED_CLUSTER_BITS if features & EXTENDED_L2 else CLUSTER_BITS):
        raise refused("malformed", f"has clusters of 2^{cluster_bits} bytes")
    header = Qcow2Header(
        cluster_bits=cluster_bits,
        virtual_size_bytes=virtual_bytes,
        l1_entries=tables[0],
        l1_offset=tables[1],
        refcount_offset=tables[2],
        refcount_clusters=tables[3],
        extended_l2=bool(features & EXTENDED_L2),
    )
    _check_sizes(header)
    return header


def check_whole(file: BinaryIO, header: Qcow2Header, size_bytes: int) -> None:
    """Raise InvalidRequest unless every table and cluster lies inside the file."""
    refcounts_end = header.refcount_offset + header.refcount_clusters * header.cluster_bytes
    _check_inside(
        "reference count table", header, header.refcount_offset, refcounts_end, size_bytes
    )
    l1_end = header.l1_offset + header.l1_entries * 8
    _check_inside("first-level table", header, header.l1_offset, l1_end, size_bytes)
    file.seek(header.l1_offset)
    for l2_offset in _distinct(file.read(header.l1_entries_needed * 8)):
        offset = l2_offset & _OFFSET_MASK
        end = offset + header.cluster_bytes
        _check_inside("second-level table", header, offset, end, size_bytes)
        file.seek(offset)
        table = file.read(header.cluster_bytes)
        end = max(_cluster_ends(header, table), default=0)
        if end > size_bytes:
            raise cut_off("data", end, size_bytes)


def _features(raw: bytes, version: int) -> int:
    if version == 2:
        return 0
    if version != 3:
        raise refused("format-unsupported", f"is qcow2 of version {version}")
    if len(raw) < HEADER.size + FEATURES.size:
        raise refused("malformed", "ends within its header")
    features: int = FEATURES.unpack_from(raw, HEADER.size)[0]
    if features & ~KNOWN_FEATURES:
        unknown = features & ~KNOWN_FEATURES
        raise refused("features-unknown", f"uses features that are not known here: {unknown:#x}")
    if features & CORRUPT:
        raise refused(
            "malformed", "is marked as corrupt", "repair it: qemu-img check -r all YOUR-FILE"
        )
    return features


def _check_sizes(header: Qcow2Header) -> None:
    if not header.virtual_size_bytes:
        raise refused("malformed", "holds a disk of no size")
    if header.clusters > MAX_CLUSTERS:
        raise refused(
            "malformed",
            f"cuts its disk into {header.clusters} clusters, {MAX_CLUSTERS} at most are taken",
            CONVERT,
        )
    needed = header.l1_entries_needed
    if not needed <= header.l1_entries <= MAX_L1_BYTES // 8:
        raise refused(
            "malformed", f"has {header.l1_entries} first-level entries, its size takes {needed}"
        )


def _check_inside(what: str, header: Qcow2Header, offset: int, end: int, size_bytes: int) -> None:
    if offset == 0 or offset % header.cluster_bytes:
        raise refused("malformed", f"has its {what} at byte {offset}, where none can be")
    if end > size_bytes:
        raise cut_off(what, end, size_bytes)


def _distinct(table: bytes) -> set[int]:
    """Return the entries of a table but for empty ones, each once."""
    entries = set(struct.unpack(f">{len(table) // 8}Q", table))
    return {entry for entry in entries if entry & _OFFSET_MASK}


def _cluster_ends(header: Qcow2Header, table: bytes) -> Iterator[int]:
    """Yield where each mapped cluster of a second-level table ends in the file."""
    if header.extended_l2:
        yield from _extended_ends(header, table)
        return
    for entry in _distinct(table):
        if entry & _COMPRESSED:
            yield _compressed_end(header, entry)
        else:
            yield (entry & _OFFSET_MASK) + header.cluster_bytes


def _extended_ends(header: Qcow2Header, table: bytes) -> Iterator[int]:
    """The same where entries have 16 bytes: the second half tells which 32ths are there."""
    subcluster_bytes = header.cluster_bytes // 32
    for entry, bitmap in struct.iter_unpack(">QQ", table):
        if entry & _COMPRESSED:
            yield _compressed_end(header, entry)
        elif entry & _OFFSET_MASK:
            allocated = (bitmap & 0xFFFFFFFF).bit_length()
            yield (entry & _OFFSET_MASK) + allocated * subcluster_bytes


def _compressed_end(header: Qcow2Header, entry: int) -> int:
    """Return the end of the first byte of a compressed cluster's last sector.

    How much of that sector is used is not written down.
    """
    offset_bits = 62 - (header.cluster_bits - 8)
    offset = entry & ((1 << offset_bits) - 1)
    further_sectors = (entry & (_COMPRESSED - 1)) >> offset_bits
    return offset // _SECTOR * _SECTOR + further_sectors * _SECTOR + 1
