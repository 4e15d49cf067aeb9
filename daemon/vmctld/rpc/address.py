"""Where a server listens: a socket in the file system, or a port behind TLS."""

from __future__ import annotations

import os
import socket
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path

from vmctld.errors import InvalidRequest, Unavailable

ROOT_SOCKET = Path("/run/vmctl/vmctld.sock")  # open to every user: the token guards it
MAX_SOCKET_PATH_BYTES = 107  # sun_path of unix(7) has 108, one of them for the end


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A socket in the file system."""

    path: Path

    def __str__(self) -> str:
        return f"unix://{self.path}"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A port on a host; an IPv6 host has no brackets here.  Port 0: any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files.  With ``ca``, clients have to show a certificate that it signed."""

    cert: Path
    key: Path
    ca: Path | None = None


def parse_address(text: str) -> UnixAddress | TcpAddress:
    """Return where ``unix:///path`` or ``host:port`` is; raises InvalidRequest."""
    if text.startswith("unix:"):
        return _unix_address(text)
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535 or "/" in host:
        raise InvalidRequest(
            f"{text!r} is no address to listen on",
            code="invalid-address",
            hint="Write unix:///path/of/socket or host:port.",
            facts={"address": text},
        )
    return TcpAddress(host.strip("[]"), int(port))


def _unix_address(text: str) -> UnixAddress:
    path = Path(text.removeprefix("unix:").removeprefix("//"))
    if not path.is_absolute():
        raise InvalidRequest(
            f"{text!r} does not name an absolute path",
            code="invalid-address",
            hint="Write unix:/// and the path from the root.",
            facts={"address": text},
        )
    size = len(os.fsencode(path))
    if size > MAX_SOCKET_PATH_BYTES:
        raise InvalidRequest(
            f"the socket's path has {size} bytes; at most {MAX_SOCKET_PATH_BYTES} are possible",
            code="socket-path-too-long",
            hint="Set --listen, or a shorter --state-dir.",
            facts={"path": str(path), "bytes": size},
        )
    return UnixAddress(path)


def prepare_socket(address: UnixAddress) -> None:
    """Make the socket's directory, and take away a socket that nobody answers on.

    Raises Unavailable when somebody does: gRPC would silently take it over.
    """
    path = address.path
    try:
        path.parent.mkdir(mode=_directory_mode(path), parents=True, exist_ok=True)
        if not path.exists():
            return
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise InvalidRequest(
                f"{path} is there and is not a socket",
                code="invalid-address",
                hint="Set --listen to another path.",
            )
        if _answers(path):
            raise Unavailable(
                f"another daemon serves {path}",
                code="address-in-use",
                hint="Stop it, or set --listen and --state-dir to others.",
                facts={"path": str(path)},
            )
        path.unlink()
    except OSError as error:
        raise Unavailable(
            f"cannot make the socket {path}: {error.strerror}",
            code="address-unusable",
            hint="Set --listen to a place that this user may write to.",
        ) from error


def open_socket(address: UnixAddress) -> None:
    """Set who may connect, once the socket is there: everybody to root's own, else the owner."""
    address.path.chmod(0o666 if _is_for_everybody(address.path) else 0o600)


def check_tls(tls: TlsFiles) -> None:
    """Raise InvalidRequest when the files are not a certificate and its key."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.cert, tls.key)
        if tls.ca:
            context.load_verify_locations(tls.ca)
    except OSError as error:  # an SSLError is one too
        raise InvalidRequest(
            f"the TLS files cannot be used: {error}",
            code="invalid-tls",
            hint="Check --tls-cert, --tls-key and --tls-ca: PEM files that this user can read.",
            facts={"cert": str(tls.cert), "key": str(tls.key), "ca": str(tls.ca or "")},
        ) from error


def _is_for_everybody(path: Path) -> bool:
    return path == ROOT_SOCKET and os.geteuid() == 0


def _directory_mode(path: Path) -> int:
    return 0o755 if _is_for_everybody(path) else 0o700


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
        except BlockingIOError:
            return True  # more callers wait than its queue holds: somebody is there
    return True
