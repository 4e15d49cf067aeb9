"""Consoles in a browser, on the wire."""

from __future__ import annotations

from vmctl.v1 import console_pb2 as pb
from vmctld.domain.console import ConsoleAccess
from vmctld.wire.convert.common import time_to_proto


def console_to_proto(access: ConsoleAccess) -> pb.Console:
    """Return ``access`` as a message."""
    return pb.Console(
        type=access.kind.value, url=access.url, expires_at=time_to_proto(access.expires_at)
    )
