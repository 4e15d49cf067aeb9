"""The DHCP and DNS server of one network on this host: a process that outlives the daemon.

It runs as a user of its own, so its files lie outside of the daemon's directory, in one that
only this user and root can read.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vmctld.errors import TimedOut
from vmctld.host.network import dhcp
from vmctld.host.network.dhcp import Lease, ServedSubnet
from vmctld.host.network.namespace import Namespace

USERS = ("dnsmasq", "nobody")  # the first that this machine has
END_TIMEOUT_S = 5.0
LOOK_S = 0.01


@dataclass(frozen=True, slots=True)
class Dnsmasq:
    """One server; its state is its files and its process, nothing here."""

    namespace: Namespace
    directory: Path
    domain: str

    def serve(
        self, subnets: Sequence[ServedSubnet], mtu_bytes: int, leases: Sequence[Lease]
    ) -> None:
        """Have it serve exactly this.

        One that serves something else is started again, in some 15 ms: told by SIGHUP to read
        its files anew, dnsmasq 2.90 dies of a lease whose name is in them too (met here).
        """
        user = _user()
        self._make_directory(user)
        files = {
            "configuration": dhcp.configuration(
                subnets, mtu_bytes, self.domain, str(self.directory)
            ),
            "options": dhcp.options(subnets),
            "hosts": dhcp.hosts(leases),
            "names": dhcp.names(leases, self.domain),
        }
        same = [self._write(name, text, user) for name, text in files.items()]
        pid = self.pid()
        if all(same) and pid is not None and self._is_inside(pid):
            return
        self._end()
        self._start(user.pw_name)

    def stop(self) -> None:
        """End it and delete its files; absent is fine."""
        self._end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def pid(self) -> int | None:
        """Return the running process, known by its file and its command line."""
        try:
            pid = int(self._file("pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if f"--conf-file={self._file('configuration')}".encode() in words else None

    def _is_inside(self, pid: int) -> bool:
        """True when a process is in the network's namespace, not in one that is gone."""
        try:
            return Path(f"/proc/{pid}/ns/net").stat().st_ino == self.namespace.path.stat().st_ino
        except OSError:
            return False

    def _start(self, user: str) -> None:
        # It returns when it serves: its own first process waits for the one that stays.
        self.namespace.run(
            [
                "dnsmasq",
                f"--user={user}",
                "--group=",
                f"--pid-file={self._file('pid')}",
                f"--conf-file={self._file('configuration')}",
            ]
        )

    def _end(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        until_s = time.monotonic() + END_TIMEOUT_S
        while self.pid() == pid:
            if time.monotonic() > until_s:
                raise TimedOut(f"dnsmasq {pid} did not end within {END_TIMEOUT_S:.0f} s")
            time.sleep(LOOK_S)

    def _make_directory(self, user: pwd.struct_passwd) -> None:
        self.directory.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            self.directory.mkdir(mode=0o700)
        os.chown(self.directory, user.pw_uid, user.pw_gid)

    def _write(self, name: str, text: str, user: pwd.struct_passwd) -> bool:
        """Replace a file whole; True when it was the same already."""
        path = self._file(name)
        with suppress(OSError):
            if path.read_text() == text:
                return True
        part = path.with_name(f"{name}.part")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "w") as file:
            os.fchown(fd, user.pw_uid, user.pw_gid)
            file.write(text)
        part.replace(path)
        return False

    def _file(self, name: str) -> Path:
        return self.directory / name


def _user() -> pwd.struct_passwd:
    for name in USERS:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError(f"this machine has none of the users {', '.join(USERS)}")
