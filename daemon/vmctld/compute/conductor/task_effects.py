"""What an action that is done changes of its instance's record beside its state."""

from __future__ import annotations

from datetime import datetime, timedelta

from vmctld.compute.placing import claims_of
from vmctld.domain.instance import Aside, Instance, Task, VmState
from vmctld.storage.columns import plain
from vmctld.storage.database import Tx
from vmctld.storage.repositories import claims, instances, usage_intervals
from vmctld.storage.repositories.instance_rows import aside_to_json

SIZING = frozenset({"resize", "confirmResize", "revertResize"})


def changes_of(instance: Instance, task: Task, now: datetime) -> dict[str, object]:
    """Return the columns that the action changes, with their new values."""
    if task.action == "rebuild":
        return {"image_id": task.image_id, "image_name": task.image_name}
    if task.action == "resize" and task.flavor is not None:
        aside = Aside(task.vm_state, instance.flavor, task.id)
        return {"flavor": plain(task.flavor), "aside": aside_to_json(aside)}
    if task.action == "softDelete":
        return {"deadline_at": now + timedelta(seconds=task.kept_s)}
    if task.action == "confirmResize":
        return {"aside": None}
    if task.action == "revertResize" and instance.aside and instance.aside.flavor:
        return {"flavor": plain(instance.aside.flavor), "aside": None}
    return {}


def settle_claims(tx: Tx, instance_id: str, now: datetime) -> None:
    """Give back what was claimed for a size that the instance does not have and need not keep.

    While a resize is on trial the room for the old size stays claimed: it can always go back.
    """
    instance = instances.get(tx, instance_id)
    if instance is None or instance.vm_state is VmState.RESIZED or instance.host is None:
        return
    wanted = claims_of(instance)
    if claims.claimed(tx, instance_id) != wanted:
        claims.settle(tx, instance, wanted, now)
        usage_intervals.change(tx, instance, wanted, now)
