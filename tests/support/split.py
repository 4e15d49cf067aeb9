"""One installation in several processes: the roles apart, over RabbitMQ and PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.rabbitmq import AGENT, SERVICES, Broker, free_ports
from tests.support.waiting import eventually

VMCTLD = Path(sys.executable).with_name("vmctld")
PASSWORD = "canary-Password-4711"
READY_TIMEOUT_S = 60.0
END_TIMEOUT_S = 30.0
HOST = AGENT.removeprefix("agent.")
FOUR = ("api", "scheduler", "conductor", "compute")


class Role:
    """One process: started, killed, frozen and started again, with what it had."""

    def __init__(
        self,
        name: str,
        home: Path,
        state_dir: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        command: Sequence[str | Path] = (VMCTLD,),
    ) -> None:
        self.name = name
        self.state_dir = state_dir
        self.log = home / "log"
        self._out = home / "out"
        self._command = command
        self.home = home
        self.arguments = ["--state-dir", str(self.state_dir), *arguments]
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        home.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, *more: str) -> None:
        """Start it; ``wait_ready`` tells when it works."""
        self._out.write_text("")
        with self._out.open("ab") as out, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._command, *self.arguments, *more],
                env={**_bare(), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self) -> str:
        """Return its ready line; fail with its last words when it has none in time."""
        assert eventually(lambda: self.is_ready or not self.is_alive, READY_TIMEOUT_S), self.words
        assert self.is_ready, self.words
        return self._out.read_text().strip()

    @property
    def is_ready(self) -> bool:
        """True when it has said so."""
        return self._out.read_text().startswith("vmctld ready")

    @property
    def is_alive(self) -> bool:
        """True while it runs, frozen or not."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self.process is not None
        return self.process.pid

    @property
    def words(self) -> str:
        """What it said last."""
        return f"{self.name}: {self.log.read_text(errors='replace')[-3000:]}"

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        return self._end(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; one that is gone does not mind."""
        if self.is_alive:
            os.kill(self.pid, number)

    def _end(self, number: signal.Signals) -> int:
        self.send(number)
        assert self.process is not None
        try:
            return self.process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not end: {self.words}") from None


class Split:
    """All processes of one installation, on a broker and a database that are there."""

    def __init__(
        self,
        home: Path,
        broker: Broker,
        vhost: str,
        database_url: str,
        options: Sequence[str] = (),
    ) -> None:
        self.home = home
        self.state_dir = home / "s"  # of the compute role; images and volumes are here as well
        self.credentials = home / "credentials"
        self.service_ports = free_ports(2)
        self.roles: dict[str, Role] = {}
        self.command_of: dict[str, Sequence[str | Path]] = {}  # of roles that are run otherwise
        self._options = options
        self.vhost = vhost
        self.bus_url = broker.url(SERVICES, vhost=vhost)
        self._agent_url = broker.url(AGENT, vhost=vhost)
        self._environment = {
            "VMCTLD_BUS_URL": self.bus_url,
            "VMCTLD_DATABASE_URL": database_url,
            "VMCTLD_ADMIN_PASSWORD": PASSWORD,
            "VMCTLD_STORE_DIR": str(self.state_dir),
        }
        if self.credentials.exists():
            return
        names = ("api", "conductor", f"agent.{HOST}")
        subprocess.run(
            [VMCTLD, "credentials", self.credentials, *names],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    def endpoint(self, number: int = 1) -> str:
        """Return where users reach the api."""
        return f"unix://{self.home / f'v{number}.sock'}"

    def role(self, role: str, number: int = 1) -> Role:
        """Return a process with one role, the first or a further one, not started yet."""
        name = f"{role}{number}"
        if name not in self.roles:
            arguments = ["--roles", role, *self._of(role, number), *self._options]
            environment = dict(self._environment)
            if role == "compute":  # has nothing to do with the database, nor with the store
                del environment["VMCTLD_DATABASE_URL"], environment["VMCTLD_STORE_DIR"]
                environment["VMCTLD_BUS_URL"] = self._agent_url
            home = self.home / name
            state_dir = self.state_dir if role == "compute" else home / "s"
            self.roles[name] = Role(
                name, home, state_dir, arguments, environment, self.command_of.get(role, [VMCTLD])
            )
        return self.roles[name]

    def start(self, roles: Sequence[str] = FOUR, number: int = 1) -> None:
        """Start processes at the same time and wait until all of them are ready."""
        begun = [self.role(role, number) for role in roles]
        for role in begun:
            role.begin()
        for role in begun:
            role.wait_ready()

    def close(self) -> None:
        """Leave nothing running."""
        for role in self.roles.values():
            if role.is_alive:
                role.kill()

    def _of(self, role: str, number: int) -> list[str]:
        services = [f"127.0.0.1:{port}" for port in self.service_ports]
        if role == "api":
            listen = ["--listen", self.endpoint(number)]
            service = ["--service-listen", services[number - 1]]
            return [*listen, *service, "--credentials-dir", str(self.credentials / "api")]
        if role == "scheduler":
            return []
        name = "conductor" if role == "conductor" else f"agent.{HOST}"
        asks = ["--identity-endpoint", ",".join(services)]
        asks += ["--credentials-dir", str(self.credentials / name)]
        return [*asks, "--host", HOST, "--driver", "fake"] if role == "compute" else asks


@contextmanager
def closing(split: Split) -> Iterator[Split]:
    """Give an installation whose processes are gone afterwards."""
    try:
        yield split
    finally:
        split.close()


def _bare() -> dict[str, str]:
    """Return the environment without any setting of the caller's own cloud."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VMCTL_", "VMCTLD_", "XDG_"))
    }
