"""Looks twice, then speaks; looks a third time, then mends.

A running daemon is never quite consistent: a machine may be up a moment before the snapshot
knows its instance.  So what is suspicious in one look is looked for again, in a new snapshot
and after a moment, and only what both saw is a finding.  Mending looks once more, inside the
writing transaction: nothing can come alive between that look and its cure.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from vmctld.domain.operations import Finding
from vmctld.errors import VmctlError
from vmctld.operations.audit.checks import CHECKS
from vmctld.operations.audit.suspect import Check, Suspect
from vmctld.operations.audit.world import Machines, World, machines_of
from vmctld.operations.installation import Installation
from vmctld.storage.database import Tx
from vmctld.storage.repositories import hosts

log = structlog.get_logger(__name__)

SETTLE_S = 0.5  # what is in the middle of a step when it is first seen has left it by then

Key = tuple[str, str]  # kind and subject
Suspects = Mapping[Check, Mapping[Key, Suspect]]


class Auditor:
    """Finds what is wrong and mends what can be mended safely.  Thread-safe, one at a time."""

    def __init__(
        self,
        installation: Installation,
        *,
        checks: Sequence[Check] = CHECKS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._installation = installation
        self._checks = checks
        self._pause = pause
        self._one_at_a_time = threading.Lock()

    def audit(self, *, repair: bool = False, deep: bool = False) -> tuple[Finding, ...]:
        """Return what is wrong, with ``repair`` mended where that is safe; nothing: clean.

        ``deep`` also reads whole files to compare their hashes.
        """
        with self._one_at_a_time:
            first = self._look(self._checks, deep=deep)
            if not first:
                return ()
            self._pause(SETTLE_S)
            again = self._look(first, deep=deep)
            confirmed = {
                check: {key: suspect for key, suspect in found.items() if key in first[check]}
                for check, found in again.items()
            }
            mended = self._repair(confirmed, deep=deep) if repair else set()
        return tuple(
            Finding(check.invariant, *key, suspect.detail, (check, key) in mended)
            for check, found in confirmed.items()
            for key, suspect in found.items()
        )

    def unseen_hosts(self) -> tuple[str, ...]:
        """Return the hosts that an audit does not see into: in other processes, or silent."""
        with self._installation.database.read() as tx:
            known = {host.name for host in hosts.everything(tx)}
        return tuple(sorted(known - machines_of(self._installation.drivers).keys()))

    def _look(self, checks: Iterable[Check], *, deep: bool) -> Suspects:
        """Return the suspects of those checks that have any."""
        with self._installation.database.read() as tx:
            world = World(tx, self._installation, deep=deep)
            found = {check: _by_key(check.look(world)) for check in checks}
        return {check: suspects for check, suspects in found.items() if suspects}

    def _repair(self, confirmed: Suspects, *, deep: bool) -> set[tuple[Check, Key]]:
        """Mend what can be mended and return it."""
        mended: set[tuple[Check, Key]] = set()
        machines = machines_of(self._installation.drivers)
        for check, suspects in confirmed.items():
            try:
                left = self._mend_rows(check, suspects, machines, deep=deep)
            except (VmctlError, OSError):
                log.exception("an audit could not mend", check=check.name)
                continue
            for key, suspect in suspects.items():
                # One that is not left went with what an earlier cure took away
                if key not in left or _is_cured(check, left[key]):
                    log.warning("an audit mended", detail=suspect.detail, **_facts(check, suspect))
                    mended.add((check, key))
            if any(suspect.afterwards for suspect in left.values()):
                machines = machines_of(self._installation.drivers)
        return mended

    def _mend_rows(
        self, check: Check, confirmed: Mapping[Key, Suspect], machines: Machines, *, deep: bool
    ) -> dict[Key, Suspect]:
        """Mend in the database what of ``confirmed`` is still wrong, and return that."""

        def mend(tx: Tx) -> dict[Key, Suspect]:
            world = World(tx, self._installation, machines=machines, deep=deep)
            found = _by_key(check.look(world))
            left = {key: found[key] for key in confirmed if key in found}
            for suspect in left.values():
                if suspect.mend is not None:
                    suspect.mend(tx)
            return left

        return self._installation.database.run_alone(mend)


def _by_key(suspects: Iterable[Suspect]) -> dict[Key, Suspect]:
    return {(suspect.kind, suspect.subject): suspect for suspect in suspects}


def _is_cured(check: Check, suspect: Suspect) -> bool:
    """Do what comes after the database; return whether the suspect is mended now."""
    try:
        if suspect.afterwards is not None:
            suspect.afterwards()
    except (VmctlError, OSError):
        log.exception("an audit could not mend", **_facts(check, suspect))
        return False
    return suspect.can_be_mended


def _facts(check: Check, suspect: Suspect) -> dict[str, str]:
    return {
        "check": check.name,
        "invariant": check.invariant,
        "kind": suspect.kind,
        "subject": suspect.subject,
    }
