"""An api that dies between its parts of an admission leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud
from vmctld.compute.scheduler.handlers import Scheduler
from vmctld.domain.instance import VmState
from vmctld.domain.volume import VolumeRequest
from vmctld.errors import Exhausted, Internal, Unavailable
from vmctld.observe import failpoints


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path) as cloud:
        yield cloud
    failpoints.arm("")


@pytest.mark.parametrize("where", ["step=6;phase=before", "step=7;phase=after-effect"])
def test_a_boot_that_was_never_written_has_reserved_no_volume(cloud: Cloud, where: str) -> None:
    failpoints.arm(f"{where};do=raise")

    with pytest.raises(Internal):
        cloud.boot(volumes=(VolumeRequest("vol-1"),))

    assert cloud.stores.attachments == {}


def test_a_volume_that_cannot_be_reserved_now_is_left_to_the_build(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("the volume service is away")

    monkeypatch.setattr(cloud.services, "reserve_volumes", refuse)

    instance = cloud.settled(cloud.boot(volumes=(VolumeRequest("vol-1"),)).id)

    assert instance.vm_state is VmState.ACTIVE
    assert list(cloud.stores.attachments.values()) == [instance.id]


def test_a_request_that_the_scheduler_refuses_for_good_ends_in_error(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Exhausted("nothing is left", code="exhausted")

    monkeypatch.setattr(Scheduler, "_request", refuse)

    instance = cloud.settled(cloud.boot().id)

    assert instance.vm_state is VmState.ERROR
    assert instance.fault is not None
    assert instance.fault.code == "exhausted"
