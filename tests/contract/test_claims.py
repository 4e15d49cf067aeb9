"""Twenty writers at once, on each database: nothing is given twice, and no room is lost."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, update

from tests.support.callers import a_build, a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.instances import keep_hosts
from tests.support.recording_bus import RecordingBus
from tests.support.volumes import a_volume
from vmctld.compute.keypairs import Keypairs
from vmctld.compute.outbox import Outbox, OutboxTx
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.instance import Nic, Resources
from vmctld.domain.machine import HostCapacity
from vmctld.domain.network import SubnetRequest
from vmctld.domain.quota import Usage
from vmctld.domain.volume import AttachmentRequest, VolumeStatus
from vmctld.errors import VmctlError
from vmctld.identity.passwords import Passwords
from vmctld.identity.service import Identity
from vmctld.network.service import NetworkService
from vmctld.storage.columns import core
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import attachments, hosts, quotas, users, volumes
from vmctld.storage.tables.compute import HostRow
from vmctld.storage.tables.volume import AttachmentRow

WRITERS = 20
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNX/3chmQSVTG4"


@pytest.fixture
def database(fresh_database: Callable[[], Database]) -> Iterator[Database]:
    database = fresh_database()
    yield database
    database.close()


def at_once(work: Callable[[int], object], writers: int = WRITERS) -> list[object]:
    """Return what each call of ``work`` came to: its answer, or its error's code."""
    ready = Barrier(writers)

    def one(number: int) -> object:
        ready.wait(30)
        try:
            return work(number)
        except VmctlError as error:
            return error.code

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(one, range(writers)))


def test_a_project_never_gets_more_than_its_quota_not_even_at_its_first_claim(
    database: Database,
) -> None:
    limits = {"instances": 12, "cores": -1, "ram_mib": -1}

    def claim(_: int) -> bool:
        return database.run(lambda tx: quotas.claim(tx, "demo", Usage(1, 2, 64), limits))

    assert Counter(at_once(claim)) == {True: 12, False: 8}
    with database.read() as tx:
        assert quotas.usage_of(tx, "demo") == Usage(12, 24, 768)


def test_a_host_never_promises_more_than_it_has(database: Database) -> None:
    keep_hosts(database, "a", capacity=HostCapacity(vcpus=8, ram_mib=700, disk_gib=100))

    def claim(number: int) -> bool:
        wanted = Resources(1, 64, 1)
        return database.run(lambda tx: hosts.claim(tx, str(number), "a", wanted, NOON)) is not None

    assert Counter(at_once(claim)) == {True: 10, False: 10}
    _check_host(database)


def test_two_requests_that_wait_for_each_other_are_both_accepted(database: Database) -> None:
    keep_hosts(database, "a", "b")
    outbox, first_round = Outbox(database, RecordingBus(), lambda: NOON), Barrier(2)
    tries: list[int] = []

    def request(number: int) -> int:
        one, other = ("a", "b") if number else ("b", "a")

        def work(posting: OutboxTx) -> int:
            tries.append(number)
            _lock(posting.tx, one)
            if tries.count(number) == 1 and not database.is_sqlite:  # there the second one waits
                first_round.wait(30)
            _lock(posting.tx, other)
            return number

        return outbox.run("7", work)

    assert at_once(request, 2) == [0, 1]
    assert len(tries) == (2 if database.is_sqlite else 3)  # one of two was taken back, and repeated


def _lock(tx: Tx, host: str) -> None:
    """Change a host's row, which keeps others from it until the transaction ends."""
    hosts_table = core(HostRow)
    tx.execute(update(hosts_table).where(hosts_table.c.name == host).values(enabled=True))


def test_a_host_that_changes_its_size_amid_claims_counts_them_all(database: Database) -> None:
    small, large = HostCapacity(100, 10_000, 1_000), HostCapacity(200, 20_000, 2_000)
    keep_hosts(database, "a", capacity=small)

    def work(number: int) -> None:
        for turn in range(5):
            if number == 0:
                grown = [("a", "nova", "fake", large if turn % 2 else small)]
                database.run(lambda tx, grown=grown: hosts.seen(tx, grown, NOON))
                continue
            name = f"{number}-{turn}"
            wanted = Resources(1, 10, 1)
            database.run(lambda tx, n=name, w=wanted: hosts.claim(tx, n, "a", w, NOON))
            if turn % 2:
                database.run(lambda tx, n=name: hosts.release(tx, n))

    assert set(at_once(work)) == {None}
    _check_host(database)


def _check_host(database: Database) -> None:
    with database.read() as tx:
        (host,) = hosts.everything(tx)
        claimed = hosts.totals(tx, ["a"])["a"]
    assert host.claimed == claimed
    assert min(host.free_vcpus, host.free_ram_mib, host.free_disk_gib) >= 0


