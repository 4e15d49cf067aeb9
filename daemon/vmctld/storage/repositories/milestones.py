"""What an installation does once in its life, whoever starts it and however often."""

from __future__ import annotations

from datetime import datetime

from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.operations import MilestoneRow

_insert_if_absent = InsertIfAbsent(core(MilestoneRow))


def reach(tx: Tx, name: str, now: datetime) -> bool:
    """Note that something is being done; False when it was done before.

    What is done belongs into the same transaction: after a crash there is both or neither.
    """
    return _insert_if_absent(tx, {"name": name, "reached_at": now})
