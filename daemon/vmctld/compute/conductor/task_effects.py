"""What an action that is done changes of its instance's record beside its state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from vmctld.compute.placing import claims_of
from vmctld.domain.instance import Address, Aside, Instance, Nic, Task, VmState, VolumePlan
from vmctld.storage.columns import plain
from vmctld.storage.database import Tx
from vmctld.storage.repositories import claims, instances, usage_intervals
from vmctld.storage.repositories.instance_rows import aside_to_json

SIZING = frozenset({"resize", "confirmResize", "revertResize", "shelveOffload"})
"""After these a host has more room, or less."""


def changes_of(
    instance: Instance, task: Task, now: datetime, plugged_in: Sequence[Address] = ()
) -> dict[str, object]:
    """Return the columns that the action changes, with their new values."""
    if task.nic is not None:
        return _cards_after(instance, task.nic, plugged_in)
    if task.volume is not None:
        return {"volumes": [plain(plan) for plan in _volumes_after(instance, task)]}
    if task.action == "rebuild":
        return {"image_id": task.image_id, "image_name": task.image_name}
    if task.action == "resize" and task.flavor is not None:
        aside = Aside(task.vm_state, instance.flavor, task.id)
        return {"flavor": plain(task.flavor), "aside": aside_to_json(aside)}
    if task.action == "softDelete":
        return {"deadline_at": now + timedelta(seconds=task.kept_s)}
    if task.action == "shelve":
        aside = Aside(task.vm_state, image_id=task.image_id)
        keeps_host = task.kept_s < 0
        deadline_at = None if keeps_host else now + timedelta(seconds=task.kept_s)
        return {"aside": aside_to_json(aside), "deadline_at": deadline_at}
    if task.action == "shelveOffload":
        return {"host": None}
    if task.action in ("confirmResize", "unshelve"):
        return {"aside": None}
    if task.action == "revertResize" and instance.aside and instance.aside.flavor:
        return {"flavor": plain(instance.aside.flavor), "aside": None}
    return {}


def _cards_after(instance: Instance, nic: Nic, plugged_in: Sequence[Address]) -> dict[str, object]:
    """Return the cards without the one that the task was about, or with it if it is there now."""
    nics = [other for other in instance.nics if other.port_id != nic.port_id]
    addresses = [other for other in instance.addresses if other.port_id != nic.port_id]
    if plugged_in:
        nics.append(nic)
        addresses += plugged_in
    return {"nics": [plain(one) for one in nics], "addresses": [plain(one) for one in addresses]}


def _volumes_after(instance: Instance, task: Task) -> list[VolumePlan]:
    assert task.volume is not None
    if task.action == "extend_volume":
        return list(instance.volumes)
    one = task.volume.attachment_id
    others = [plan for plan in instance.volumes if plan.attachment_id != one]
    return [*others, task.volume] if task.action == "attach_volume" else others


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
