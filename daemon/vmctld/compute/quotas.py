"""Quotas: how much a project may have, and taking it in the transaction that uses it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from vmctld.domain.identity import Caller
from vmctld.domain.names import shown
from vmctld.domain.ownership import require_admin
from vmctld.domain.quota import DEFAULT_LIMITS, UNLIMITED, Quota, Quotas, Usage
from vmctld.errors import Fact, InvalidRequest, NotFound, QuotaExceeded
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import (
    keypairs,
    projects,
    quotas,
    security_groups,
    server_groups,
    volume_usage,
)

DEFAULT_CLASS: Final = "default"  # nova knows classes, and uses this one
LIFETIME_S: Final = 2.0  # how long another process's change may stay unseen
MAX_LIMIT: Final = 2**31 - 1  # nova's, and the column's
MOST_KEPT: Final = 10_000

_NOVAS_WORDS = {"instances": "instances", "cores": "cores", "ram_mib": "ram"}


class ProjectQuotas:
    """Rules for quotas.  Thread-safe; one for the whole process: it keeps limits in memory."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._kept: dict[str, tuple[Mapping[str, int], float]] = {}

    def get_quotas(self, caller: Caller, project: str = "") -> Quotas:
        """Return a project's limits and use; the caller's own unless an admin asks.

        Raises Forbidden, NotFound, Conflict (ambiguous).
        """
        with self._database.read() as tx:
            project_id = project_meant(tx, caller, project)
            used = quotas.usage_of(tx, project_id)
            own = project_id == caller.project_id  # key pairs are a user's, not a project's
            by_resource = {
                "instances": used.instances,
                "cores": used.cores,
                "ram_mib": used.ram_mib,
                "key_pairs": keypairs.count_keypairs(tx, caller.user_id) if own else 0,
                "server_groups": server_groups.count(tx, project_id),
                "security_groups": security_groups.count_groups(tx, project_id),
                "security_group_rules": security_groups.count_rules(tx, project_id),
                **volume_usage.usage_of(tx, project_id),
            }
            limits = _limits(tx, project_id)
        listed = (Quota(name, limits[name], by_resource.get(name, 0)) for name in sorted(limits))
        return Quotas(project_id, tuple(listed))

    def update_quotas(
        self, caller: Caller, limits: Mapping[str, int], project: str = "", *, force: bool = False
    ) -> Quotas:
        """Set some of a project's limits and return all of them.

        Below what is used only by ``force``; what is used stays.
        Raises Forbidden, InvalidRequest, NotFound, Conflict (ambiguous).
        """
        require_admin(caller, "change quotas")
        _check_limits(limits)

        def update(tx: Tx) -> str:
            project_id = project_meant(tx, caller, project)
            if not force:
                _check_use(tx, project_id, limits)
            quotas.set_limits(tx, project_id, limits)
            return project_id

        project_id = self._database.run(update)
        self._kept.pop(project_id, None)
        return self.get_quotas(caller, project_id)

    def reset_quotas(self, caller: Caller, project: str = "") -> Quotas:
        """Take a project's own limits away and return those that hold now.

        Raises Forbidden, NotFound, Conflict (ambiguous).
        """
        require_admin(caller, "change quotas")

        def reset(tx: Tx) -> str:
            project_id = project_meant(tx, caller, project)
            quotas.remove_limits(tx, project_id)
            return project_id

        project_id = self._database.run(reset)
        self._kept.pop(project_id, None)
        return self.get_quotas(caller, project_id)

    def get_class(self, name: str = "") -> Quotas:
        """Return the limits of whoever has none of their own.  Raises NotFound."""
        _check_class(name)
        with self._database.read() as tx:
            limits = {**DEFAULT_LIMITS, **quotas.class_limits(tx, DEFAULT_CLASS)}
        listed = (Quota(resource, limits[resource], 0) for resource in sorted(limits))
        return Quotas("", tuple(listed))

    def update_class(self, caller: Caller, limits: Mapping[str, int], name: str = "") -> Quotas:
        """Change the limits of whoever has none of their own, and return them.

        Raises Forbidden, InvalidRequest, NotFound.
        """
        require_admin(caller, "change quotas")
        _check_class(name)
        _check_limits(limits)
        self._database.run(lambda tx: quotas.set_class_limits(tx, DEFAULT_CLASS, limits))
        self._kept.clear()
        return self.get_class()

    def claim(self, tx: Tx, project_id: str, *, instances: int, cores: int, ram_mib: int) -> None:
        """Take from the project's quota, in the transaction that makes the instances.

        Raises QuotaExceeded, in nova's words, when any resource has too little left.
        """
        wanted = Usage(instances, cores, ram_mib)
        limits = self.limits_of(tx, project_id)
        if not quotas.claim(tx, project_id, wanted, limits):
            raise _exceeded(wanted, quotas.usage_of(tx, project_id), limits)

    def check(self, tx: Tx, project_id: str, wanted: Usage) -> Usage:
        """Return what the project would use with ``wanted``; raises QuotaExceeded as a claim."""
        limits, used = self.limits_of(tx, project_id), quotas.usage_of(tx, project_id)
        after = Usage(
            used.instances + wanted.instances,
            used.cores + wanted.cores,
            used.ram_mib + wanted.ram_mib,
        )
        if any(0 <= limits[name] < getattr(after, name) for name in _NOVAS_WORDS):
            raise _exceeded(wanted, used, limits)
        return after

    def check_metadata_items(self, tx: Tx, project_id: str, count: int) -> None:
        """Raise QuotaExceeded when a server of the project may not have so many."""
        limit = self.limits_of(tx, project_id)["metadata_items"]
        if 0 <= limit < count:
            raise QuotaExceeded(
                f"{count} metadata items, at most {limit} are allowed",
                code="too-much-metadata",
                hint="give the server fewer, or ask an admin for more",
                facts={"metadata_items": {"requested": count, "limit": limit}},
            )

    def release(self, tx: Tx, project_id: str, *, instances: int, cores: int, ram_mib: int) -> None:
        """Give back what instances used, in the transaction that ends them."""
        quotas.release(tx, project_id, Usage(instances, cores, ram_mib))

    def recount(self, tx: Tx, project_id: str) -> Usage:
        """Set the project's use to what its living instances say, and return that."""
        return quotas.recount(tx, project_id)

    def limits_of(self, tx: Tx, project_id: str) -> Mapping[str, int]:
        """Return all limits of a project, by resource."""
        now_s = self._monotonic()
        limits, until_s = self._kept.get(project_id, ({}, 0.0))
        if now_s < until_s:
            return limits
        limits = _limits(tx, project_id)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[project_id] = (limits, now_s + LIFETIME_S)
        return limits


