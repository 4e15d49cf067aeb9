"""One daemon for one state directory: whoever comes second is told who was first."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from vmctld.errors import Unavailable

NAME = "vmctld.lock"


class StateLock:
    """Held for the daemon's life; the kernel lets go of it whatever ends the process."""

    def __init__(self, state_dir: Path) -> None:
        """Take the lock and make the directory.

        Raises Unavailable: ``state-dir-unusable``, or ``state-dir-in-use`` with the pid of
        the daemon that has it.
        """
        try:
            state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            state_dir.chmod(0o700)
            self._descriptor = os.open(state_dir / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(
                f"the state directory {state_dir} cannot be used: {error.strerror}",
                code="state-dir-unusable",
                hint="make it writable, or name another one: --state-dir DIR",
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise Unavailable(
                f"the state directory {state_dir} is in use by vmctld with pid {holder}",
                code="state-dir-in-use",
                hint="stop that one first, or name another directory: --state-dir DIR",
                facts={"pid": holder},
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let the next daemon have the directory."""
        os.close(self._descriptor)
