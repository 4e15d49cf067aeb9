"""A daemon that is killed, as by ``kill -9``, at a chosen moment of a machine's start or end."""

from __future__ import annotations

import functools
import importlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmctld.domain.machine import Machine

QEMU = "vmctld.drivers.qemu"


@dataclass(frozen=True)
class Moment:
    """``before`` or ``after`` the ``time``-th call of a function."""

    function: str  # "module:name" or "module:Class.name", as its caller sees it
    when: str
    time: int = 1


START_MOMENTS = {
    "nothing recorded": Moment(f"{QEMU}.inventory:save_record", "before"),
    "intent recorded": Moment(f"{QEMU}.inventory:save_record", "after"),
    "disk half made": Moment(f"{QEMU}.making:Making._finish", "before"),
    "files made": Moment(f"{QEMU}.build:make_files", "after"),
    "process started": Moment(f"{QEMU}.launch:spawn", "after"),
    "monitor answered": Moment(f"{QEMU}.launch:Launcher.launch", "after"),
    "process recorded": Moment(f"{QEMU}.inventory:save_record", "after", time=2),
}
END_MOMENTS = {
    "nothing done": Moment(f"{QEMU}.monitors:Monitors.end", "before"),
    "process ended": Moment(f"{QEMU}.monitors:Monitors.end", "after"),
    "files half deleted": Moment("shutil:rmtree", "before"),
}


def run_until_killed(state_dir: Path, machine: Machine, verb: str, moment: Moment) -> None:
    """Run ``verb`` on ``machine`` in a process that dies at ``moment``; fail if it does not."""
    work = pickle.dumps((state_dir, machine, verb, moment))
    done = subprocess.run([sys.executable, "-m", __name__], input=work, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, f"it was not killed: {done.returncode}"


def _arm(moment: Moment) -> None:
    """Have the function kill this process."""
    module_name, _, path = moment.function.partition(":")
    *holders, name = path.split(".")
    holder = functools.reduce(getattr, holders, importlib.import_module(module_name))
    original: Callable[..., Any] = getattr(holder, name)
    calls_left = moment.time

    @functools.wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls_left
        calls_left -= 1
        if calls_left == 0 and moment.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, deadly)


def main() -> None:
    """Do what stdin says, and die of it."""
    from vmctld.drivers.qemu import QemuDriver

    state_dir, machine, verb, moment = pickle.load(sys.stdin.buffer)
    driver = QemuDriver(state_dir, accelerator="tcg")
    _arm(moment)
    if verb == "destroy":
        driver.destroy(machine.instance_id)
    else:
        driver.ensure_running(machine)


if __name__ == "__main__":
    main()
