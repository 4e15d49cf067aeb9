"""What is written down of a decision: for the journal, for ``explain``, and as a fault."""

from __future__ import annotations

from datetime import datetime

from vmctld.compute import boot
from vmctld.compute.messages import PlaceInstance
from vmctld.compute.scheduler.decide import Ranking
from vmctld.compute.scheduler.filters import FILTERS, FORCED_FILTERS
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.compute.scheduler.weighers import NAMED_MULTIPLIERS
from vmctld.domain.counting import counted
from vmctld.domain.instance import Fault
from vmctld.domain.placement import Decision
from vmctld.domain.trace import TracedStep
from vmctld.observe import context
from vmctld.storage.database import Tx
from vmctld.storage.repositories import journal


def last_failure(tx: Tx, message: PlaceInstance) -> Fault | None:
    """Return why the attempt before this one failed; None when this is the first."""
    if message.attempt == 1:
        return None
    entries = journal.of_instance(tx, message.instance_id, "boot")
    faults = [e.fault for e in entries if e.attempt < message.attempt and e.fault is not None]
    return faults[-1] if faults else None


def said(ranking: Ranking) -> str:
    """Return the outcome in a few words, for the trace."""
    fitting = len(ranking.candidates)
    return f"{counted(ranking.hosts_considered, 'host')} looked at, {fitting} fit"


def why_no_host(ranking: Ranking, only_host: str | None) -> str:
    """Return in nova's words, and with numbers, that there is no valid host."""
    total = ranking.hosts_considered
    counts = ", ".join(f"{name} refused {n}" for name, n in ranking.refusals.most_common())
    if total == 0:
        where = f" named {only_host}" if only_host else ""
        return f"No valid host was found: there is no compute host{where}."
    hosts = counted(total, "host")
    if not counts:
        return f"No valid host was found: the last room on {hosts} was just taken."
    return f"No valid host was found: of {hosts} {counts}."


def no_valid_host(message: PlaceInstance, ranking: Ranking, remedy: str, now: datetime) -> Fault:
    """Return the fault of an instance that no host takes."""
    return Fault(
        code="no-valid-host",
        message=why_no_host(ranking, message.forced_host),
        hint=remedy or "vmctl explain SERVER shows each host's reason",
        step=10,
        component=boot.SCHEDULER,
        created_at=now,
        request_id=context.current().request_id,
        facts={
            "hosts": ranking.hosts_considered,
            "refusals": dict(ranking.refusals),
            "vcpus": message.resources.vcpus,
            "ram_mib": message.resources.ram_mib,
            "disk_gib": message.resources.disk_gib,
        },
    )


def place_entry(
    message: PlaceInstance,
    host: str | None,
    state: str,
    steps: tuple[TracedStep, ...],
    fault: Fault | None,
    now: datetime,
) -> journal.JournalEntry:
    """Return what the journal keeps of steps 8 to 11."""
    return journal.JournalEntry(
        instance_id=message.instance_id,
        saga="boot",
        attempt=message.attempt,
        action="place",
        position=boot.POSITION["place"],
        state=state,
        host=host,
        started_at=steps[0].started_at,
        ended_at=now,
        fault=fault,
        steps=steps,
    )


def decision_of(
    message: PlaceInstance,
    request: PlacementRequest,
    ranking: Ranking,
    host: str | None,
    remedy: str,
    now: datetime,
) -> Decision:
    """Return the decision as ``explain`` shows it."""
    asked = FORCED_FILTERS if request.forced_host else FILTERS
    return Decision(
        instance_id=message.instance_id,
        attempt=message.attempt,
        seed=request.seed,
        host=host,
        hosts_considered=ranking.hosts_considered,
        verdicts=ranking.verdicts,
        remedy=remedy,
        created_at=now,
        filters=tuple(name for name, _ in asked),
        weighers=NAMED_MULTIPLIERS,
    )
