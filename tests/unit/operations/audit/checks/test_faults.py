"""Faults that say too little or too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.living import INSTANCE
from tests.support.planted.records import CANARY
from vmctld.operations.audit.checks.faults import missing_faults, telling_faults
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import instances

FAULT = {
    "code": "no-valid-host",
    "message": "no room",
    "hint": "",
    "step": 10,
    "component": "scheduler",
    "created_at": "2026-03-01T12:00:00+00:00",
    "request_id": "req-1",
    "facts": {},
}
Look = Callable[..., list[Suspect]]


def test_a_whole_fault_is_left_alone(look: Look, change_instance: Any) -> None:
    change_instance(vm_state="error", fault=FAULT)

    assert look(missing_faults) == look(telling_faults) == []


def test_what_is_missing_is_named_and_the_rest_is_kept(
    installation: Installation,
    look: Look,
    mend: Callable[[Suspect], None],
    change_instance: Any,
) -> None:
    change_instance(vm_state="error", fault={**FAULT, "component": "", "step": 99})

    (suspect,) = look(missing_faults)
    mend(suspect)

    assert suspect.detail == "in ERROR without component, a step"
    assert look(missing_faults) == []
    with installation.database.read() as tx:
        mended = instances.get(tx, INSTANCE)
    assert mended is not None
    assert mended.fault is not None
    assert (mended.fault.code, mended.fault.message) == ("no-valid-host", "no room")
    assert (mended.fault.component, mended.fault.step) == ("conductor", 0)


def test_paths_and_tokens_are_taken_out_of_a_fault(
    installation: Installation,
    look: Look,
    mend: Callable[[Suspect], None],
    change_instance: Any,
) -> None:
    message = f"{installation.state_dir}/images/x is not for {CANARY}"
    change_instance(vm_state="error", fault={**FAULT, "facts": {"why": message}})

    (suspect,) = look(telling_faults)
    mend(suspect)

    with installation.database.read() as tx:
        mended = instances.get(tx, INSTANCE)
    assert mended is not None
    assert mended.fault is not None
    assert mended.fault.facts == {"why": "[scrubbed]/images/x is not for [scrubbed]"}
