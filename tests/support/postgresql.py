"""A PostgreSQL of the tests' own: throw-away data, a socket and a free port, no service.

Started from Debian's package by its own programs.  It refuses to run as root: as root it gets
the user that the package made.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.support.rabbitmq import free_ports
from tests.support.waiting import eventually

PROGRAMS = Path("/usr/lib/postgresql")  # each version in a folder of its own
OS_USER = "postgres"
START_TIMEOUT_S = 60.0
USER = "vmctl"  # owns the databases, and is nothing more
SETTINGS = {
    "fsync": "off",  # only the loss of power would show; a kill costs nothing that was committed
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "300",
    "autovacuum": "off",
    "log_min_messages": "warning",
    "log_lock_waits": "off",
}


def programs() -> Path | None:
    """Return the folder of the newest installed version's programs; None when there is none."""
    found = [path for path in PROGRAMS.glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def is_installed() -> bool:
    """Return whether this machine has what it takes."""
    return programs() is not None


class Server:
    """One server.  ``stop`` ends it, ``kill`` and ``freeze`` hurt it, ``start`` brings it back."""

    def __init__(self, directory: Path) -> None:
        found = programs()
        assert found is not None
        self._programs = found
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_hex(8)
        self.port = free_ports(1)[0]
        self._make()

    def url(self, database: str, *, user: str = USER, password: str = "", port: int = 0) -> str:
        """Return where and as whom to connect, over TCP with a password."""
        password = quote(password or self.password, safe="")
        return f"postgresql://{user}:{password}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Start it with the data that it had, and wait until it takes connections."""
        with (self._directory / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [*self._program("postgres"), "-D", self._data],
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment(),
                start_new_session=True,
            )
        if not eventually(self._has_begun_or_ended, START_TIMEOUT_S) or self._has_ended():
            self.stop()
            raise RuntimeError(f"PostgreSQL did not start: {self.log()[-2000:]}")

    def stop(self) -> None:
        """End it and every connection."""
        if self._process is None:
            return
        self.thaw()
        if not self._has_ended():
            self._process.send_signal(signal.SIGINT)  # its "fast" shutdown
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Have all of it die at once, as by ``kill -9``."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """Have it stand still, its connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def create(self, name: str, *, encoding: str = "UTF8", owner: str = USER) -> str:
        """Make a database with nothing in it and return its URL."""
        self._administer(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {} LOCALE 'C'").format(
                sql.Identifier(name), sql.Identifier(owner), sql.Literal(encoding)
            )
        )
        return self.url(name)

    def copy(self, source: str, name: str) -> str:
        """Make a database as another one is that nobody uses at the moment; return its URL."""
        self._administer(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(USER), sql.Identifier(source)
            )
        )
        return self.url(name)

    def drop(self, name: str) -> None:
        """Take a database away, whoever uses it."""
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def log(self) -> str:
        """Return all that it has said."""
        return (self._directory / "output").read_text("utf-8", "replace")

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    def _administer(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._directory),
            port=self.port,
            user=OS_USER,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def _has_begun_or_ended(self) -> bool:
        if self._has_ended():
            return True
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _signal(self, number: int) -> None:
        """Tell the server and every process of its connections, which lead their own groups."""
        if self._process is None or self._process.poll() is not None:
            return
        for pid in (*_children_of(self._process.pid), self._process.pid):
            os.kill(pid, number)

    def _make(self) -> None:
        """Make its directory, and in it a cluster with our user."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self._directory, OS_USER)
        words = ["--username", OS_USER, "--auth-local", "trust", "--auth-host", "scram-sha-256"]
        words += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"]
        subprocess.run(
            [*self._program("initdb"), "-D", self._data, *words],
            cwd=self._directory,
            env=self._environment(),
            check=True,
            capture_output=True,
            timeout=120,
        )
        settings = SETTINGS | {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._directory),
        }
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self._make_user()

    def _make_user(self) -> None:
        """Make our user in single-user mode: one statement needs no server."""
        statement = f"CREATE ROLE {USER} LOGIN PASSWORD '{self.password}'\n"
        subprocess.run(
            [*self._program("postgres"), "--single", "-D", self._data, "postgres"],
            input=statement.encode(),
            cwd=self._directory,
            env=self._environment(),
            check=True,
            capture_output=True,
            timeout=60,
        )

    def _program(self, name: str) -> list[str]:
        """Return how to run one of PostgreSQL's programs as a user that it accepts.

        It ends with the tests, however they end.
        """
        words = ["setpriv", "--pdeathsig=INT"]
        if os.geteuid() == 0:
            user = pwd.getpwnam(OS_USER)
            words += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]
        return [*words, "--", str(self._programs / name)]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self._directory)}


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
