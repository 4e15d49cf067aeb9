"""The parts that carry a boot from its entry to its host: outbox, scheduler, conductor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from vmctld.bus.base import Bus, CallFailed, Delivery, Settle
from vmctld.compute.conductor.builds import Builds
from vmctld.compute.conductor.copies import Copies
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.conductor.deletes import Deletes
from vmctld.compute.conductor.handlers import Conductor
from vmctld.compute.conductor.hosts import Hosts
from vmctld.compute.conductor.ports import (
    BuildTokens,
    ImageRemover,
    PortReleaser,
    ProjectQuota,
    VolumeReleaser,
)
from vmctld.compute.conductor.snapshots import Snapshots
from vmctld.compute.conductor.steady_tokens import SteadyTokens
from vmctld.compute.conductor.task_tokens import TaskTokens
from vmctld.compute.conductor.tasks import Tasks
from vmctld.compute.messages import API_ADDRESS, CONDUCTOR_ADDRESS, SCHEDULER_ADDRESS, Placed
from vmctld.compute.outbox import Outbox
from vmctld.compute.scheduler.handlers import Scheduler
from vmctld.domain.clock import Clock
from vmctld.storage.database import Database

log = structlog.get_logger(__name__)

SCHEDULER_WORKERS = 2  # a decision is a claim, and claims are one at a time anyway
CONDUCTOR_WORKERS = 4
API_WORKERS = 1


@dataclass(frozen=True, slots=True)
class ConductorNeeds:
    """What the conductor gets from the other services."""

    tokens: BuildTokens
    ports: PortReleaser
    volumes: VolumeReleaser
    quota: ProjectQuota
    images: ImageRemover


def serve_scheduler(
    database: Database,
    outbox: Outbox,
    bus: Bus,
    clock: Clock,
    hears_hosts: Callable[[], bool] = lambda: True,
) -> None:
    """Have a scheduler take the requests of its queue."""
    scheduler = Scheduler(database, outbox, bus, clock, hears_hosts=hears_hosts)
    bus.serve(SCHEDULER_ADDRESS, scheduler.handle, pool="scheduler", workers=SCHEDULER_WORKERS)


def serve_conductor(
    database: Database,
    outbox: Outbox,
    bus: Bus,
    clock: Clock,
    needs: ConductorNeeds,
    build_timeout_s: float,
) -> None:
    """Have a conductor take the messages of its queue."""
    tokens = SteadyTokens(needs.tokens, clock)
    builds = Builds(database, outbox, bus, tokens, clock, build_timeout_s)
    deletes = Deletes(
        database, outbox, bus, needs.ports, needs.volumes, needs.quota, clock, needs.images
    )
    tasks = Tasks(database, outbox, bus, clock)
    snapshots = Snapshots(database, needs.images)
    conductor = Conductor(
        builds,
        deletes,
        Hosts(database, bus, clock),
        Copies(database),
        tasks,
        snapshots,
        TaskTokens(database, needs.tokens),
    )
    bus.serve(CONDUCTOR_ADDRESS, conductor.handle, pool="conductor", workers=CONDUCTOR_WORKERS)


def serve_api_answers(bus: Bus, letters: DeadLetters) -> None:
    """Take the scheduler's answers to the calls of step 8, whenever they come."""

    def on_answer(delivery: Delivery, _settle: Settle) -> None:
        answer = delivery.message
        if isinstance(answer, CallFailed):
            letters.on_call_failed(answer, delivery.request_id)
        if isinstance(answer, Placed):
            log.debug("placed", instance_id=answer.instance_id, host=answer.host)

    bus.serve(API_ADDRESS, on_answer, pool="compute-api", workers=API_WORKERS)
