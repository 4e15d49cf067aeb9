"""Instances and hosts as a database has them; whatever a test does not name is ordinary."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.support.clock import NOON
from vmctld.compute.placing import claims_of
from vmctld.domain.flavor import Flavor
from vmctld.domain.host import HostState
from vmctld.domain.instance import Fault, Instance, Nic, Resources, TaskState, VmState
from vmctld.domain.machine import HostCapacity, PowerState
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, instances

NANO = Flavor("42", "m1.nano", 1, 128, 1)
SMALL_HOST = HostCapacity(vcpus=4, ram_mib=1024, disk_gib=20)


def an_instance(**changes: Any) -> Instance:
    """Return an instance as it is when its boot was accepted."""
    instance = Instance(
        id=str(uuid.uuid4()),
        project_id="demo",
        user_id="alice",
        name="web",
        hostname="web",
        description=None,
        vm_state=VmState.BUILDING,
        task_state=TaskState.SCHEDULING,
        power_state=PowerState.NOSTATE,
        host=None,
        availability_zone=None,
        forced_host=None,
        flavor=NANO,
        image_id="11111111-1111-4111-8111-111111111111",
        image_name="tiny",
        key_name=None,
        public_key=None,
        user_data=None,
        metadata={},
        tags=(),
        nics=(Nic(str(uuid.uuid4()), "net-1"),),
        volumes=(),
        addresses=(),
        config_drive=True,
        attempt=1,
        excluded_hosts=(),
        fault=None,
        request_id="req-1",
        reservation_id="r-1",
        launch_index=0,
        ssh_port=None,
        accelerator=None,
        created_at=NOON,
        updated_at=NOON,
        launched_at=None,
        terminated_at=None,
        deadline_at=None,
    )
    return replace(instance, **changes)


def keep(database: Database, *made: Instance) -> None:
    """Insert instances as they are."""
    with database.write() as tx:
        for instance in made:
            instances.insert(tx, [instance], claims_of(instance), None)


def kept(database: Database, instance_id: str) -> Instance:
    """Return the instance as the database has it."""
    with database.read() as tx:
        found = instances.get(tx, instance_id)
    assert found is not None
    return found


def keep_hosts(
    database: Database, *names: str, capacity: HostCapacity = SMALL_HOST, now: datetime = NOON
) -> None:
    """Have hosts report themselves."""
    with database.write() as tx:
        hosts.seen(tx, [(name, "nova", "fake", capacity) for name in names], now)


def keep_placed(database: Database, host: str = "a", **changes: Any) -> Instance:
    """Insert an instance that is claimed on ``host`` and not begun there; return it."""
    instance = an_instance(host=host, task_state=None, **changes)
    keep(database, instance)
    with database.write() as tx:
        hosts.claim(tx, instance.id, host, claims_of(instance), NOON)
    return instance


def keep_begun(database: Database, host: str = "a", **changes: Any) -> Instance:
    """Insert an instance that ``host`` has begun to build; return it."""
    deadline_at = changes.pop("deadline_at", NOON)
    instance = keep_placed(database, host, **changes)
    with database.write() as tx:
        assert instances.begin_build(
            tx, instance.id, instance.attempt, host, NOON, deadline_at, host
        )
    return kept(database, instance.id)


def a_host(name: str = "a", **changes: Any) -> HostState:
    """Return a host with nothing on it, as the scheduler sees it."""
    host = HostState(
        name=name,
        availability_zone="nova",
        driver="fake",
        enabled=True,
        disabled_reason=None,
        vcpus=8,
        ram_mib=8192,
        disk_gib=100,
        capacity=Resources(32, 8192, 100),
        free_vcpus=32,
        free_ram_mib=8192,
        free_disk_gib=100,
        instances=0,
        generation=1,
        seen_at=NOON,
    )
    return replace(host, **changes)


def a_fault(**changes: Any) -> Fault:
    """Return why something failed."""
    fault = Fault(
        code="hypervisor-failed",
        message="it did not start",
        hint="try again",
        step=28,
        component="driver",
        created_at=NOON,
        request_id="req-1",
    )
    return replace(fault, **changes)
