"""An installation in which one running instance owns one of everything, all of it in order."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, DateTime
from sqlmodel import SQLModel

from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.recording_bus import RecordingBus
from vmctld.compute.outbox import Outbox
from vmctld.domain.clock import utc_now
from vmctld.domain.flavor import Flavor
from vmctld.domain.instance import Resources
from vmctld.domain.machine import HostCapacity, Machine
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.host.imagecache import ImageCache
from vmctld.operations.installation import Installation
from vmctld.operations.letters import Letters
from vmctld.operations.service import Operations
from vmctld.storage.columns import UtcDateTime, core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import hosts, quotas
from vmctld.storage.tables.compute import InstanceRow
from vmctld.storage.tables.identity import ProjectRow, UserRow
from vmctld.storage.tables.image import ImageRow
from vmctld.storage.tables.network import FixedIpRow, NetworkRow, PortRow, SubnetRow
from vmctld.storage.tables.pipeline import JournalRow
from vmctld.storage.tables.volume import AttachmentRow, VolumeRow

HOST, OTHER_HOST = "host-1", "host-2"
INSTANCE = "11111111-1111-4111-8111-111111111111"
PORT = "22222222-2222-4222-8222-222222222222"
IMAGE = "33333333-3333-4333-8333-333333333333"
VOLUME = "44444444-4444-4444-8444-444444444444"
ATTACHMENT = "55555555-5555-4555-8555-555555555555"
ADDRESS = "10.20.0.5"
CONTENT = b"the bytes of an image" * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CAPACITY = HostCapacity(8, 16384, 100)
NANO = Flavor("42", "m1.nano", 1, 128, 1)

PRIVATE = 0o077


@contextmanager
def a_living_installation(directory: Path) -> Iterator[Installation]:
    """Give the installation; its clock is an hour ahead, so that everything in it has settled."""
    before = os.umask(PRIVATE)
    clock = FakeClock(utc_now() + timedelta(hours=1))
    directory.mkdir(exist_ok=True)
    database = a_database(directory)
    fakes = {host: FakeDriver(directory / "fake" / host) for host in (HOST, OTHER_HOST)}
    try:
        installation = Installation(
            database=database, state_dir=directory, drivers=dict(fakes), clock=clock
        )
        with database.write() as tx:
            _fill(tx, clock)
        _make_files(directory)
        fakes[HOST].ensure_running(
            Machine(INSTANCE, 1, 1, 128, root=None, volumes=(), ports=(), config_drive=None)
        )
        yield installation
    finally:
        os.umask(before)
        database.close()


def put(tx: Tx, model: type[SQLModel], **values: Any) -> None:
    """Insert a row; columns that are not named are empty, or of now."""
    table = core(model)
    row = {
        column.name: values[column.name] if column.name in values else _empty(column)
        for column in table.columns
        if column.name in values or not column.primary_key
    }
    tx.execute(table.insert(), row)


def restarted(installation: Installation) -> Installation:
    """Return the installation as the next daemon finds it: fake drivers have read their files."""
    root = installation.state_dir / "fake"
    return replace(
        installation, drivers={host: FakeDriver(root / host) for host in installation.drivers}
    )


def _empty(column: Any) -> Any:
    if column.nullable:
        return None
    if isinstance(column.type, JSON):
        return []
    if isinstance(column.type, UtcDateTime | DateTime):
        return utc_now()
    if isinstance(column.type, Boolean):
        return False
    kind = column.type.python_type
    return "" if kind in (object, str) else kind()


def _fill(tx: Tx, clock: FakeClock) -> None:
    reports = [(host, "nova", "fake", CAPACITY) for host in (HOST, OTHER_HOST)]
    hosts.seen(tx, reports, clock())
    put(tx, ProjectRow, id="demo", name="demo", enabled=True)
    put(tx, UserRow, id="anna", name="anna", enabled=True)
    put(tx, NetworkRow, id="net", name="private", project_id="demo", shared=True)
    put(tx, SubnetRow, id="sub", name="sub", network_id="net", cidr="10.20.0.0/24")
    _fill_instance(tx)
    put(
        tx,
        ImageRow,
        id=IMAGE,
        name="tiny",
        status="active",
        disk_format="raw",
        size_bytes=len(CONTENT),
        sha256=SHA256,
        properties={},
    )
    put(
        tx,
        PortRow,
        id=PORT,
        network_id="net",
        project_id="demo",
        mac="fa:16:3e:00:00:01",
        device_id=INSTANCE,
        made_for_device=True,
        host=HOST,
        kind="user",
        status="ACTIVE",
    )
    put(tx, FixedIpRow, network_id="net", address=ADDRESS, subnet_id="sub", port_id=PORT)
    put(tx, VolumeRow, id=VOLUME, name="data", project_id="demo", size_gib=1, status="in-use")
    put(
        tx,
        AttachmentRow,
        id=ATTACHMENT,
        volume_id=VOLUME,
        instance_id=INSTANCE,
        host=HOST,
        status="attached",
    )
    put(
        tx,
        JournalRow,
        instance_id=INSTANCE,
        saga="boot",
        attempt=1,
        action="spawn",
        state="done",
        ended_at=utc_now(),
    )


def _fill_instance(tx: Tx) -> None:
    put(
        tx,
        InstanceRow,
        id=INSTANCE,
        project_id="demo",
        user_id="anna",
        name="web",
        vm_state="active",
        power_state=1,
        host=HOST,
        flavor=asdict(NANO),
        vcpus=NANO.vcpus,
        ram_mib=NANO.ram_mib,
        disk_gib=NANO.disk_gib,
        image_id=IMAGE,
        meta={},
        nics=[{"port_id": PORT, "network_id": "net", "fixed_ip": None, "existing": False}],
        volumes=[
            {
                "volume_id": VOLUME,
                "attachment_id": ATTACHMENT,
                "boot_index": None,
                "delete_on_termination": False,
            }
        ],
        addresses=[
            {
                "network": "private",
                "address": ADDRESS,
                "port_id": PORT,
                "mac": "fa:16:3e:00:00:01",
            }
        ],
        attempt=1,
        request_id="req-1",
    )
    claims = Resources(NANO.vcpus, NANO.ram_mib, NANO.disk_gib)
    claimed = hosts.claim(tx, INSTANCE, HOST, claims, utc_now())
    assert claimed is not None
    quotas.recount(tx, "demo")


def _make_files(directory: Path) -> None:
    for room in ("images", "volumes"):
        (directory / room).mkdir(mode=0o700)
    (directory / "images" / IMAGE).write_bytes(CONTENT)
    (directory / "volumes" / VOLUME).write_bytes(b"a volume")
    ImageCache(directory / "cache")
    copy = directory / "cache" / SHA256
    copy.write_bytes(CONTENT)
    copy.with_name(f"{SHA256}.verified").write_text("stamp")
    (directory / "cache" / "holds" / INSTANCE).hardlink_to(copy)


def operations_of(installation: Installation) -> Operations:
    """Return the tools of an installation whose messages go nowhere."""
    outbox = Outbox(installation.database, RecordingBus(), installation.clock)
    return Operations(installation, Letters(installation.database, outbox, installation.clock))
