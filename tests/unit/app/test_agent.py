from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cloud import Cloud
from tests.support.machines import a_machine
from vmctld.app.agent import make_drivers
from vmctld.domain.instance import VmState
from vmctld.errors import NotFound


def test_one_fake_host_has_the_hosts_own_name(tmp_path: Path) -> None:
    assert list(make_drivers("fake", "here", 1, tmp_path)) == ["here"]


def test_many_fake_hosts_are_numbered_and_cost_no_directory(tmp_path: Path) -> None:
    drivers = make_drivers("fake", "here", 1000, tmp_path)

    assert list(drivers)[:2] == ["here-00001", "here-00002"]
    assert len(drivers) == 1000
    assert list(tmp_path.iterdir()) == []


def test_fake_machines_are_found_by_the_next_daemon(tmp_path: Path) -> None:
    machine = a_machine()
    make_drivers("fake", "here", 1, tmp_path)["here"].ensure_running(machine)

    found = make_drivers("fake", "here", 1, tmp_path)["here"].machines()

    assert [status.instance_id for status in found] == [machine.instance_id]


def test_an_instances_driver_is_that_of_its_host(tmp_path: Path) -> None:
    with Cloud(tmp_path, host_names=("a", "b")) as cloud:
        instance = cloud.settled(cloud.boot().id)

        assert instance.vm_state is VmState.ACTIVE
        assert cloud.hosts.driver_of(instance.id) is cloud.drivers[instance.host or ""]
        with pytest.raises(NotFound):
            cloud.hosts.driver_of("11111111-1111-4111-8111-111111111111")
