"""An audit of a busy daemon finds nothing: what is under way is no leak."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from tests.support.disks import a_raw_disk
from vmctl.v1 import compute_pb2 as compute
from vmctl.v1 import identity_pb2 as identity
from vmctl.v1 import image_pb2 as image
from vmctl.v1 import quota_pb2 as quota
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctl.v1.image_pb2_grpc import ImageServiceStub
from vmctl.v1.quota_pb2_grpc import QuotaServiceStub
from vmctld.app import daemon as whole_daemon
from vmctld.app import operators
from vmctld.config.settings import Settings
from vmctld.domain.operations import Finding
from vmctld.operations.audit import Auditor
from vmctld.operations.installation import Installation
from vmctld.operations.letters import Letters
from vmctld.operations.service import Operations
from vmctld.storage.repositories import instances

PASSWORD = "correct-horse-4711"
AUDITS = 50
CLIENTS = 3
DEADLINE_S = 60.0


@dataclass
class Daemon:
    """A whole daemon in this process, and what its operators' tools look at."""

    channel: grpc.Channel
    installation: Installation
    metadata: Sequence[tuple[str, str]] = ()

    def sign_in(self) -> None:
        """Be the admin from now on, with an image and no limits."""
        request = identity.SignInRequest(user_name="admin", password=PASSWORD)
        token = IdentityServiceStub(self.channel).SignIn(request, timeout=DEADLINE_S).token
        self.metadata = [("authorization", f"Bearer {token}")]
        QuotaServiceStub(self.channel).UpdateQuotas(
            quota.UpdateQuotasRequest(limits={"instances": -1, "cores": -1, "ram_mib": -1}),
            metadata=self.metadata,
        )
        ImageServiceStub(self.channel).UploadImage(_upload(), metadata=self.metadata)

    def boot(self, name: str) -> str:
        """Ask for an instance and return its id."""
        request = compute.BootInstanceRequest(name=name, flavor="m1.nano", image="small")
        answer = ComputeServiceStub(self.channel).BootInstance(
            request, metadata=self.metadata, timeout=DEADLINE_S
        )
        return str(answer.instances[0].id)

    def delete(self, instance_id: str) -> None:
        """Ask for an instance's end."""
        request = compute.DeleteInstanceRequest(instance=instance_id)
        ComputeServiceStub(self.channel).DeleteInstance(
            request, metadata=self.metadata, timeout=DEADLINE_S
        )

    def is_unsettled(self) -> bool:
        """True while something happens to any instance."""
        with self.installation.database.read() as tx:
            return bool(instances.unsettled(tx, 1))


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A daemon on the fake driver, three hosts, signed in."""
    seen: list[Installation] = []

    def remembered(installation: Installation, letters: Letters) -> Operations:
        seen.append(installation)
        return Operations(installation, letters)

    monkeypatch.setattr(operators, "Operations", remembered)
    state_dir = tmp_path / "s"
    address = f"unix://{tmp_path}/v.sock"
    whole = whole_daemon.Daemon(
        Settings(
            state_dir=state_dir,
            listen=(address,),
            host="here",
            database_url=f"sqlite:///{state_dir}/vmctl.db",
            driver="fake",
            fake_hosts=3,
            admin_password=PASSWORD,
        )
    )
    whole.start()
    try:
        with grpc.insecure_channel(f"unix:{tmp_path}/v.sock") as channel:
            daemon = Daemon(channel, seen[0])
            daemon.sign_in()
            yield daemon
    finally:
        whole.stop()


def test_fifty_audits_while_instances_come_and_go_find_nothing(daemon: Daemon) -> None:
    # No pause between the two looks: what it would let settle has to be told apart without it
    auditor = Auditor(daemon.installation, pause=lambda _seconds: None)
    over = threading.Event()
    found: list[Finding] = []

    with ThreadPoolExecutor(CLIENTS) as pool:
        churns = [pool.submit(_churn, daemon, number, over) for number in range(CLIENTS)]
        try:
            for _ in range(AUDITS):
                found += auditor.audit()
        finally:
            over.set()
    rounds = [churn.result() for churn in churns]

    assert found == []
    assert min(rounds) > 0


def test_when_all_is_quiet_again_nothing_is_left(daemon: Daemon) -> None:
    for number in range(5):
        daemon.boot(f"kept-{number}")
        daemon.delete(daemon.boot(f"gone-{number}"))
    _wait_until_settled(daemon)

    assert Auditor(daemon.installation).audit(deep=True) == ()


def _churn(daemon: Daemon, number: int, over: threading.Event) -> int:
    """Boot, and delete at every stage of the build; return how often."""
    rounds = 0
    earlier: list[str] = []
    while not over.is_set():
        earlier += [daemon.boot(f"churn-{number}-{rounds}-{one}") for one in range(3)]
        daemon.delete(earlier.pop())  # in the middle of its build
        while len(earlier) > 6:
            daemon.delete(earlier.pop(0))
        rounds += 1
    return rounds


def _wait_until_settled(daemon: Daemon) -> None:
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while daemon.is_unsettled():
        assert time.monotonic() < deadline
        pause.wait(0.05)


def _upload() -> Iterator[image.UploadImageRequest]:
    yield image.UploadImageRequest(
        description=image.ImageDescription(name="small", disk_format="raw", visibility="public")
    )
    content = a_raw_disk()
    yield image.UploadImageRequest(chunk=content)
    sha256 = hashlib.sha256(content).hexdigest()
    yield image.UploadImageRequest(end=image.UploadEnd(sha256=sha256))
