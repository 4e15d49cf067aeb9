"""The sockets of one process: the public ones of the api, and one for the daemon's other parts."""

from __future__ import annotations

from collections.abc import Callable

from vmctld.app.credentials import Credentials
from vmctld.compute.messages import AgentLocated
from vmctld.config import Settings
from vmctld.errors import VmctlError
from vmctld.rpc.address import TlsFiles
from vmctld.rpc.gate import Gate
from vmctld.rpc.server import RpcServer

GRACE_S = 5.0  # for calls that are being answered when the daemon is told to end
ANY_PORT = "127.0.0.1:0"  # where a compute host on the api's machine is reached
WILDCARDS = ("0.0.0.0", "[::]")  # noqa: S104 - not listened on here, but recognized


class Doors:
    """A server behind a gate.  It is bound first, begun when its services are put on it."""

    def __init__(self, settings: Settings, credentials: Credentials | None) -> None:
        self._settings = settings
        self._credentials = credentials
        self._gate = Gate()
        self.server = RpcServer(gate=self._gate)
        self.addresses: tuple[str, ...] = ()
        self._service_address = ""
        self._has_begun = False

    def bind(self) -> None:
        """Take the addresses; callers wait.  Raises InvalidRequest, or Unavailable if taken."""
        settings, held = self._settings, self._credentials
        public: tuple[str, ...] = ()
        if "api" in settings.roles:
            tls = None
            if settings.tls_cert and settings.tls_key:
                tls = TlsFiles(settings.tls_cert, settings.tls_key, settings.tls_ca)
            public = tuple(self.server.listen(address, tls) for address in settings.listen)
        service = settings.service_listen
        if service is None and settings.roles & {"api", "compute"} == {"compute"}:
            service = ANY_PORT
        if service is not None and held is not None:
            self._service_address = self.server.listen(service, held.files)
        self.addresses = (*public, *filter(None, [self._service_address]))

    def begin(self, missing: Callable[[], VmctlError | None]) -> None:
        """Serve, and tell callers what the daemon still waits for."""
        self._gate.shut(missing)
        if self.addresses:
            self._has_begun = True
            self.server.start()

    def let_operators_in(self, missing: Callable[[], VmctlError | None]) -> None:
        """Let those in who look why the daemon does not get ready."""
        self._gate.shut(missing, but_for_diagnosis=True)

    def open(self) -> None:
        """Let everybody in."""
        self._gate.open()
        self.server.set_ready(True)

    def close(self) -> None:
        """Take no more calls, and give those under way a moment."""
        if self.addresses and not self._has_begun:
            self.server.start()  # gRPC gives an address back only when a running server ends
        self.server.stop(GRACE_S)

    def located(self) -> AgentLocated:
        """Return where the agents of this process are reached from others.

        One that listens everywhere is reached by its host's name.
        """
        host, _, port = self._service_address.rpartition(":")
        if host in WILDCARDS:
            host = self._settings.host
        name = self._credentials.name if self._credentials else ""
        return AgentLocated(f"{host}:{port}" if port else "", name)
