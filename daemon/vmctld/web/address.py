"""Where the door for browsers is, and what browsers call it."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from vmctld.errors import InvalidRequest
from vmctld.rpc.address import TcpAddress, TlsFiles, check_tls, parse_address

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - not listened on here, but recognized


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A port, behind TLS unless it is of this machine alone."""

    tcp: TcpAddress
    tls: TlsFiles | None
    public_url: str | None  # what a proxy before it is called
    host_name: str  # what the machine is called, for a door that listens everywhere

    @classmethod
    def of(
        cls, listen: str, cert: Path | None, key: Path | None, public_url: str | None, host: str
    ) -> WebAddress:
        """Return the address of the settings.

        Raises InvalidRequest: ``tls-missing`` for a port that others reach, ``invalid-tls``.
        """
        tcp = parse_address(listen)
        if not isinstance(tcp, TcpAddress):
            raise InvalidRequest(f"{listen!r} is no host:port", code="invalid-address")
        tls = TlsFiles(cert, key) if cert and key else None
        if tls is not None:
            check_tls(tls)
        elif not _is_loopback(tcp.host):
            raise InvalidRequest(
                f"browsers at {tcp} need a certificate: consoles do not travel in the clear",
                code="tls-missing",
                hint="Set --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy.",
            )
        return cls(tcp, tls, public_url, host)

    def url(self, port: int) -> str:
        """Return what browsers call it, without a slash at the end; ``port`` is the real one."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        host = self.host_name if self.tcp.host in WILDCARDS else self.tcp.host
        return f"{'https' if self.tls else 'http'}://{TcpAddress(host, port)}"

    def tls_context(self) -> ssl.SSLContext | None:
        """Return the server's end of TLS."""
        if self.tls is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.tls.cert, self.tls.key)
        return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
