"""A state directory with its daemon and its users: one playground of faults.

A prepared one (admin, image, volumes, quotas) is made once with the real commands, and then
copied for each trial.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash import nursery
from tests.crash.cloud import Cloud
from tests.crash.daemon import Daemon, DaemonDied

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "build" / "tiny.qcow2"
PASSWORD = "canary-Password-4711"
HOST = "crash"
FAKE_HOSTS = 3
SPLIT = "split"  # stands for the fake driver in four processes, on RabbitMQ and PostgreSQL
NO_KEYRING = "keyring.backends.null.Keyring"


@dataclass(frozen=True)
class Template:
    """A prepared state directory, to be copied; its daemon is not running."""

    home: Path
    driver: str
    token: str
    volumes: tuple[str, ...]


class Site:
    """One copy of a template and the daemon on it.  Thread-safe: many clients share it."""

    def __init__(self, home: Path, driver: str, token: str = "") -> None:
        self.home = home
        self.driver = driver
        self.token = token
        self.state_dir = home / "s"
        self.socket = home / "v.sock"
        self.daemon: Daemon | None = None
        self.secrets: list[str] = [PASSWORD]
        self.started: list[float] = []  # seconds to ready, of each start
        self.restarted_at: float | None = None  # monotonic, the last start after a death
        self.deaths = 0
        self.options: list[str] = []  # further ones for the daemon
        self.rearmed: list[str] = []  # failpoints of its next lives, the last one first
        self._guard = threading.Lock()

    def start(
        self, failpoint: str = "", *, real: bool = False, shift_s: float = 0.0, **extra: str
    ) -> float:
        """Start a daemon and wait until it serves; return the seconds that took."""
        arguments = ["--state-dir", str(self.state_dir), "--listen", f"unix://{self.socket}"]
        arguments += ["--driver", self.driver, "--host", HOST, *self.options]
        if self.driver == "fake":
            arguments += ["--fake-hosts", str(FAKE_HOSTS)]
        if failpoint:
            arguments += ["--enable-failpoints", "--failpoint", failpoint]
        self.daemon = Daemon(self.home, arguments, extra, real=real, shift_s=shift_s)
        took_s = self.daemon.wait_ready()
        self.started.append(took_s)
        return took_s

    def revive(self) -> None:
        """Start a daemon again if the one before is dead: what an init system does."""
        with self._guard:
            if self.daemon is not None and not self.daemon.is_alive:
                self.deaths += 1
                self.restarted_at = time.monotonic()
                self._start_again()

    def _start_again(self) -> None:
        """Start; a life whose failpoint strikes before it is ready is followed by the next."""
        while self.rearmed:
            try:
                self.start(self.rearmed.pop())
                return
            except DaemonDied:
                self.deaths += 1
        self.start()

    def client(self) -> Cloud:
        """Return a client that revives the daemon when nobody answers."""
        return Cloud(self.socket, self.revive, self.token)

    def logs(self) -> list[Path]:
        """Return where the daemon's words are."""
        return [self.home / "log", self.home / "out"]

    def look_into_database(
        self, views: Sequence[str]
    ) -> tuple[dict[str, tuple[Mapping[str, Any], ...]], list[str]]:
        """Return the public views at one moment, and what SQLite says about its file."""
        file = self.state_dir / "vmctl.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            database.execute("BEGIN")
            found = {
                name: tuple(dict(row) for row in database.execute(f"SELECT * FROM audit_{name}"))
                for name in views
            }
            sound = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
            faults = [words for words in sound if words != "ok"]
            broken = database.execute("PRAGMA foreign_key_check")
            return found, [*faults, *(f"foreign key: {tuple(row)}" for row in broken)]

    def close(self) -> None:
        """Kill what is left: the daemon and the machines of this site."""
        if self.daemon is not None:
            self.daemon.kill()
        kill_machines(self.state_dir)


@contextmanager
def template(driver: str) -> Iterator[Template]:
    """Give a template that is gone afterwards."""
    nursery.warm_up()
    if driver == SPLIT:
        from tests.crash.split_site import split_template

        with split_template() as source:
            yield source
        return
    with scratch() as home:
        site = Site(home, driver)
        site.start(real=True, VMCTLD_ADMIN_PASSWORD=PASSWORD)
        try:
            token, volumes = prepare(site)
            assert site.daemon is not None
            assert site.daemon.stop() == 0
        finally:
            site.close()
        yield Template(home, driver, token, volumes)


@contextmanager
def site_of(source: Template) -> Iterator[Site]:
    """Give a copy of a template, without a daemon yet."""
    if source.driver == SPLIT:
        with source.site() as site:  # type: ignore[attr-defined]
            yield site
        return
    with scratch() as home:
        site = Site(home, source.driver, source.token)
        shutil.copytree(source.home / "s", site.state_dir, copy_function=_copy)
        try:
            yield site
        finally:
            site.close()


def vmctl(site: Site, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the real command against the site's daemon, signed in as the admin."""
    environment = {
        **os.environ,
        "VMCTL_ENDPOINT": f"unix://{site.socket}",
        "VMCTL_USERNAME": "admin",
        "VMCTL_PASSWORD": PASSWORD,
        "VMCTL_CONFIG_DIR": str(site.home / "config"),
        "PYTHON_KEYRING_BACKEND": NO_KEYRING,
    }
    command = [str(Path(sys.executable).with_name("vmctl")), *arguments]
    return subprocess.run(
        command, env=environment, check=check, capture_output=True, text=True, timeout=120
    )


def machines_of(state_dir: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield pid and arguments of every QEMU that has a file of the state directory open.

    Its arguments name no file: it is handed descriptors.
    """
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if "qemu-system" not in (process / "exe").readlink().name:
                continue
            arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            has_ours = any(
                file.readlink().is_relative_to(state_dir) for file in (process / "fd").iterdir()
            )
        except OSError:
            continue  # it has just ended, or is the kernel's
        if has_ours:
            yield int(process.name), arguments


def kill_machines(state_dir: Path) -> None:
    """End every QEMU of a state directory."""
    for pid, _arguments in machines_of(state_dir):
        os.kill(pid, 9)


def prepare(site: Site) -> tuple[str, tuple[str, ...]]:
    """Sign in, store an image, make volumes, lift the quotas; return token and volume ids."""
    token = vmctl(site, "token-issue", "-f", "value", "-c", "token").stdout.strip()
    limits = ("--instances", "-1", "--cores", "-1", "--ram", "-1")
    vmctl(site, "quota-update", *limits, "admin")
    image = TINY if site.driver == "qemu" else _small_image(site.home / "tiny.qcow2")
    vmctl(site, "image-upload", "--file", str(image), "--disk-format", "qcow2", "tiny")
    names = ("vol-1", "vol-2", "vol-3", "vol-4")
    made = [vmctl(site, "volume-create", "--name", name, "1", "--quiet").stdout for name in names]
    return token, tuple(volume.strip() for volume in made)


def _small_image(file: Path) -> Path:
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", str(file), "16M"], check=True, timeout=30
    )
    return file


def _copy(source: str, target: str) -> str:
    if Path(source).name == "vmctld.lock":
        return target  # of the template's own daemon
    return shutil.copy2(source, target)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty directory with a path short enough for sockets below it."""
    home = Path(tempfile.mkdtemp(prefix="vmctl-crash-", dir="/tmp"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