def _limits(tx: Tx, project_id: str) -> dict[str, int]:
    """Return nova's limits, those that an operator put in their place, the project's own."""
    of_class = quotas.class_limits(tx, DEFAULT_CLASS)
    return {**DEFAULT_LIMITS, **of_class, **quotas.limits_of(tx, project_id)}


def project_meant(tx: Tx, caller: Caller, reference: str) -> str:
    """Return the id of the project of that name or id, empty: the caller's own.

    Raises Forbidden for another's when not admin, NotFound, Conflict (ambiguous).
    """
    if reference in ("", caller.project_id, caller.project_name):
        return caller.project_id
    require_admin(caller, "see or change another project's quotas")
    return projects.find(tx, reference).id


def _check_limits(limits: Mapping[str, int]) -> None:
    for resource, limit in limits.items():
        _check_limit(resource, limit)


def _check_use(tx: Tx, project_id: str, limits: Mapping[str, int]) -> None:
    """Raise InvalidRequest for a limit below what is used, in nova's words."""
    used = quotas.usage_of(tx, project_id)
    for resource, limit in limits.items():
        least = getattr(used, resource, 0)
        if UNLIMITED < limit < least:
            raise InvalidRequest(
                f"Quota limit {limit} for {resource} must be greater than or equal to "
                f"already used and reserved {least}.",
                code="quota-below-use",
                hint="--force sets it all the same; what is used stays",
                facts={"resource": resource, "limit": limit, "used": least},
            )


def _check_class(name: str) -> None:
    if name not in ("", DEFAULT_CLASS):
        raise NotFound(
            f"there is no quota class {shown(name[:64])}",
            code="quota-class-not-found",
            hint=f'"{DEFAULT_CLASS}" is the only one',
        )


def _check_limit(resource: str, limit: int) -> None:
    if resource not in DEFAULT_LIMITS:
        raise InvalidRequest(
            f"there is no quota for {shown(resource[:64])}",
            code="unknown-quota",
            hint="one of " + ", ".join(sorted(DEFAULT_LIMITS)),
        )
    if not UNLIMITED <= limit <= MAX_LIMIT:
        raise InvalidRequest(
            f"{limit} is no limit for {resource}",
            code="invalid-quota",
            hint=f"0 to {MAX_LIMIT}, or {UNLIMITED} for unlimited",
        )


def _exceeded(wanted: Usage, used: Usage, limits: Mapping[str, int]) -> QuotaExceeded:
    over = [
        (name, getattr(wanted, name), getattr(used, name), limits[name])
        for name in _NOVAS_WORDS
        if 0 <= limits[name] < getattr(wanted, name) + getattr(used, name)
    ]
    words = ", ".join(_NOVAS_WORDS[name] for name, *_ in over)
    requested, in_use, allowed = (
        ", ".join(str(row[column]) for row in over) for column in (1, 2, 3)
    )
    facts: dict[str, Fact] = {
        name: {"requested": asked, "used": had, "limit": limit} for name, asked, had, limit in over
    }
    return QuotaExceeded(
        f"Quota exceeded for {words}: Requested {requested}, "
        f"but already used {in_use} of {allowed} {words}",
        hint="delete servers that are not needed, or ask an admin for more",
        facts=facts,
    )
