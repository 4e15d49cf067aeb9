"""Images of servers' disks, and servers that are nothing but that for a while.

Every request may be sent again under its request id: the daemon accepts it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import snapshots_pb2 as pb
from vmctl.v1.snapshots_pb2_grpc import SnapshotServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.server_records import Server, server_from


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An image that is being made of a server."""

    image_id: str
    server: Server


class Snapshots:
    """The snapshots; each call returns as soon as it is accepted."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> SnapshotServiceStub:
        return SnapshotServiceStub(self._calls.channel)

    def create(self, server: str, name: str, metadata: Mapping[str, str]) -> Snapshot:
        """Make an image of a server's disk as it is now."""
        request = pb.SnapshotInstanceRequest(instance=server, name=name, metadata=metadata)
        return _snapshot(self._calls.unary(self._stub.SnapshotInstance, request, patient=True))

    def backup(self, server: str, name: str, backup_type: str, rotation: int) -> Snapshot:
        """The same, and delete the oldest ones of its type that are too many."""
        request = pb.BackupInstanceRequest(
            instance=server, name=name, backup_type=backup_type, rotation=rotation
        )
        return _snapshot(self._calls.unary(self._stub.BackupInstance, request, patient=True))

    def shelve(self, server: str) -> Server:
        """Stop it and keep its disk as an image."""
        request = pb.ShelveInstanceRequest(instance=server)
        return server_from(self._calls.unary(self._stub.ShelveInstance, request, patient=True))

    def offload(self, server: str) -> Server:
        """Have a shelved server give up its host."""
        request = pb.ShelveInstanceRequest(instance=server)
        return server_from(self._calls.unary(self._stub.OffloadInstance, request, patient=True))

    def unshelve(self, server: str, zone: str = "") -> Server:
        """Bring it back."""
        request = pb.UnshelveInstanceRequest(instance=server, availability_zone=zone)
        return server_from(self._calls.unary(self._stub.UnshelveInstance, request, patient=True))


def _snapshot(message: pb.SnapshotInstanceResponse) -> Snapshot:
    return Snapshot(message.image_id, server_from(message.instance))
