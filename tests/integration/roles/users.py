"""People who boot and delete on an installation in several processes, and what they see."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc

from tests.crash.cloud import Cloud, Wish
from tests.support.split import PASSWORD, Split
from tests.support.waiting import eventually
from vmctl.v1 import compute_pb2, image_pb2, network_pb2, quota_pb2
from vmctl.v1.image_pb2_grpc import ImageServiceStub
from vmctl.v1.network_pb2_grpc import NetworkServiceStub
from vmctl.v1.quota_pb2_grpc import QuotaServiceStub

SETTLED_S = 90.0
AT_ONCE = 8


class Users:
    """Several of them, as one admin, all at one api process."""

    def __init__(self, split: Split, number: int = 1) -> None:
        self.split = split
        self.socket = Path(split.endpoint(number).removeprefix("unix://"))
        self.cloud = Cloud(self.socket, lambda: None)
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def close(self) -> None:
        """Go away."""
        self._pool.shutdown()
        self.cloud.close()

    def sign_in(self) -> None:
        """Get a token."""
        self.cloud.sign_in(PASSWORD)

    def prepare(self) -> None:
        """Sign in, lift the quotas, store an image if there is none."""
        self.sign_in()
        limits = {"instances": -1, "cores": -1, "ram_mib": -1}
        with self.channel() as channel:
            request = quota_pb2.UpdateQuotasRequest(limits=limits)
            QuotaServiceStub(channel).UpdateQuotas(request, metadata=self.metadata, timeout=20)
            images = ImageServiceStub(channel)
            known = images.ListImages(
                image_pb2.ListImagesRequest(), metadata=self.metadata, timeout=20
            )
            if not known.images:
                parts = _upload(self.split.home / "tiny.qcow2")
                images.UploadImage(parts, metadata=self.metadata, timeout=20)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call carries."""
        return (("authorization", f"Bearer {self.cloud.token}"),)

    def channel(self) -> grpc.Channel:
        """Return a channel of the caller's own."""
        return grpc.insecure_channel(f"unix:{self.socket}")

    def make_wide_network(self) -> None:
        """Make a network with room for a million: ``wide``."""
        with self.channel() as channel:
            networks = NetworkServiceStub(channel)
            networks.CreateNetwork(
                network_pb2.CreateNetworkRequest(name="wide"), metadata=self.metadata, timeout=20
            )
            networks.CreateSubnet(
                network_pb2.CreateSubnetRequest(network="wide", cidr="10.64.0.0/12"),
                metadata=self.metadata,
                timeout=20,
            )

    def boot(self, count: int, network: str = "private") -> Boots:
        """Begin to boot so many, a few at a time, each asked for until it is accepted."""
        return Boots(self._pool, self.cloud, count, network)

    def statuses(self, ids: Collection[str]) -> Counter[str]:
        """Return how many are in which status; LOST are those that nobody knows."""
        known = {server.id: server.status for server in self.cloud.servers()}
        return Counter(known.get(server_id, "LOST") for server_id in ids)

    def all_settle(self, ids: Collection[str], timeout_s: float = SETTLED_S) -> Counter[str]:
        """Return in which statuses they end; BUILD are those that have not, in time."""
        eventually(lambda: self.statuses(ids)["BUILD"] == 0, timeout_s)
        return self.statuses(ids)

    def machines(self) -> Counter[str]:
        """Return how many machines of each server run on the fake host."""
        files = (self.split.state_dir / "fake").glob("*/*")
        return Counter(file.name.partition(".")[0] for file in files)

    def delete_all(self) -> None:
        """Delete all servers, and fail unless nothing of them is left."""
        for server in list(self.cloud.servers()):
            self.cloud.delete(server.id)
        assert eventually(lambda: not list(self.cloud.servers()), SETTLED_S)
        assert self.machines() == {}


@dataclass(frozen=True)
class NicWish(Wish):
    """A boot on a network that it names."""

    network: str = "private"

    @property
    def message(self) -> compute_pb2.BootInstanceRequest:
        """The request."""
        request = super().message
        request.nics.add(network=self.network)
        return request


class Boots:
    """Boots that were begun."""

    def __init__(self, pool: ThreadPoolExecutor, cloud: Cloud, count: int, network: str) -> None:
        self._accepted = threading.Semaphore(0)
        wishes = [NicWish(f"s-{uuid.uuid4()}", network=network) for _ in range(count)]
        self._futures: list[Future[str]] = [pool.submit(self._boot, cloud, wish) for wish in wishes]

    def wait_accepted(self, count: int) -> None:
        """Return when ``count`` more have been accepted."""
        for _ in range(count):
            assert self._accepted.acquire(timeout=SETTLED_S)

    def ids(self) -> list[str]:
        """Return all ids, once all were accepted."""
        return [future.result(SETTLED_S) for future in self._futures]

    def _boot(self, cloud: Cloud, wish: Wish) -> str:
        server_id = cloud.boot(wish)
        self._accepted.release()
        return server_id


def _upload(path: Path) -> Iterator[image_pb2.UploadImageRequest]:
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "16M"], check=True, timeout=30)
    content, request = path.read_bytes(), image_pb2.UploadImageRequest
    description = image_pb2.ImageDescription(
        name="tiny", disk_format="qcow2", size_bytes=len(content)
    )
    yield request(description=description)
    yield request(chunk=content)
    yield request(end=image_pb2.UploadEnd(sha256=hashlib.sha256(content).hexdigest()))
