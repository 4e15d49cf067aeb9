"""How far a transfer is, on one line of a terminal."""

from __future__ import annotations

import time
from types import TracebackType

from vmctl_cli.streams import error_is_terminal, write_error

BAR_WIDTH = 30
REFRESH_S = 0.1
MIB = 1024 * 1024


class ProgressBar:
    """A bar on stderr while the block lasts; nothing where nobody looks."""

    def __init__(self, verb: str, total_bytes: int | None) -> None:
        self._verb = verb
        self.total_bytes = total_bytes or None
        self._done = 0
        self._shown = error_is_terminal()
        self._began = time.monotonic()
        self._next = 0.0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._draw()
            write_error("\n")

    def advance(self, size_bytes: int) -> None:
        """So many bytes more are done."""
        self._done += size_bytes
        now = time.monotonic()
        if self._shown and now >= self._next:
            self._next = now + REFRESH_S
            self._draw()

    def _draw(self) -> None:
        took = max(time.monotonic() - self._began, 0.001)
        speed = f"{self._done / MIB:8.1f} MiB  {self._done / MIB / took:7.1f} MiB/s"
        if self.total_bytes is None:
            write_error(f"\r{self._verb} {speed}")
            return
        share = min(self._done / self.total_bytes, 1.0)
        bar = "=" * int(share * BAR_WIDTH)
        write_error(f"\r{self._verb} [{bar:<{BAR_WIDTH}}] {share:4.0%} {speed}")
