"""Which cards may be asked for, and which may be taken out."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.cloud import FakeServices, Stores
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from vmctld.compute.api.actions import Actions
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.interfaces import MAX_CARDS, Interfaces
from vmctld.compute.api.watch import Watchers
from vmctld.compute.outbox import Outbox
from vmctld.domain.instance import Instance, Nic, TaskState, VmState
from vmctld.domain.network import NicRequest
from vmctld.errors import InvalidRequest, NotFound, QuotaExceeded
from vmctld.storage.database import Database

ME = a_caller()
PORT = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def interfaces(
    database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> Interfaces:
    instances = Instances(database, Watchers(bus))
    return Interfaces(Actions(outbox, bus, clock), instances, FakeServices(Stores()))


def _running(database: Database, *nics: Nic) -> Instance:
    instance = an_instance(vm_state=VmState.ACTIVE, task_state=None, nics=nics)
    keep(database, instance)
    return instance


def test_a_card_is_accepted_with_the_id_of_the_port_that_it_will_have(
    interfaces: Interfaces, database: Database
) -> None:
    instance = _running(database)

    begun, nic = interfaces.attach(ME, instance.id, NicRequest("net-1"))

    assert begun.task_state is TaskState.ATTACHING_INTERFACE
    assert begun.task is not None
    assert begun.task.nic == nic == Nic(nic.port_id, "net-1")


def test_a_request_that_is_sent_again_draws_the_same_port(
    interfaces: Interfaces, database: Database
) -> None:
    instance = _running(database)

    _, first = interfaces.attach(ME, instance.id, NicRequest("net-1"))
    _, again = interfaces.attach(ME, instance.id, NicRequest("net-1"))

    assert first == again


@pytest.mark.parametrize(
    "wish",
    [
        NicRequest("net-1", PORT),
        NicRequest(None, PORT, "10.0.0.9"),
        NicRequest(None, None, "10.0.0.9"),
    ],
)
def test_what_contradicts_itself_is_refused(
    interfaces: Interfaces, database: Database, wish: NicRequest
) -> None:
    instance = _running(database)

    with pytest.raises(InvalidRequest) as refused:
        interfaces.attach(ME, instance.id, wish)

    assert refused.value.code == "invalid-nic"
    assert kept(database, instance.id).task is None


def test_a_server_has_so_many_cards_and_no_more(interfaces: Interfaces, database: Database) -> None:
    full = (Nic(f"11111111-2222-4333-8444-{number:012}", "net-1") for number in range(MAX_CARDS))
    instance = _running(database, *full)

    with pytest.raises(QuotaExceeded) as refused:
        interfaces.attach(ME, instance.id, NicRequest("net-1"))

    assert refused.value.code == "too-many-cards"


def test_a_card_that_is_there_is_taken_out_and_another_is_not_found(
    interfaces: Interfaces, database: Database
) -> None:
    instance = _running(database, Nic(PORT, "net-1"))

    for port in ("99999999-2222-4333-8444-555555555555", "web; reboot"):
        with pytest.raises(NotFound) as refused:
            interfaces.detach(ME, instance.id, port)
        assert refused.value.code == "port-not-attached"
    begun = interfaces.detach(ME, instance.id, PORT.upper())

    assert begun.task_state is TaskState.DETACHING_INTERFACE
    assert begun.task is not None
    assert begun.task.nic == Nic(PORT, "net-1")
