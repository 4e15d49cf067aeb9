"""A cloud as its users have it: a ``vmctld`` process, and ``vmctl`` as a command beside it.

Nothing here imports the product: what the tests see is what a shell script sees.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "build" / "tiny.qcow2"
BIN = Path(sys.executable).parent
PASSWORD = "correct-horse-4711"
NO_KEYRING = "keyring.backends.null.Keyring"
READY_TIMEOUT_S = 60
COMMAND_TIMEOUT_S = 120

Ran = subprocess.CompletedProcess[str]


def bare_environment() -> dict[str, str]:
    """Return the environment without any setting of the caller's own cloud."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VMCTL_", "VMCTLD_", "XDG_", "PYTHON_KEYRING"))
    }


@contextmanager
def short_directory() -> Iterator[Path]:
    """Give an empty directory whose path leaves room for sockets below it."""
    path = Path(tempfile.mkdtemp(prefix="vmctl-e2e-", dir="/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@dataclass
class Cloud:
    """One state directory, the daemon on it, and a user with a directory of settings."""

    home: Path
    driver: str = "fake"
    arguments: Sequence[str] = ()
    prefix: Sequence[str] = ()  # what runs the daemon, for instance in a namespace
    settings: Mapping[str, str] = field(default_factory=dict)  # of the command's environment
    daemon: subprocess.Popen[bytes] | None = None

    @property
    def state_dir(self) -> Path:
        """Where the daemon keeps all it has."""
        return self.home / "s"

    @property
    def endpoint(self) -> str:
        """Where the command finds the daemon."""
        return f"unix://{self.home / 'v.sock'}"

    @property
    def log(self) -> str:
        """What the daemon has said."""
        return (self.home / "log").read_text(errors="replace")

    def start(self, *more: str, **environment: str) -> None:
        """Start a daemon and return once it serves."""
        arguments = ["--state-dir", str(self.state_dir), "--listen", self.endpoint]
        arguments += ["--driver", self.driver, "--host", "here", *self.arguments, *more]
        ready, log = self.home / "ready", self.home / "log"
        with ready.open("wb") as out, log.open("ab") as err:
            self.daemon = subprocess.Popen(
                [*self.prefix, BIN / "vmctld", *arguments],
                env={
                    **bare_environment(),
                    "VMCTLD_ADMIN_PASSWORD": PASSWORD,
                    **environment,
                },
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        daemon = self.daemon
        assert eventually(
            lambda: ready.read_text().startswith("vmctld ready") or daemon.poll() is not None,
            READY_TIMEOUT_S,
        ), self.log
        assert daemon.poll() is None, self.log

    def stop(self) -> int:
        """End the daemon as an operator does; return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the daemon as ``kill -9`` does."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Leave nothing running, whatever the test did."""
        if self.daemon is not None and self.daemon.poll() is None:
            self.kill()
        for pid in self.machine_pids():
            os.kill(pid, signal.SIGKILL)

    def run(
        self,
        *arguments: str,
        stdin: str | None = None,
        timeout_s: float = COMMAND_TIMEOUT_S,
        **environment: str,
    ) -> Ran:
        """Run ``vmctl`` and return what came of it."""
        return subprocess.run(
            [BIN / "vmctl", *arguments],
            env=self.environment(**environment),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )

    def environment(self, **more: str) -> dict[str, str]:
        """Return what the command finds in its environment."""
        return {
            **bare_environment(),
            "VMCTL_ENDPOINT": self.endpoint,
            "VMCTL_USERNAME": "admin",
            "VMCTL_PASSWORD": PASSWORD,
            "VMCTL_CONFIG_DIR": str(self.home / "config"),
            "PYTHON_KEYRING_BACKEND": NO_KEYRING,
            **self.settings,
            **more,
        }

    def text(self, *arguments: str, stdin: str | None = None) -> str:
        """Run ``vmctl``, which has to succeed; return its stdout."""
        ran = self.run(*arguments, stdin=stdin)
        assert ran.returncode == 0, f"vmctl {' '.join(arguments)}: {ran.stderr}"
        return ran.stdout

    def json(self, *arguments: str) -> Any:
        """Run ``vmctl -f json``, which has to succeed; return what it printed."""
        return json.loads(self.text(*arguments, "-f", "json"))

    def sign_in(self) -> None:
        """Sign in once for all commands to come."""
        token = self.text("token-issue", "-f", "value", "-c", "token").strip()
        self.settings = {**self.settings, "VMCTL_TOKEN": token}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the database says, read from beside the daemon."""
        with closing(sqlite3.connect(f"file:{self.state_dir}/vmctl.db?mode=ro", uri=True)) as db:
            return db.execute(sql).fetchall()

    def files(self) -> set[str]:
        """Return every file and socket of the state directory but the database and the locks."""
        return {
            str(path.relative_to(self.state_dir))
            for path in self.state_dir.rglob("*")
            if not path.is_dir()
            and not path.name.startswith(("vmctl.db", "vmctld.lock", "store.lock"))
        }

    def machine_pids(self) -> list[int]:
        """Return the QEMU processes of this cloud, by what they run and where they live."""
        return [pid for pid in _qemu_pids() if _has_open(pid, self.state_dir)]

    def leftovers(self) -> list[object]:
        """Return what is there and belongs to a server, seen without asking the daemon."""
        held: list[object] = list(self.machine_pids())
        held += [one for one in self.files() if one.startswith(("qemu/", "cache/holds/", "fake/"))]
        held += self.rows("SELECT id FROM audit_ports")
        held += self.rows("SELECT id FROM audit_attachments")
        held += self.rows("SELECT id, status FROM audit_volumes WHERE status <> 'available'")
        held += self.rows(
            "SELECT host FROM audit_hosts WHERE instances <> 0 OR free_ram_mib <> ram_mib"
        )
        return held

    def _end(self, number: signal.Signals) -> int:
        assert self.daemon is not None
        self.daemon.send_signal(number)
        return self.daemon.wait(timeout=30)


@contextmanager
def running_cloud(driver: str, *arguments: str, **environment: str) -> Iterator[Cloud]:
    """Give a cloud that serves, with its admin signed in, and nothing of it afterwards."""
    with short_directory() as home:
        cloud = Cloud(home, driver, arguments)
        try:
            cloud.start(**environment)
            cloud.sign_in()
            yield cloud
        finally:
            cloud.close()


def refusal(ran: Ran, exit_code: int, message: str) -> None:
    """Assert that a command was refused in the contract's way, by this code and message."""
    assert ran.returncode == exit_code, (ran.returncode, ran.stdout, ran.stderr)
    assert ran.stdout == ""
    assert re.search(message, ran.stderr), ran.stderr
    assert re.match(r"ERROR \([A-Z][A-Za-z]+\): ", ran.stderr), ran.stderr
    assert "Traceback" not in ran.stderr


def started_at(pid: int) -> str:
    """Return a process's start time: with the pid it names one process for ever."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def _qemu_pids() -> Iterator[int]:
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and "qemu-system" in str((process / "exe").readlink()):
                yield int(process.name)
        except OSError:
            continue  # it has just ended, or is the kernel's


def _has_open(pid: int, directory: Path) -> bool:
    """Tell whether a process has a file below ``directory``: QEMU gets its disks open."""
    try:
        opened = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return False  # it has just ended, or is another user's
    return any(one.startswith(f"{directory}/") for one in opened)
