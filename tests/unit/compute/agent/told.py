"""What an agent has told the conductor of a build."""

from __future__ import annotations

from tests.unit.compute.agent.parts import OneAgent
from vmctld.compute import messages as m
from vmctld.domain.trace import TracedStep


def steps_of(one: OneAgent) -> list[TracedStep]:
    """Return all steps that the agent wrote down, in order."""
    (load,) = one.bus.told_of(m.LoadInstance)[:1]
    records = [r for p in one.bus.told_of(m.RecordProgress) for r in p.records]
    records += [success.record for success in one.bus.told_of(m.BuildSucceeded)]
    return [*load.dispatch, *(step for record in records for step in record.steps)]


def failure_of(one: OneAgent) -> m.BuildFailed:
    """Return the one failure that the agent reported."""
    (failure,) = one.bus.told_of(m.BuildFailed)
    assert isinstance(failure, m.BuildFailed)
    return failure
