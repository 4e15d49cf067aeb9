"""The external auditor: the invariants I1 to I18, judged by what is seen from outside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.crash.checks import daemon, instances, machines, resources
from tests.crash.cloud import Cloud
from tests.crash.collect import collect
from tests.crash.evidence import Evidence, Ledger, Violation
from tests.crash.site import Site

Check = Callable[[Evidence, Ledger], Iterator[Violation]]

CHECKS: tuple[Check, ...] = (
    instances.nothing_is_lost,
    instances.nothing_is_twice,
    machines.hosts_add_up,
    machines.one_machine_each,
    resources.addresses_are_unique,
    resources.links_have_ports,
    resources.files_have_owners,
    resources.volumes_are_attached,
    resources.images_are_whole,
    instances.faults_are_complete,
    instances.nothing_is_overdue,
    instances.traces_are_whole,
    daemon.queues_are_empty,
    daemon.quotas_add_up,
    daemon.daemon_is_sound,
    daemon.secrets_are_kept,
    machines.machines_live_on,
)

GRACE_S = 5.0  # messages that were sent twice may still be on their way
PAUSE_S = 0.1


def judge(seen: Evidence, ledger: Ledger) -> list[Violation]:
    """Return every violation, in the order of the invariants."""
    return [violation for check in CHECKS for violation in check(seen, ledger)]


def audit(
    site: Site, cloud: Cloud, ledger: Ledger, *, grace_s: float = GRACE_S
) -> tuple[Evidence, list[Violation]]:
    """Look, and look again while something is wrong and the grace lasts."""
    deadline = time.monotonic() + grace_s
    while True:
        seen = collect(site, cloud)
        found = judge(seen, ledger)
        if not found or time.monotonic() >= deadline:
            return seen, found
        time.sleep(PAUSE_S)


def audit_cleanup(
    site: Site, cloud: Cloud, ledger: Ledger, clean_up: Callable[[], object]
) -> list[Violation]:
    """Return what is wrong (I18) if cleaning up once more still changes something."""
    before, found = audit(site, cloud, ledger)
    clean_up()
    after, found_later = audit(site, cloud, ledger)
    return [*found, *found_later, *daemon.cleaning_up_changes_nothing(before, after)]


def own_audit(cloud: Cloud, *, repair: bool = False) -> list[Violation]:
    """Return what ``vmctl audit`` finds where this auditor has found nothing."""
    return [
        Violation(f"vmctl audit {one.invariant}", one.subject, f"{one.kind}: {one.detail}")
        for one in cloud.audit(repair=repair)
    ]
