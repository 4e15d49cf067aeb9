"""This host's own verified copies of images, one for each SHA-256 (steps 19 to 21).

A copy, not a link to the store's file: one that goes bad there must not take the guests
along.  Instances hold the copy that their disks are overlays of; what is neither held nor of
an image that still exists goes.

    <directory>/<sha256>            a whole copy
    <directory>/<sha256>.verified   what it looked like when its hash was last right
    <directory>/<sha256>.part       a copy being made
    <directory>/<sha256>.damaged    one whose hash was wrong; guests may still have it open
    <directory>/holds/<instance>    the same file as the copy that the instance holds
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import structlog

from vmctld.domain.image import Image
from vmctld.errors import TimedOut, WrongState
from vmctld.host.holds import Holds, is_held
from vmctld.host.image_copy import ReadFrom, fetch, read_file
from vmctld.host.verified import Stamp, has_sha256, read_stamp, stamp_of, write_stamp
from vmctld.observe.context import shorter_s

HOLDS = "holds"
WAIT_S = 3600.0  # for another boot that fetches the same image; the request's deadline is shorter

Download = Callable[[str, int], Iterator[bytes]]  # image id, offset in bytes

log = structlog.get_logger(__name__)


class Located(Protocol):
    """An image's record, and its file where cache and store share a disk."""

    @property
    def image(self) -> Image: ...

    @property
    def path(self) -> Path | None: ...


class ImageCache:
    """Makes each copy once, however many boots ask for it at a time.  Thread-safe."""

    def __init__(self, directory: Path, download: Download | None = None) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._holds = Holds(directory / HOLDS)
        self._download = download
        self._lock = threading.Lock()
        self._copy_locks: dict[str, threading.Lock] = {}
        self._verified: dict[str, Stamp] = {}

    def ensure(self, instance_id: str, located: Located) -> Path:
        """Return the copy, fetched and verified if it is new, held for the instance.

        Raises WrongState (``image-not-active``), NotFound, Corrupted
        (``checksum-mismatch``), Exhausted (``disk-full``), TimedOut, Unavailable.
        """
        digest = located.image.sha256
        if digest is None:
            raise WrongState("the image's bytes are not all there", code="image-not-active")
        copy = self._directory / digest
        # Held first, looked at second: collect does it the other way round
        if self._holds.hold(instance_id, copy) and self._looks_as_verified(copy):
            return copy
        with self._making(digest):
            if not (self._looks_as_verified(copy) or self._verify(copy)):
                fetch(self._part_of(digest), copy, located.image, self._reader(located))
                self._remember(copy, stamp_of(copy))
            self._holds.hold(instance_id, copy)
        return copy

    def release(self, instance_id: str) -> None:
        """Drop the instance's hold; absent is fine."""
        self._holds.release(instance_id)

    def collect(self, instances: Collection[str], digests: Collection[str]) -> list[str]:
        """Remove what nobody needs and return the names of what went.

        Needed are the copies that one of ``instances`` holds and those of ``digests``, the
        images that there are.  For one thread at a time.
        """
        self._holds.release_all_but(instances)
        files = [path for path in self._directory.iterdir() if path.name != HOLDS]
        removed: list[str] = []
        for digest in {path.name.partition(".")[0] for path in files}:
            removed += self._collect_copy(digest, is_wanted=digest in digests)
        return sorted(removed)

    def _looks_as_verified(self, copy: Path) -> bool:
        stamp = self._verified.get(copy.name)
        return stamp is not None and stamp == stamp_of(copy)

    def _verify(self, copy: Path) -> bool:
        """Return whether the copy there is good; a bad one is put aside."""
        stamp = stamp_of(copy)
        if stamp is None:
            return False
        if stamp == read_stamp(copy):
            self._verified[copy.name] = stamp
            return True
        if has_sha256(copy, copy.name):
            self._remember(copy, stamp)  # as it was before its bytes were read
            return True
        damaged = copy.with_name(f"{copy.name}.damaged")
        copy.replace(damaged)
        log.error("cached image is damaged, fetching it anew", put_aside=damaged.name)
        return False

    def _remember(self, copy: Path, stamp: Stamp | None) -> None:
        if stamp is not None:
            write_stamp(copy, stamp)
            self._verified[copy.name] = stamp

    def _reader(self, located: Located) -> ReadFrom:
        path, download, image_id = located.path, self._download, located.image.id
        if path is not None and os.access(path, os.R_OK):
            return lambda offset_bytes: read_file(path, offset_bytes)
        if download is None:
            raise WrongState(
                "the image's file is not on this host, and this host downloads none",
                code="image-file-absent",
            )
        return lambda offset_bytes: download(image_id, offset_bytes)

    def _collect_copy(self, digest: str, *, is_wanted: bool) -> list[str]:
        making = self._lock_of(digest)
        if not making.acquire(blocking=False):
            return []  # being made or verified: needed
        try:
            # Forgotten before holds are looked at: whoever holds it later than that finds
            # it unverified and waits for the lock
            stamp = self._verified.pop(digest, None)
            copy = self._directory / digest
            unneeded = [self._part_of(digest)]
            if not is_held(damaged := copy.with_name(f"{digest}.damaged")):
                unneeded.append(damaged)
            if not (is_wanted or is_held(copy)):
                unneeded += [copy.with_name(f"{digest}.verified"), copy]
            elif stamp is not None:
                self._verified[digest] = stamp
            return [path.name for path in unneeded if _unlinked(path)]
        finally:
            making.release()

    def _part_of(self, digest: str) -> Path:
        return self._directory / f"{digest}.part"

    @contextmanager
    def _making(self, digest: str) -> Iterator[None]:
        lock = self._lock_of(digest)
        if not lock.acquire(timeout=shorter_s(WAIT_S)):
            raise TimedOut("another boot is still fetching the same image")
        try:
            yield
        finally:
            lock.release()

    def _lock_of(self, digest: str) -> threading.Lock:
        with self._lock:
            return self._copy_locks.setdefault(digest, threading.Lock())


def _unlinked(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