def test_two_daemons_give_every_address_of_a_pool_once(database: Database) -> None:
    daemons = [NetworkService(database, FakeClock()) for _ in range(2)]
    network = daemons[0].networks.create_network(a_caller(), "blue")
    wanted = SubnetRequest(network=network.id, cidr="10.1.0.0/28")  # 13 for ports
    daemons[0].subnets.create_subnet(a_caller(), wanted)

    def build(number: int) -> object:
        instance_id = str(uuid.UUID(int=number))
        nic = Nic(port_id=str(uuid.uuid4()), network_id=network.id)
        service = daemons[number % 2].builds
        caller = a_build(instance_id)
        (wiring,) = service.ensure_ports(caller, instance_id, "host-1", [nic])
        return wiring.address

    given = Counter(at_once(build))

    assert given.pop("no-free-address") == WRITERS - 13
    assert given == {f"10.1.0.{number}": 1 for number in range(2, 15)}


def test_a_volume_belongs_to_one_instance_and_a_doubled_release_frees_no_others(
    database: Database,
) -> None:
    with database.write() as tx:
        volumes.insert_volume(tx, a_volume())

    def work(number: int) -> None:
        instance_id = f"i-{number // 2}"  # each of them twice, as a doubled message
        request = AttachmentRequest(attachment_id=f"a-{instance_id}", volume_id="v1")
        for _ in range(5):
            if database.run(lambda tx: _reserve(tx, request, instance_id)):
                database.run(lambda tx: _release(tx, instance_id))
            database.run(lambda tx: _release(tx, instance_id))
        database.run(lambda tx: _reserve(tx, request, instance_id))

    assert set(at_once(work)) == {None}
    with database.read() as tx:
        held = tx.execute(select(core(AttachmentRow))).all()
        volume = volumes.get_volume(tx, "v1")
    assert volume is not None
    expected = VolumeStatus.RESERVED if held else VolumeStatus.AVAILABLE
    assert volume.status is expected


def _reserve(tx: Tx, request: AttachmentRequest, instance_id: str) -> bool:
    if not volumes.move_volume(tx, request.volume_id, VolumeStatus.RESERVED, NOON):
        return False
    assert attachments.insert_attachment(tx, request, instance_id, NOON)
    return True


def _release(tx: Tx, instance_id: str) -> None:
    ended = attachments.end_attachments(
        tx, instance_id, attachment_ids=(), host=None, project_id=None
    )
    for volume_id in ended:
        assert volumes.move_volume(tx, volume_id, VolumeStatus.AVAILABLE, NOON)


def test_subnets_that_overlap_are_made_once(database: Database) -> None:
    service = NetworkService(database, FakeClock())
    network = service.networks.create_network(a_caller(), "blue")

    def create(number: int) -> object:
        wanted = SubnetRequest(network=network.id, cidr=("10.1.0.0/24", "10.1.0.0/23")[number % 2])
        return service.subnets.create_subnet(a_caller(), wanted).network_id

    made = Counter(at_once(create))

    assert made.pop(network.id) == 1
    assert list(made.values()) == [WRITERS - 1]


def test_a_user_never_gets_more_key_pairs_than_the_quota(database: Database) -> None:
    project_quotas = ProjectQuotas(database)
    project_quotas.update_quotas(an_admin("demo"), {"key_pairs": 5})
    service = Keypairs(database, FakeClock(), project_quotas)

    def make(number: int) -> object:
        return service.import_keypair(a_caller(), f"key-{number}", KEY).kind

    assert Counter(at_once(make)) == {"ssh": 5, "quota-exceeded": 15}


def _identity(database: Database) -> Identity:
    return Identity(database, clock=FakeClock(), passwords=Passwords(memory_kib=8, slots=2))


def test_daemons_that_start_at_once_make_one_admin(database: Database, tmp_path: Path) -> None:
    daemons = [_identity(database) for _ in range(4)]

    answers = at_once(lambda number: daemons[number].start(tmp_path, "correct horse"), 4)

    assert Counter(answers) == {True: 1, False: 3}
    with database.read() as tx:
        assert users.find(tx, "admin").name == "admin"


def test_of_all_admins_who_leave_at_once_one_stays(database: Database, tmp_path: Path) -> None:
    identity = _identity(database)
    identity.start(tmp_path, "correct horse")
    names = ["admin", *(f"admin-{number}" for number in range(1, WRITERS))]
    for name in names[1:]:
        identity.users.create_user(name, "correct horse")
        identity.roles.add_role(name, "admin", "admin")

    left = at_once(lambda number: identity.roles.remove_role(names[number], "admin", "admin"))

    assert Counter(left) == {None: WRITERS - 1, "last-admin": 1}
