"""A RabbitMQ of the tests' own: throw-away data, free ports of 127.0.0.1, no service.

Started from Debian's package by its own script, with an epmd beside it that is ours too.
``rabbitmqctl`` is for the few things that only it can do: each call starts another Erlang.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.support.waiting import eventually

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in PATH insists on its own user
START_TIMEOUT_S = 90.0
ADMIN = "vmctl"  # may send under any name: it has the tag ``impersonator``
MEMORY = "512MB"
VHOSTS = ("/", *(f"v{number}" for number in range(12)))  # each a broker of its own, nearly
HOST = "web-1"  # a compute host's user, without that tag
AGENT = "agent.split"  # another one, in the words of the conductor, which takes it for its host
SERVICES = "services"  # of the roles that are on no compute host, without it as well


def host_permissions(address: str, prefix: str) -> dict[str, str]:
    """Return all that a compute host needs whose agent has that address.

    ``prefix`` is an expression for what the names of queues begin with.
    """
    own = rf"{re.escape(address)}(\.calls)?|(reply|fanout)\.[^.]+"
    return {
        "configure": rf"^{prefix}\.({own})$",
        "write": rf"^(amq\.default|{prefix}\.({own}))$",
        "read": rf"^{prefix}\.({own}|fanout)$",
    }


def is_installed() -> bool:
    """Return whether this machine has what it takes."""
    return SERVER.exists() and shutil.which("epmd") is not None


@dataclass(frozen=True)
class Tls:
    """Files of the server's certificate and key, and of the authority that signed it."""

    authority: Path
    certificate: Path
    key: Path


class Broker:
    """One broker.  ``stop`` ends it, ``kill`` and ``freeze`` hurt it, ``start`` brings it back."""

    def __init__(self, directory: Path, tls: Tls | None = None) -> None:
        self._directory = directory
        self.tls = tls
        self.password = secrets.token_hex(8)
        self.port, self.tls_port, self._dist_port, self._epmd_port = free_ports(4)
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._configure()

    def url(self, user: str = ADMIN, *, password: str = "", vhost: str = "%2f") -> str:
        """Return where and as whom to connect."""
        password = quote(password or self.password, safe="")
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/{vhost}"

    def tls_url(self, **query: str) -> str:
        """Return the same over TLS; the certificate is for ``localhost``."""
        words = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return f"amqps://{ADMIN}:{self.password}@localhost:{self.tls_port}/%2f?{words}"

    def start(self) -> None:
        """Start it with the data that it had, and wait until it takes connections."""
        environment = self._environment()
        if self._epmd is None:
            self._epmd = subprocess.Popen(
                ["epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)], env=environment
            )
        with (self._directory / "output").open("ab") as output:
            self._server = subprocess.Popen(
                [SERVER],
                env=environment,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if not eventually(self._has_begun_or_ended, START_TIMEOUT_S) or self._server.poll():
            self.stop()
            raise RuntimeError(f"RabbitMQ did not start: {self._words()}")

    def stop(self) -> None:
        """End it and what belongs to it."""
        self.thaw()
        for process in (self._server, self._epmd):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._epmd = self._server = None

    def kill(self) -> None:
        """Have it die at once, as by ``kill -9``."""
        assert self._server is not None
        self._server.kill()
        self._server.wait()

    def control(self, *words: str) -> None:
        """Run ``rabbitmqctl``."""
        subprocess.run(
            [SERVER.with_name("rabbitmqctl"), *words],
            env=self._environment(),
            cwd=self._directory,
            check=True,
            capture_output=True,
            timeout=60,
        )

    def remembers(self, queue: str, vhost: str = "%2F") -> bool:
        """Return whether a quorum queue outlives a kill: its name reaches the disk late."""
        files = self._directory.glob("data/*/quorum/*/names.dets")
        return any(f"{vhost}_{queue}".encode() in path.read_bytes() for path in files)

    def freeze(self) -> None:
        """Have it stand still, its connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._server is not None and self._server.poll() is None:
            os.kill(self._server.pid, number)

    def log(self) -> str:
        """Return all that it has logged."""
        return "".join(path.read_text("utf-8", "replace") for path in self._directory.glob("*.log"))

    def _has_begun_or_ended(self) -> bool:
        assert self._server is not None
        return self._server.poll() is not None or greets(self.port)

    def _words(self) -> str:
        return (self._directory / "output").read_text("utf-8", "replace")[-2000:]

    def _configure(self) -> None:
        """Write its configuration, users included, so that nothing has to be asked of it."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        definitions = self._directory / "definitions.json"
        definitions.write_text(json.dumps(self._definitions()))
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"load_definitions = {definitions}",
            "loopback_users = none",
            "log.console = false",
            f"log.dir = {self._directory}",
            "log.file = broker.log",
            f"vm_memory_high_watermark.absolute = {MEMORY}",
            "disk_free_limit.absolute = 1MB",
        ]
        if self.tls is not None:
            lines += [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                f"ssl_options.cacertfile = {self.tls.authority}",
                f"ssl_options.certfile = {self.tls.certificate}",
                f"ssl_options.keyfile = {self.tls.key}",
            ]
        (self._directory / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        (self._directory / "plugins").write_text("[].\n")
        cookie = self._directory / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(20))
        cookie.chmod(0o400)

    def _definitions(self) -> dict[str, object]:
        tags = {ADMIN: ["administrator", "impersonator"], SERVICES: [], HOST: [], AGENT: []}
        users = [
            {"name": name, "password_hash": hashed(self.password), "tags": of_user}
            for name, of_user in tags.items()
        ]
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        on_each = {
            ADMIN: everything,
            SERVICES: everything,
            AGENT: host_permissions(AGENT, r"vmctl\.v1"),
        }
        permissions = [
            {"user": user, "vhost": vhost, **may}
            for vhost in VHOSTS
            for user, may in on_each.items()
        ]
        at_home = host_permissions(f"agent.{HOST}", "[^.]+")
        permissions.append({"user": HOST, "vhost": VHOSTS[0], **at_home})
        vhosts = [{"name": vhost} for vhost in VHOSTS]
        return {"users": users, "vhosts": vhosts, "permissions": permissions}

    def _environment(self) -> dict[str, str]:
        own = self._directory
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(own),
            "RUNNING_UNDER_SYSTEMD": "true",  # no shell stays around the server
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": f"vmctl-test-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": str(own / "none"),
            "RABBITMQ_CONFIG_FILE": str(own / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(own / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(own / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(own / "data"),
            "RABBITMQ_LOG_BASE": str(own),
            "RABBITMQ_PID_FILE": str(own / "pid"),
        }


def hashed(password: str) -> str:
    """Return a password as RabbitMQ keeps it: salt and SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody has at the moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def greets(port: int) -> bool:
    """Return whether an AMQP broker answers there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False
