"""The same again and again: what ``list --watch`` does until it is told to stop."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from vmctl_cli.streams import flush, write

CLEAR = "\x1b[H\x1b[2J\x1b[3J"  # cursor home, screen and scrolled-off lines away


def again_and_again(show: Callable[[], None], *, every_s: float, timeout_s: float | None) -> None:
    """Call ``show`` every so often, until ``timeout_s`` has passed or Ctrl-C.

    On a terminal each picture takes the place of the one before; elsewhere they follow
    each other, with a blank line in between.
    """
    ends = None if timeout_s is None else time.monotonic() + timeout_s
    clears = _may_clear()
    before = CLEAR if clears else ""
    while True:
        write(before)
        show()
        flush()
        left_s = every_s if ends is None else min(every_s, ends - time.monotonic())
        if left_s <= 0:
            return
        time.sleep(left_s)
        if ends is not None and time.monotonic() >= ends:
            return
        before = CLEAR if clears else "\n"


def _may_clear() -> bool:
    """Tell whether stdout takes control codes, and whoever reads it wants them."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
