from __future__ import annotations

from datetime import timedelta

from tests.support.clock import NOON
from vmctld.domain.recorded import InstanceAction
from vmctld.storage.database import Database
from vmctld.storage.repositories import actions


def _action(action: str, minute: int, instance_id: str = "i-1") -> InstanceAction:
    at = NOON + timedelta(minutes=minute)
    return InstanceAction(instance_id, "req-1", action, "alice", "demo", at, at, "said")


def test_what_was_asked_is_found_newest_first(database: Database) -> None:
    create, delete = _action("create", 0), _action("delete", 5)
    with database.write() as tx:
        actions.add(tx, [create, delete, _action("create", 1, "i-2")])

    with database.read() as tx:
        assert actions.of_instance(tx, "i-1") == [delete, create]
