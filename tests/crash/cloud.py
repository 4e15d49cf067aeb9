"""The daemon as its users reach it: calls that are tried again while it is away."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import grpc

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1 import identity_pb2, operator_pb2, quota_pb2
from vmctl.v1 import instance_actions_pb2 as actions_pb
from vmctl.v1 import instance_volumes_pb2 as volumes_pb
from vmctl.v1 import snapshots_pb2 as snapshots_pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctl.v1.instance_actions_pb2_grpc import InstanceActionServiceStub
from vmctl.v1.instance_volumes_pb2_grpc import InstanceVolumeServiceStub
from vmctl.v1.operator_pb2_grpc import OperatorServiceStub
from vmctl.v1.quota_pb2_grpc import QuotaServiceStub
from vmctl.v1.snapshots_pb2_grpc import SnapshotServiceStub

T = TypeVar("T")

CALL_TIMEOUT_S = 20.0
PAUSE_S = 0.05
PATIENCE_S = 90.0
PAGE_SIZE = 1000
AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
OPTIONS: tuple[tuple[str, str | int], ...] = (
    ("grpc.default_authority", "localhost"),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 100),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.use_local_subchannel_pool", 1),
)

SPARE_VOLUME = "vol-2"  # one that no trial boots with
ASKED_WITH: dict[str, tuple[Any, dict[str, Any]]] = {
    "RebootInstance": (actions_pb.RebootInstanceRequest, {}),
    "RescueInstance": (actions_pb.RescueInstanceRequest, {}),
    "RebuildInstance": (actions_pb.RebuildInstanceRequest, {"image": "tiny"}),
    "ResizeInstance": (actions_pb.ResizeInstanceRequest, {"flavor": "m1.tiny"}),
    "AttachInterface": (actions_pb.AttachInterfaceRequest, {}),
    "DetachInterface": (actions_pb.DetachInterfaceRequest, {}),
    "SnapshotInstance": (snapshots_pb.SnapshotInstanceRequest, {"name": "as-it-was"}),
    "ShelveInstance": (snapshots_pb.ShelveInstanceRequest, {}),
    "UnshelveInstance": (snapshots_pb.UnshelveInstanceRequest, {}),
    "AttachVolume": (volumes_pb.AttachVolumeRequest, {"volume": SPARE_VOLUME}),
    "DetachVolume": (volumes_pb.DetachVolumeRequest, {"volume": SPARE_VOLUME}),
}
"""What an action is asked with besides the server."""
LARGER_GIB = 2


@dataclass(frozen=True)
class Wish:
    """One boot, with the key that makes it safe to ask again."""

    name: str
    volume: str = ""
    count: int = 1
    no_nics: bool = False
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def message(self) -> pb.BootInstanceRequest:
        """The request."""
        volumes = [pb.VolumeRequest(volume=self.volume)] if self.volume else []
        return pb.BootInstanceRequest(
            name=self.name,
            flavor="m1.nano",
            image="tiny",
            volumes=volumes,
            no_nics=self.no_nics,
            min_count=self.count,
            max_count=self.count,
            idempotency_key=self.key,
        )


class Cloud:
    """One client.  ``on_away`` is called whenever nobody answers: it may start a daemon."""

    def __init__(self, socket: Path, on_away: Callable[[], None], token: str = "") -> None:
        self._channel = grpc.insecure_channel(f"unix:{socket}", options=OPTIONS)
        self._on_away = on_away
        self.token = token
        self._compute = ComputeServiceStub(self._channel)
        self._actions = (
            InstanceActionServiceStub(self._channel),
            SnapshotServiceStub(self._channel),
            InstanceVolumeServiceStub(self._channel),
        )
        self._quotas = QuotaServiceStub(self._channel)
        self._operator = OperatorServiceStub(self._channel)

    def close(self) -> None:
        """Let go of the connection."""
        self._channel.close()

    def sign_in(self, password: str) -> str:
        """Return a token for the admin, kept for later calls."""
        stub = IdentityServiceStub(self._channel)
        request = identity_pb2.SignInRequest(user_name="admin", password=password)
        self.token = self._patiently(stub.SignIn, request).token
        return self.token

    def boot(self, wish: Wish) -> str:
        """Return the id of the server that the wish made, now or the time before."""
        return self.boot_all(wish)[0]

    def boot_all(self, wish: Wish) -> list[str]:
        """Return the ids of all the servers that the wish made."""
        answer = self._patiently(self._compute.BootInstance, wish.message)
        return [server.id for server in answer.instances]

    def get(self, server_id: str) -> pb.Instance | None:
        """Return the server; None when it is gone."""
        request = pb.GetInstanceRequest(instance=server_id)
        return self._unless_gone(lambda: self._patiently(self._compute.GetInstance, request))

    def delete(self, server_id: str) -> bool:
        """Ask for a server's end; False when it is gone already."""
        request = pb.DeleteInstanceRequest(instance=server_id, all_projects=True)
        call = self._compute.DeleteInstance
        return self._unless_gone(lambda: self._patiently(call, request)) is not None

    def act(self, server_id: str, action: str) -> None:
        """Ask for an action: RebootInstance, ConfirmResize and the like."""
        call = next(getattr(stub, action) for stub in self._actions if hasattr(stub, action))
        self._patiently(call, self._request_of(server_id, action))

    def _request_of(self, server_id: str, action: str) -> Any:
        if action == "ExtendAttachedVolume":
            return volumes_pb.ExtendAttachedVolumeRequest(volume=SPARE_VOLUME, size_gib=LARGER_GIB)
        kind, how = ASKED_WITH.get(action, (actions_pb.InstanceActionRequest, {}))
        if action == "DetachInterface":
            server = self.get(server_id)
            how = {"port_id": server.addresses[-1].port_id} if server and server.addresses else {}
        return kind(instance=server_id, **how)

    def trace(self, server_id: str) -> pb.Trace:
        """Return the steps of a boot."""
        return self._patiently(self._compute.GetTrace, pb.GetTraceRequest(instance=server_id))

    def servers(self, *, deleted: bool = False) -> Iterator[pb.Instance]:
        """Return the servers of all projects; with ``deleted`` those that are gone as well."""
        marker = ""
        while True:
            request = pb.ListInstancesRequest(
                page=Page(limit=PAGE_SIZE, marker=marker), all_projects=True, deleted=deleted
            )
            answer = self._patiently(self._compute.ListInstances, request)
            yield from answer.instances
            marker = answer.next_marker
            if not marker:
                return

    def quotas(self) -> dict[str, tuple[int, int]]:
        """Return limit and use of the admin's project, by resource."""
        answer = self._patiently(self._quotas.GetQuotas, quota_pb2.GetQuotasRequest())
        return {quota.resource: (quota.limit, quota.used) for quota in answer.quotas}

    def diagnose(self) -> list[operator_pb2.Check]:
        """Return what ``vmctl doctor`` looked at."""
        return list(self._patiently(self._operator.Diagnose, operator_pb2.DiagnoseRequest()).checks)

    def audit(self, *, repair: bool = False) -> list[operator_pb2.Finding]:
        """Return what ``vmctl audit`` found."""
        request = operator_pb2.AuditRequest(repair=repair)
        return list(self._patiently(self._operator.Audit, request).findings)

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def _patiently(self, method: Callable[..., T], request: object) -> T:
        """Make a call, again and again while the daemon is away; other errors go on up."""
        deadline = time.monotonic() + PATIENCE_S
        request_id = f"req-{uuid.uuid4()}"
        while True:
            metadata = (*self._metadata(), ("x-request-id", request_id))
            try:
                return method(request, timeout=CALL_TIMEOUT_S, metadata=metadata)
            except grpc.RpcError as error:
                if error.code() not in AWAY or time.monotonic() > deadline:
                    raise
            self._on_away()
            time.sleep(PAUSE_S)

    @staticmethod
    def _unless_gone(call: Callable[[], T]) -> T | None:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise
