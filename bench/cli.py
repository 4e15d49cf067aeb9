"""What a command costs: its CPU against the imports it cannot do without, in the same run.

The daemon is a real one with the ``fake`` driver.  Subjects take turns, so that a busy moment
of the machine hits all of them.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.table import Row

RUNS = 15
CHECKOUT = Path(__file__).parents[1]
KEYRING = "bench.file_keyring.FileKeyring"
PASSWORD = "for the bench"
READY_TIMEOUT_S = 60
DISK_BYTES = 1024 * 1024

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CliCosts:
    """Medians: CPU of client and all it starts, in seconds; ``*_wall_s`` on the clock."""

    click_s: float  # python -c "import click"
    grpc_s: float  # python -c "import click, grpc"
    help_s: float
    list_s: float  # token from the environment
    list_keyring_s: float
    list_wall_s: float
    boot_poll_wall_s: float

    @property
    def help_ratio(self) -> float:
        """Promised: 1.5."""
        return self.help_s / self.click_s

    @property
    def list_ratio(self) -> float:
        """Promised: 1.5."""
        return self.list_s / self.grpc_s

    @property
    def list_keyring_ratio(self) -> float:
        """Promised: 2.2."""
        return self.list_keyring_s / self.grpc_s

    @property
    def boot_poll_extra_s(self) -> float:
        """Promised: 0.1."""
        return self.boot_poll_wall_s - self.list_wall_s


def measure_cli(runs: int = RUNS) -> CliCosts:
    """Return what commands cost; needs the project's environment around this interpreter."""
    with tempfile.TemporaryDirectory(prefix="vmctl-") as scratch, daemon(Path(scratch)) as signed:
        with_token = {**signed, "VMCTL_TOKEN": _issue(signed)}
        subjects: Mapping[str, tuple[Sequence[str], Environment]] = {
            "click": ((sys.executable, "-c", "import click"), signed),
            "grpc": ((sys.executable, "-c", "import click, grpc"), signed),
            "help": ((_vmctl(), "--help"), signed),
            "list": ((_vmctl(), "list"), with_token),
            "keyring": ((_vmctl(), "list"), signed),
            "boot": (
                (_vmctl(), "boot", "--flavor", "m1.nano", "--image", "blank", "--poll", "b"),
                with_token,
            ),
        }
        _upload_blank(Path(scratch), with_token)
        costs = _measured(runs, subjects)
    return CliCosts(
        click_s=costs["click"].cpu_s,
        grpc_s=costs["grpc"].cpu_s,
        help_s=costs["help"].cpu_s,
        list_s=costs["list"].cpu_s,
        list_keyring_s=costs["keyring"].cpu_s,
        list_wall_s=costs["list"].wall_s,
        boot_poll_wall_s=costs["boot"].wall_s,
    )


@contextmanager
def daemon(scratch: Path) -> Iterator[Environment]:
    """Run ``vmctld`` on a throw-away state; give the environment of somebody signed in."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VMCTL")},
        "PYTHONPATH": str(CHECKOUT),
        "PYTHON_KEYRING_BACKEND": KEYRING,
        "BENCH_KEYRING": str(scratch / "keyring"),
        "VMCTLD_STATE_DIR": str(scratch / "state"),
        "VMCTLD_LISTEN": f"unix://{scratch}/s",
        "VMCTLD_DRIVER": "fake",
        "VMCTLD_ADMIN_PASSWORD": PASSWORD,
        "VMCTL_ENDPOINT": f"unix://{scratch}/s",
        "VMCTL_CONFIG_DIR": str(scratch / "config"),
    }
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("vmctld")],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        if not process.stdout.readline().startswith(b"vmctld ready"):
            raise RuntimeError((scratch / "log").read_text()[-2000:])
        _run((_vmctl(), "login", "--username", "admin", "--password-stdin"), environment, PASSWORD)
        yield environment
    finally:
        process.terminate()
        process.wait(READY_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class Cost:
    """One run, or the median of some."""

    cpu_s: float
    wall_s: float


def _measured(
    runs: int, subjects: Mapping[str, tuple[Sequence[str], Environment]]
) -> Mapping[str, Cost]:
    """Return the medians, the subjects having taken turns."""
    rounds = [{name: _cost(*subject) for name, subject in subjects.items()} for _ in range(runs)]
    return {
        name: Cost(
            statistics.median(one[name].cpu_s for one in rounds),
            statistics.median(one[name].wall_s for one in rounds),
        )
        for name in subjects
    }


def _cost(command: Sequence[str], environment: Environment) -> Cost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _run(command, environment)
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Cost(cpu_s, wall_s)


def _issue(environment: Environment) -> str:
    return _run((_vmctl(), "token-issue", "-f", "value", "-c", "token"), environment).strip()


def _upload_blank(scratch: Path, environment: Environment) -> None:
    disk = scratch / "blank.raw"
    disk.write_bytes(bytes(DISK_BYTES))
    upload = (_vmctl(), "image-upload", "--disk-format", "raw", "--file", str(disk), "blank")
    _run(upload, environment)
    _run((_vmctl(), "quota-update", "--instances", "-1", "--cores", "-1", "admin"), environment)


def _run(command: Sequence[str], environment: Environment, typed: str = "") -> str:
    done = subprocess.run(
        command, env=environment, input=typed, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def _vmctl() -> str:
    return str(Path(sys.executable).with_name("vmctl"))


def measure() -> list[Row]:
    """Return the rows of the command line's figures."""
    costs = measure_cli()
    return [
        Row(
            "vmctl --help",
            _ms(costs.help_s),
            f"{costs.help_ratio:.2f} x import click",
            "at most 1.5 x",
        ),
        Row(
            "vmctl list, token given",
            _ms(costs.list_s),
            f"{costs.list_ratio:.2f} x import click, grpc",
            "at most 1.5 x",
        ),
        Row(
            "vmctl list, by keyring",
            _ms(costs.list_keyring_s),
            f"{costs.list_keyring_ratio:.2f} x import click, grpc",
            "at most 2.2 x",
        ),
    ]


def _ms(cpu_s: float) -> str:
    return f"{cpu_s * 1000:.0f} ms CPU"
