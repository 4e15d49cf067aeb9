"""How fast an image goes in, hashed on both ends, and how much memory the daemon takes for it.

The floor is one process that hashes the same bytes once and writes them to the same disk.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.daemon import Daemon, running
from bench.table import Row
from vmctl.v1 import image_pb2 as pb
from vmctl.v1.image_pb2_grpc import ImageServiceStub

MIB = 1024 * 1024
CHUNK_BYTES = MIB // 2  # as the command line sends them
SIZE_MIB = 512
ROUNDS = 3
SAMPLE_S = 0.01


@dataclass
class Peak:
    """The most memory that was seen, in MiB."""

    before: float
    most: float = field(init=False)

    def __post_init__(self) -> None:
        self.most = self.before

    @property
    def grown(self) -> float:
        """How much more it was than at the beginning."""
        return self.most - self.before


def measure(size_mib: int = SIZE_MIB, rounds: int = ROUNDS) -> list[Row]:
    """Return the rows of the upload figures."""
    chunk = os.urandom(CHUNK_BYTES)
    floors, uploads, grown = [], [], []
    with running() as daemon:
        for number in range(rounds):
            floors.append(size_mib / _hash_and_write(daemon.state_dir / "floor", chunk, size_mib))
            with _watched(daemon) as peak:
                uploads.append(size_mib / _upload(daemon, chunk, size_mib, str(number)))
            grown.append(peak.grown)
    floor, speed = statistics.median(floors), statistics.median(uploads)
    return [
        Row(
            "image upload with SHA-256",
            f"{speed:.0f} MiB/s",
            f"{speed / floor:.2f} x floor of {floor:.0f} MiB/s",
            "at least 250 MiB/s",
        ),
        Row("memory more meanwhile", f"{max(grown):.0f} MiB", "", "at most 32 MiB"),
    ]


def _hash_and_write(path: Path, chunk: bytes, size_mib: int) -> float:
    began = time.perf_counter()
    digest = hashlib.sha256()
    with path.open("wb", buffering=0) as file:
        for _ in range(size_mib * MIB // CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
        os.fsync(file.fileno())
    took = time.perf_counter() - began
    path.unlink()
    return took


def _upload(daemon: Daemon, chunk: bytes, size_mib: int, name: str) -> float:
    with daemon.channel() as channel:
        stub = ImageServiceStub(channel)
        began = time.perf_counter()
        image = stub.UploadImage(_messages(chunk, size_mib, name), metadata=daemon.metadata)
        took = time.perf_counter() - began
        assert image.size_bytes == size_mib * MIB
        stub.DeleteImage(pb.DeleteImageRequest(image=image.id), metadata=daemon.metadata)
    return took


def _messages(chunk: bytes, size_mib: int, name: str) -> Iterator[pb.UploadImageRequest]:
    description = pb.ImageDescription(name=name, disk_format="raw", size_bytes=size_mib * MIB)
    yield pb.UploadImageRequest(description=description)
    digest = hashlib.sha256()
    for _ in range(size_mib * MIB // CHUNK_BYTES):
        digest.update(chunk)
        yield pb.UploadImageRequest(chunk=chunk)
    yield pb.UploadImageRequest(end=pb.UploadEnd(sha256=digest.hexdigest()))


@contextmanager
def _watched(daemon: Daemon) -> Iterator[Peak]:
    peak, done = Peak(daemon.rss_mib()), threading.Event()

    def look() -> None:
        while not done.wait(SAMPLE_S):
            peak.most = max(peak.most, daemon.rss_mib())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
