"""What a guest wrote: raw bytes for a pipe, tamed for a terminal."""

from __future__ import annotations

import os
import re
import sys

from vmctl_cli.text import harmless

# Colours and cursor moves (ECMA-48 control sequences, operating system commands, other escapes)
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


def tamed(written: bytes) -> str:
    """Return a guest's output as text that cannot drive a terminal."""
    text = written.decode(errors="replace").replace("\r\n", "\n")
    return harmless(_ESCAPES.sub("", text), keep="\n\t")


def write_guest_bytes(written: bytes) -> None:
    """Write a guest's output to stdout: as it is, unless somebody looks at it."""
    if sys.stdout is None:
        raise BrokenPipeError
    if sys.stdout.isatty():
        sys.stdout.write(tamed(written))
        return
    sys.stdout.flush()
    view = memoryview(written)
    while view:
        view = view[os.write(sys.stdout.fileno(), view) :]
