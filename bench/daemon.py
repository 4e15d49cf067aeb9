"""A daemon of its own for a benchmark, in a directory that goes with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc

from vmctl.v1 import identity_pb2, image_pb2, network_pb2, quota_pb2
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctl.v1.image_pb2_grpc import ImageServiceStub
from vmctl.v1.network_pb2_grpc import NetworkServiceStub
from vmctl.v1.quota_pb2_grpc import QuotaServiceStub

PASSWORD = "benchmark"
READY_TIMEOUT_S = 60
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running ``vmctld``, signed in to."""

    pid: int
    state_dir: Path
    endpoint: str
    token: str

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call carries."""
        return (("authorization", f"Bearer {self.token}"),)

    def channel(self) -> grpc.Channel:
        """Return a channel of the caller's own."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        return grpc.insecure_channel(self.endpoint, options=options)

    def cpu_s(self) -> float:
        """Return the CPU time it has used."""
        return cpu_s_of(self.pid)

    def rss_mib(self) -> float:
        """Return the memory it occupies."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE / 2**20


def cpu_s_of(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextlib.contextmanager
def running(driver: str = "fake", **environment: str) -> Iterator[Daemon]:
    """Give a daemon with unlimited quotas and a network that never runs full."""
    state_dir = Path(tempfile.mkdtemp(prefix="vmb-"))
    endpoint = f"unix://{state_dir}/s"
    settings = {
        **os.environ,
        "VMCTLD_STATE_DIR": str(state_dir),
        "VMCTLD_LISTEN": endpoint,
        "VMCTLD_DRIVER": driver,
        "VMCTLD_ADMIN_PASSWORD": PASSWORD,
        "VMCTLD_LOG_LEVEL": "warning",
        **environment,
    }
    process = subprocess.Popen([BIN / "vmctld"], env=settings, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("vmctld ready"), "the daemon did not start"
        daemon = Daemon(process.pid, state_dir, endpoint, sign_in(endpoint))
        make_room(daemon)
        yield daemon
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=READY_TIMEOUT_S)
        shutil.rmtree(state_dir)


def upload(daemon: Daemon, path: Path, name: str = "tiny") -> str:
    """Upload an image for all to see and return its id."""
    import hashlib

    data = path.read_bytes()
    step = 2**20
    description = image_pb2.ImageDescription(name=name, disk_format="qcow2", visibility="public")
    messages = [image_pb2.UploadImageRequest(description=description)]
    messages += [
        image_pb2.UploadImageRequest(chunk=data[at : at + step]) for at in range(0, len(data), step)
    ]
    end = image_pb2.UploadEnd(sha256=hashlib.sha256(data).hexdigest())
    messages.append(image_pb2.UploadImageRequest(end=end))
    with daemon.channel() as channel:
        stub = ImageServiceStub(channel)
        return str(stub.UploadImage(iter(messages), metadata=daemon.metadata).id)


def sign_in(endpoint: str, password: str = PASSWORD) -> str:
    """Return a token for the admin."""
    with grpc.insecure_channel(endpoint) as channel:
        request = identity_pb2.SignInRequest(user_name="admin", password=password)
        return str(IdentityServiceStub(channel).SignIn(request, wait_for_ready=True).token)


def make_room(daemon: Daemon) -> None:
    """Lift the quotas, and make a network that never runs full: ``wide``."""
    unlimited = {"instances": -1, "cores": -1, "ram_mib": -1}
    with daemon.channel() as channel:
        quotas, networks = QuotaServiceStub(channel), NetworkServiceStub(channel)
        quotas.UpdateQuotas(
            quota_pb2.UpdateQuotasRequest(limits=unlimited), metadata=daemon.metadata
        )
        networks.CreateNetwork(
            network_pb2.CreateNetworkRequest(name="wide"), metadata=daemon.metadata
        )
        networks.CreateSubnet(
            network_pb2.CreateSubnetRequest(network="wide", cidr="10.64.0.0/12"),
            metadata=daemon.metadata,
        )
