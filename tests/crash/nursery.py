"""Daemons that are forked from a process which has imported all of ``vmctld`` already.

A restart then costs what the daemon does, not what Python does; hundreds of them fit into a
test run.  What runs is ``vmctld`` itself, with its own arguments, signals and exit codes.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PRELOADED = [
    "argon2",
    "vmctld.app.api",
    "vmctld.app.compute",
    "vmctld.app.conductor",
    "vmctld.app.daemon",
    "vmctld.app.operators",
    "vmctld.app.scheduler",
    "vmctld.config",
    "vmctld.main",
    "vmctld.observe.log",
    "vmctld.storage.migrations",
    "vmctld.storage.schema",
    "tests.crash.nursery",
]


def context() -> ForkServerContext:
    """Return the context whose processes are forked from one that has it all loaded."""
    nursery = multiprocessing.get_context("forkserver")
    nursery.set_forkserver_preload(PRELOADED)
    return nursery


def warm_up() -> None:
    """Have it all imported before the first start is timed."""
    process = context().Process(target=_nothing)
    process.start()
    process.join()


def spawn(
    arguments: Sequence[str], environment: Mapping[str, str], out: Path, log: Path
) -> ForkServerProcess:
    """Return a daemon that is being started."""
    process = context().Process(target=_serve, args=(list(arguments), dict(environment), out, log))
    process.start()
    return process


def _nothing() -> None:
    pass


def _die_with_parent() -> None:
    """Leave no daemon behind when the harness itself is killed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
        raise OSError(ctypes.get_errno(), "prctl")


def _serve(arguments: list[str], environment: dict[str, str], out: Path, log: Path) -> None:
    """Become ``vmctld`` in this very process."""
    from vmctld.main import cli

    _die_with_parent()
    os.setsid()
    os.environ.update(environment)
    for path, descriptor in ((out, 1), (log, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.dup2(opened, descriptor)
    cli.main(args=arguments, prog_name="vmctld")
