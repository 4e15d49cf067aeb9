"""I10: an instance in ERROR says why, and says nothing that is for nobody's eyes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select, update

from vmctld.compute import boot
from vmctld.domain.instance import Fault, VmState
from vmctld.observe.secrets import SCRUBBED, without_tokens
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories.instance_rows import fault_to_json
from vmctld.storage.tables.compute import InstanceRow

_INSTANCES = core(InstanceRow)
_I = _INSTANCES.c
_FAULTS = select(_I.id, _I.vm_state, _I.task_state, _I.fault, _I.request_id, _I.updated_at).where(
    _I.vm_state != VmState.DELETED.value
)
_NEEDED = ("code", "message", "component", "created_at", "request_id")


def missing_faults(world: World) -> Iterator[Suspect]:
    """An instance in ERROR that does not say why: says that nobody knows."""
    for row in world.tx.execute(_FAULTS.where(_I.vm_state == VmState.ERROR.value)):
        missing = _missing(row.fault)
        if missing:
            yield Suspect(
                "fault",
                row.id,
                f"in ERROR without {', '.join(missing)}",
                mend=partial(_set_fault, row.id, {**_unknown(row), **_kept(row.fault)}),
            )


def telling_faults(world: World) -> Iterator[Suspect]:
    """A fault that names a path of the host or holds a token: taken out."""
    for row in world.tx.execute(_FAULTS.where(_I.fault.is_not(None))):
        clean = _cleaned(row.fault, str(world.state_dir))
        if clean != row.fault:
            yield Suspect(
                "fault-text",
                row.id,
                "the fault holds a path of the host or a token",
                mend=partial(_set_fault, row.id, clean),
            )


def _missing(fault: Mapping[str, Any] | None) -> list[str]:
    if not fault:
        return ["a fault"]
    missing = [name for name in _NEEDED if not fault.get(name)]
    return missing if fault.get("step") in (0, *boot.STEPS) else [*missing, "a step"]


def _kept(fault: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = {name: value for name, value in (fault or {}).items() if value}
    if kept.get("step") not in boot.STEPS:
        kept.pop("step", None)
    return kept


def _unknown(row: Any) -> dict[str, Any]:
    fault = Fault(
        code="cause-unknown",
        message="the server failed, and its cause was not recorded",
        hint="the daemon's log has the rest, by the request id",
        step=0,
        component="conductor",
        created_at=row.updated_at,
        request_id=row.request_id or "unknown",
    )
    return fault_to_json(fault)


def _cleaned(fault: Mapping[str, Any], state_dir: str) -> Any:
    return json.loads(
        without_tokens(json.dumps(fault, ensure_ascii=False).replace(state_dir, SCRUBBED))
    )


def _set_fault(instance_id: str, fault: Mapping[str, Any], tx: Tx) -> None:
    tx.execute(update(_INSTANCES).where(_I.id == instance_id).values(fault=fault))
