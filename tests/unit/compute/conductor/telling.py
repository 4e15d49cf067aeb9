"""What an agent tells of a build, as tests of both its ends say it."""

from __future__ import annotations

from tests.support.clock import NOON
from tests.support.instances import a_fault
from tests.unit.compute.conductor.parts import Parts
from vmctld.compute import messages as m
from vmctld.domain.instance import Address, Instance
from vmctld.domain.trace import TracedStep
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, journal

DISPATCH = (TracedStep(12, NOON, 1.0), TracedStep(13, NOON, 1.0))
ADDRESS = Address("private", "10.20.0.5", "p-1", "fa:16:3e:00:00:01")


def load(parts: Parts, instance: Instance, attempt: int = 1) -> m.BuildData:
    """Ask for a build, as its agent does first."""
    answer = parts.say(m.LoadInstance(instance.id, attempt, DISPATCH))
    assert isinstance(answer, m.BuildData)
    return answer


def record(parts: Parts, instance: Instance, *records: m.ActionRecord) -> m.ProgressAnswer:
    """Write down how actions went."""
    answer = parts.say(m.RecordProgress(instance.id, instance.attempt, records))
    assert isinstance(answer, m.ProgressAnswer)
    return answer


def succeed(parts: Parts, instance: Instance) -> bool:
    """Say that the machine runs; return whether it is still wanted."""
    done = m.ActionRecord("spawn", "done", (TracedStep(28, NOON, 5.0),))
    answer = parts.say(
        m.BuildSucceeded(instance.id, instance.attempt, done, (ADDRESS,), 4711, "kvm")
    )
    assert isinstance(answer, m.ProgressAnswer)
    return answer.go_on


def fail(parts: Parts, instance: Instance, *, elsewhere: bool = True) -> None:
    """Say that the build failed."""
    failed = m.ActionRecord("spawn", "failed", fault=a_fault())
    parts.say(m.BuildFailed(instance.id, instance.attempt, (failed,), a_fault(), elsewhere))


def states(database: Database, instance: Instance) -> dict[str, str]:
    """Return in which state each action of the attempt is."""
    with database.read() as tx:
        entries = journal.of_instance(tx, instance.id, "boot")
    return {entry.action: entry.state for entry in entries if entry.attempt == instance.attempt}


def claims(database: Database, host: str = "a") -> int:
    """Return how many instances a host is claimed for."""
    with database.read() as tx:
        return next(one.instances for one in hosts.everything(tx) if one.name == host)
