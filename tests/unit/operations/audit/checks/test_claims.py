"""Claims that do not match what instances use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.living import HOST, INSTANCE, OTHER_HOST
from vmctld.operations.audit.checks.claims import (
    host_totals,
    overfull_hosts,
    stray_allocations,
    wrong_allocations,
)
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import hosts

Look = Callable[..., list[Suspect]]


def test_a_claim_of_an_instance_without_a_host_is_given_back(
    look: Look, mend: Callable[[Suspect], None], change_instance: Any
) -> None:
    change_instance(vm_state="error", host=None)

    (suspect,) = look(stray_allocations)
    mend(suspect)

    assert suspect.detail == f"1 vCPU, 128 MiB on {HOST} claimed by an instance without a host"
    assert look(stray_allocations) == look(host_totals) == []


def test_a_claim_on_another_host_moves_to_the_instances_own(
    installation: Installation,
    look: Look,
    mend: Callable[[Suspect], None],
    change_instance: Any,
) -> None:
    change_instance(host=OTHER_HOST)

    (suspect,) = look(wrong_allocations)
    mend(suspect)

    assert look(wrong_allocations) == look(host_totals) == []
    with installation.database.read() as tx:
        claimed = {host.name: host.instances for host in hosts.everything(tx)}
    assert claimed == {HOST: 0, OTHER_HOST: 1}


def test_a_claim_of_another_size_is_made_anew(
    look: Look, mend: Callable[[Suspect], None], change_instance: Any
) -> None:
    change_instance(ram_mib=256)

    (suspect,) = look(wrong_allocations)
    mend(suspect)

    assert suspect.subject == INSTANCE
    assert look(wrong_allocations) == look(host_totals) == []


def test_a_host_whose_free_room_is_wrong_is_counted_again_from_its_claims(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("UPDATE hosts SET free_vcpus = 0, instances = 9")

    for suspect in look(host_totals):
        mend(suspect)

    assert look(host_totals) == []
    with installation.database.read() as tx:
        free = {host.name: host.free_vcpus for host in hosts.everything(tx)}
    assert free == {HOST: 31, OTHER_HOST: 32}


def test_a_host_that_shrank_below_its_claims_is_for_a_person_to_see(
    installation: Installation, look: Look
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("UPDATE hosts SET ram_mib = 100, free_ram_mib = -28 WHERE instances = 1")

    (suspect,) = look(overfull_hosts)

    assert not suspect.can_be_mended
    assert "31/-28/99" in suspect.detail
