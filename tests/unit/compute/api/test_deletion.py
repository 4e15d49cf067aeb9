from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from vmctld.compute import messages as m
from vmctld.compute.api.deletion import Deletion
from vmctld.compute.outbox import Outbox
from vmctld.domain.instance import TaskState
from vmctld.errors import Conflict, NotFound
from vmctld.observe import context
from vmctld.storage.database import Database
from vmctld.storage.repositories import actions, instances


@pytest.fixture
def deletion(outbox: Outbox, bus: RecordingBus, clock: FakeClock) -> Deletion:
    return Deletion(outbox, bus, clock)


def test_a_deletion_is_accepted_whatever_is_going_on(
    deletion: Deletion, database: Database, bus: RecordingBus
) -> None:
    instance = an_instance()
    keep(database, instance)

    with context.bind(request_id="req-2"):
        going = deletion.delete(a_caller(), "web", all_projects=False)

    assert going.task_state is TaskState.DELETING
    assert bus.sent == [("conductor", m.TerminateInstance(instance.id))]
    assert bus.told == [("instance-changed", m.InstanceChanged(instance.id))]
    with database.read() as tx:
        (action,) = actions.of_instance(tx, instance.id)
    assert (action.action, action.request_id) == ("delete", "req-2")


def test_asking_again_changes_nothing(
    deletion: Deletion, database: Database, bus: RecordingBus
) -> None:
    instance = an_instance()
    keep(database, instance)
    first = deletion.delete(a_caller(), instance.id, all_projects=False)

    again = deletion.delete(a_caller(), instance.id, all_projects=False)

    assert again == first
    assert len(bus.sent) == 1


def test_what_is_gone_cannot_be_deleted(deletion: Deletion, database: Database) -> None:
    instance = an_instance()
    keep(database, instance)
    with database.write() as tx:
        instances.finish_delete(tx, instance.id, NOON)

    with pytest.raises(NotFound):
        deletion.delete(a_caller(), instance.id, all_projects=False)


@pytest.mark.parametrize("reference", ["id", "web"])
def test_a_request_whose_answer_was_lost_is_repeated_in_vain_and_no_failure(
    deletion: Deletion, database: Database, reference: str
) -> None:
    instance = an_instance()
    keep(database, instance)
    reference = instance.id if reference == "id" else reference
    with context.bind(request_id="req-2"):
        deletion.delete(a_caller(), reference, all_projects=False)
    with database.write() as tx:
        instances.finish_delete(tx, instance.id, NOON)

    with context.bind(request_id="req-2"):
        again = deletion.delete(a_caller(), reference, all_projects=False)
        with pytest.raises(NotFound):
            deletion.delete(a_caller(user="bob"), reference, all_projects=False)
    with context.bind(request_id="req-3"), pytest.raises(NotFound):
        deletion.delete(a_caller(), reference, all_projects=False)

    assert (again.id, again.status) == (instance.id, "DELETED")


def test_what_belongs_to_another_project_does_not_exist(
    deletion: Deletion, database: Database
) -> None:
    instance = an_instance(project_id="other")
    keep(database, instance)

    for reference in (instance.id, "web"):
        with pytest.raises(NotFound):
            deletion.delete(a_caller(), reference, all_projects=False)

    assert kept(database, instance.id).task_state is TaskState.SCHEDULING


def test_an_admin_deletes_by_id_and_by_name_only_in_all_projects(
    deletion: Deletion, database: Database
) -> None:
    first, second = an_instance(project_id="other"), an_instance(project_id="other", name="db")
    keep(database, first, second)
    deletion.delete(an_admin(), first.id, all_projects=False)
    with pytest.raises(NotFound):
        deletion.delete(an_admin(), "db", all_projects=False)

    deletion.delete(an_admin(), "db", all_projects=True)

    assert kept(database, second.id).task_state is TaskState.DELETING


def test_a_name_that_means_two_deletes_neither(deletion: Deletion, database: Database) -> None:
    keep(database, an_instance(), an_instance())

    with pytest.raises(Conflict):
        deletion.delete(a_caller(), "web", all_projects=False)
