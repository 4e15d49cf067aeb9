"""Channels to parts of the daemon in other processes: TLS both ways, and some patience."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence

import grpc

from vmctld.errors import InvalidRequest

MAX_MESSAGE_BYTES = 4 * 1024 * 1024

# A service that is restarted is a matter of seconds, and all that parts ask of each other may
# be asked twice: what was under way goes to its next life, or to another process that serves
_RETRYING = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "waitForReady": True,
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.2s",
                "maxBackoff": "4s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),  # a peer that hangs is noticed in 25 s
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


def channel_to(
    endpoints: Sequence[str],
    tls_name: str,
    *,
    ca: bytes,
    certificate: bytes,
    key: bytes,
    retries: bool = True,
) -> grpc.Channel:
    """Return a channel to whoever at ``endpoints`` proves to be ``tls_name``.

    It connects when it is first used.  Raises InvalidRequest when several are named by host.
    """
    credentials = grpc.ssl_channel_credentials(ca, key, certificate)
    options = [*_OPTIONS, ("grpc.ssl_target_name_override", tls_name)]
    if retries:
        options.append(("grpc.service_config", json.dumps(_RETRYING)))
    return grpc.secure_channel(_target_of(endpoints), credentials, options)


def _target_of(endpoints: Sequence[str]) -> str:
    if len(endpoints) == 1:
        return f"dns:///{endpoints[0]}"
    versions = {_version_of(endpoint) for endpoint in endpoints}
    if len(versions) == 1 and 0 not in versions:
        return f"ipv{versions.pop()}:{','.join(endpoints)}"
    raise InvalidRequest(
        f"several endpoints have to be addresses of one kind, not names: {', '.join(endpoints)}",
        code="invalid-endpoints",
        hint="Write IPv4 addresses, or one name that stands for all of them.",
    )


def _version_of(endpoint: str) -> int:
    try:
        return ipaddress.ip_address(endpoint.rpartition(":")[0].strip("[]")).version
    except ValueError:
        return 0
