"""The directory of images and volumes, which all processes of the api role share."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

NAME = "store.lock"


class StoreShare:
    """This process's share of the store; the kernel gives it back whatever ends the process.

    Only who has the store alone may clear away what looks half made: with others about, it
    may be what they are making.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / NAME
        self._descriptor: int | None = None

    def is_mine_alone(self) -> bool:
        """Return true, and keep others from starting meanwhile, when nobody else has it."""
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("others use the store: what is half made there is left to them")
            return False
        return True

    def share(self) -> None:
        """Take a share of it beside others, once nobody has it alone."""
        fcntl.flock(self._open(), fcntl.LOCK_SH)

    def release(self) -> None:
        """Give the share back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._descriptor
