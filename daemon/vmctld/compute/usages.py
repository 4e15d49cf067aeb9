"""Usage: what projects' servers used over time, in hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from vmctld.compute.quotas import project_meant
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.ownership import require_admin
from vmctld.domain.usage import Interval, ProjectUsage
from vmctld.errors import InvalidRequest
from vmctld.storage.database import Database
from vmctld.storage.repositories import usage_intervals

HOUR_S = 3600.0


class Usages:
    """Answers from the intervals that builds, resizes and ends leave behind."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(
        self, caller: Caller, project: str, started_at: datetime, ended_at: datetime
    ) -> ProjectUsage:
        """Return what one project used; the caller's own unless an admin asks.

        Raises Forbidden, InvalidRequest, NotFound, Conflict (ambiguous).
        """
        _check_period(started_at, ended_at)
        with self._database.read() as tx:
            project_id = project_meant(tx, caller, project)
            found = usage_intervals.between(tx, started_at, ended_at, project_id)
        return self._summed(project_id, found, started_at, ended_at)

    def of_all(
        self, caller: Caller, started_at: datetime, ended_at: datetime
    ) -> list[ProjectUsage]:
        """Return what each project used that used anything.  Raises Forbidden, InvalidRequest."""
        require_admin(caller, "see what all projects use")
        _check_period(started_at, ended_at)
        with self._database.read() as tx:
            found = usage_intervals.between(tx, started_at, ended_at)
        by_project = groupby(found, key=lambda interval: interval.project_id)
        return [self._summed(project, one, started_at, ended_at) for project, one in by_project]

    def _summed(
        self,
        project_id: str,
        intervals: Iterable[Interval],
        started_at: datetime,
        ended_at: datetime,
    ) -> ProjectUsage:
        """Sum up what lies in the period; what goes on has been used up to now, not further."""
        until = min(ended_at, max(self._clock(), started_at))
        servers: set[str] = set()
        cpu = ram = disk = 0.0
        for interval in intervals:
            servers.add(interval.instance_id)
            hours = _hours(interval, started_at, until)
            cpu += interval.vcpus * hours
            ram += interval.ram_mib * hours
            disk += interval.disk_gib * hours
        return ProjectUsage(project_id, started_at, ended_at, len(servers), cpu, ram, disk)


def _hours(interval: Interval, started_at: datetime, until: datetime) -> float:
    begun = max(interval.started_at, started_at)
    ended = min(interval.ended_at or until, until)
    return max((ended - begun).total_seconds(), 0.0) / HOUR_S


def _check_period(started_at: datetime, ended_at: datetime) -> None:
    if ended_at <= started_at:
        raise InvalidRequest(
            "the period ends before it begins",
            code="invalid-period",
            hint="--start is the earlier one, --end the later one",
        )
