"""The connection to the daemon: a Unix socket, or TLS to ``host:port``."""

from __future__ import annotations

from pathlib import Path

import grpc

from vmctl_cli.errors import CliError, invalid
from vmctl_cli.settings import Settings

CONNECT_TIMEOUT_MS = 5_000
LARGEST_MESSAGE_BYTES = 256 * 1024 * 1024  # 1000 servers with 128 metadata items each, full
SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")

_OPTIONS: tuple[tuple[str, str | int], ...] = (
    ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
    ("grpc.min_reconnect_backoff_ms", CONNECT_TIMEOUT_MS),  # also how long connecting may take
    ("grpc.max_reconnect_backoff_ms", 500),  # a daemon that restarts is found again soon
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.enable_http_proxy", 0),
)


def open_channel(settings: Settings) -> grpc.Channel:
    """Return a channel to the daemon; raises CliError when there cannot be one."""
    endpoint = settings.endpoint
    if endpoint.startswith("unix:"):
        path = Path("/" + endpoint.removeprefix("unix:").lstrip("/"))
        if not path.exists():
            raise no_daemon(endpoint)
        # without an authority of its own, a socket's path would be taken for one
        options = (*_OPTIONS, ("grpc.default_authority", "localhost"))
        return grpc.insecure_channel(f"unix:{path}", options=options)
    host, _, port = endpoint.rpartition(":")
    if not host or not port.isdigit() or "/" in endpoint:
        raise invalid(
            f"{endpoint!r} is no endpoint",
            code="invalid-endpoint",
            hint="an endpoint is unix:///path/to/socket or host:port",
        )
    return grpc.secure_channel(
        endpoint, grpc.ssl_channel_credentials(_trusted(settings.ca_file)), options=_OPTIONS
    )


def no_daemon(endpoint: str) -> CliError:
    """Return the error for an endpoint at which nobody answers."""
    started = "vmctld" if endpoint.startswith("unix:") else "the daemon there"
    return CliError(
        f"no daemon answers at {endpoint}",
        class_name="Unavailable",
        code="no-daemon",
        hint=f"start {started}, or say with VMCTL_ENDPOINT where it is",
        facts={"endpoint": endpoint},
        retryable=True,
    )


def _trusted(ca_file: Path | None) -> bytes | None:
    """Return the certificates to trust; None: those that gRPC brings."""
    try:
        if ca_file is not None:
            return ca_file.read_bytes()
        return SYSTEM_TRUST.read_bytes() if SYSTEM_TRUST.exists() else None
    except OSError as error:
        raise invalid(
            f"cannot read the CA file {error.filename}: {error.strerror}", code="bad-ca-file"
        ) from error
