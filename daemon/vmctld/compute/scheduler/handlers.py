"""Steps 8 to 11: takes the request, finds a host, claims it, sends the build on its way."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from vmctld.bus.base import Bus, Delivery, Settle
from vmctld.compute import boot
from vmctld.compute.messages import (
    AGENT_PREFIX,
    CONDUCTOR_ADDRESS,
    HOSTS_CHANGED,
    INSTANCE_CHANGED,
    BuildInstance,
    HostFree,
    HostsChanged,
    InstanceChanged,
    Placed,
    PlaceInstance,
    ReleaseReserved,
    agent_address,
)
from vmctld.compute.outbox import Outbox, OutboxTx
from vmctld.compute.scheduler.decide import Ranking, rank, smallest_change
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.compute.scheduler.view import HostView
from vmctld.compute.steps import between
from vmctld.domain.clock import Clock
from vmctld.domain.host import HostState
from vmctld.domain.instance import Fault
from vmctld.domain.placement import Decision
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.errors import AlreadyExists, Forbidden, NotFound
from vmctld.observe import context, failpoints
from vmctld.observe.failpoints import Phase
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import decisions, hosts, instances, journal

log = structlog.get_logger(__name__)

ROUNDS = 3  # looks at the hosts before "no valid host" is believed


class Scheduler:
    """Serves the ``scheduler`` address.  Several may, in one process or in many."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        bus: Bus,
        clock: Clock,
        elapsed: Callable[[], float] = time.monotonic,
        hears_hosts: Callable[[], bool] = lambda: True,
    ) -> None:
        self._hears_hosts = hears_hosts
        self._database = database
        self._outbox = outbox
        self._bus = bus
        self._clock = clock
        self.view = HostView(self._load_hosts, elapsed)
        bus.subscribe(HOSTS_CHANGED, self._on_hosts_changed)

    def handle(self, delivery: Delivery, _settle: Settle) -> Placed:
        """Place one instance; asked again for one that has its host, change nothing."""
        message = delivery.message
        if not isinstance(message, PlaceInstance):
            raise NotFound(f"the scheduler knows no {type(message).__name__}")
        if delivery.sender.startswith(AGENT_PREFIX):
            raise Forbidden("that is not for agents to ask", code="not-for-agents")
        placed = self._place(message, delivery)
        self._bus.fanout(INSTANCE_CHANGED, InstanceChanged(message.instance_id))
        return placed

    def _place(self, message: PlaceInstance, delivery: Delivery) -> Placed:
        taken = [
            between(8, delivery.sent_at, delivery.taken_at, "through the scheduler's queue"),
            between(9, delivery.taken_at, self._clock()),
        ]
        request = self._request(message)
        self.view.refresh()
        for look in range(ROUNDS):
            began = self._clock()
            failpoints.hit("10", Phase.BEFORE)
            ranking = self._rank(request)
            failpoints.hit("10", Phase.AFTER_EFFECT)
            steps = [*taken, between(10, began, self._clock(), _said(ranking))]
            if ranking.candidates:
                claimed, is_stale = self._claim(message, request, ranking, steps)
                if claimed is not None or is_stale:
                    return Placed(message.instance_id, message.attempt, claimed)
            if look + 1 < ROUNDS:
                self.view.reload()
        self._refuse(message, request, ranking, steps)
        return Placed(message.instance_id, message.attempt, None)

    def _request(self, message: PlaceInstance) -> PlacementRequest:
        seed = zlib.crc32(f"{message.instance_id}/{message.attempt}".encode())
        return PlacementRequest(
            resources=message.resources,
            availability_zone=message.availability_zone,
            forced_host=message.forced_host,
            excluded_hosts=message.excluded_hosts,
            seed=seed,
            now=self._clock(),
            hears_hosts=self._hears_hosts(),
        )

    def _rank(self, request: PlacementRequest) -> Ranking:
        return rank(self.view.best_first(request.forced_host), self.view.fleet, request)

    def _claim(
        self,
        message: PlaceInstance,
        request: PlacementRequest,
        ranking: Ranking,
        steps: list[TracedStep],
    ) -> tuple[str | None, bool]:
        """Return the host claimed, if any, and whether the request was stale.

        Claim, host on the entry, journal, decision and the message to the agent are one
        transaction: after a crash there is all of it or nothing.
        """
        began = self._clock()
        try:
            failpoints.hit("11", Phase.BEFORE)
            with self._outbox.transaction("11") as posting:
                host = self._claim_one(posting, message, request, ranking.candidates)
                if host is None:
                    return None, False
                now = self._clock()
                tx = posting.tx
                if not instances.set_host(tx, message.instance_id, message.attempt, host.name, now):
                    raise _Stale
                steps.append(between(11, began, self._clock(), f"claimed on {host.name}"))
                journal.write(
                    tx, [_place_entry(message, host.name, "done", tuple(steps), None, now)]
                )
                decisions.write(tx, _decision(message, request, ranking, host.name, "", now))
                build = BuildInstance(message.instance_id, message.attempt)
                posting.post(agent_address(host.name), build)
        except (_Stale, AlreadyExists):
            log.debug("placed already, or deleted meanwhile", instance_id=message.instance_id)
            return None, True
        self.view.update(host)
        return host.name, False

    def _claim_one(
        self,
        posting: OutboxTx,
        message: PlaceInstance,
        request: PlacementRequest,
        candidates: Sequence[str],
    ) -> HostState | None:
        for name in candidates:
            host = hosts.claim(
                posting.tx, message.instance_id, name, request.resources, request.now
            )
            if host is not None:
                return host
        return None

    def _refuse(
        self,
        message: PlaceInstance,
        request: PlacementRequest,
        ranking: Ranking,
        steps: list[TracedStep],
    ) -> None:
        """Set ERROR, with counts in the fault and every host's reason in the decision.

        After a failed build the fault is that of the build; the decision has the rest.
        """
        now = self._clock()
        remedy = smallest_change(self.view.best_first(request.forced_host), request)
        fault = _no_valid_host(message, ranking, remedy, now)
        steps[-1] = between(10, steps[-1].started_at, now, fault.message, Outcome.FAILED)
        with self._outbox.transaction("10:refuse") as posting:
            tx = posting.tx
            # No host is left because builds failed: what they failed of is what the user needs.
            cause = _last_failure(tx, message) or fault
            if not instances.fail(
                tx, message.instance_id, message.attempt, cause, now, unplaced=True
            ):
                return
            journal.write(tx, [_place_entry(message, None, "failed", tuple(steps), fault, now)])
            decisions.write(tx, _decision(message, request, ranking, None, remedy, now))
            posting.post(CONDUCTOR_ADDRESS, ReleaseReserved(message.instance_id))

    def _load_hosts(self) -> Sequence[HostState]:
        with self._database.read() as tx:
            return hosts.everything(tx)

    def _on_hosts_changed(self, news: object) -> None:
        if not isinstance(news, HostsChanged):
            return
        if news.reload:
            self.view.forget()
        for host in news.hosts:
            self.view.apply(host)


class _Stale(Exception):
    """Rolls the claim back: the entry is not this attempt's to place any more."""


def free_of(host: HostState) -> HostFree:
    """Return what schedulers are told about a host whose claims changed."""
    return HostFree(
        host.name,
        host.free_vcpus,
        host.free_ram_mib,
        host.free_disk_gib,
        host.instances,
        host.generation,
    )


def _last_failure(tx: Tx, message: PlaceInstance) -> Fault | None:
    """Return why the attempt before this one failed; None when this is the first."""
    if message.attempt == 1:
        return None
    entries = journal.of_instance(tx, message.instance_id, "boot")
    faults = [e.fault for e in entries if e.attempt < message.attempt and e.fault is not None]
    return faults[-1] if faults else None


def _said(ranking: Ranking) -> str:
    fitting = len(ranking.candidates)
    return f"{ranking.hosts_considered} hosts looked at, {fitting} fit"


def _no_valid_host(message: PlaceInstance, ranking: Ranking, remedy: str, now: datetime) -> Fault:
    total = ranking.hosts_considered
    counts = ", ".join(f"{name} refused {n}" for name, n in ranking.refusals.most_common())
    if total == 0:
        where = f" named {message.forced_host}" if message.forced_host else ""
        text = f"No valid host was found: there is no compute host{where}."
    elif not counts:
        text = f"No valid host was found: the last room on {total} hosts was just taken."
    else:
        text = f"No valid host was found: of {total} hosts {counts}."
    return Fault(
        code="no-valid-host",
        message=text,
        hint=remedy or "vmctl explain SERVER shows each host's reason",
        step=10,
        component=boot.SCHEDULER,
        created_at=now,
        request_id=context.current().request_id,
        facts={
            "hosts": total,
            "refusals": dict(ranking.refusals),
            "vcpus": message.resources.vcpus,
            "ram_mib": message.resources.ram_mib,
            "disk_gib": message.resources.disk_gib,
        },
    )


def _place_entry(
    message: PlaceInstance,
    host: str | None,
    state: str,
    steps: tuple[TracedStep, ...],
    fault: Fault | None,
    now: datetime,
) -> journal.JournalEntry:
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


def _decision(
    message: PlaceInstance,
    request: PlacementRequest,
    ranking: Ranking,
    host: str | None,
    remedy: str,
    now: datetime,
) -> Decision:
    return Decision(
        instance_id=message.instance_id,
        attempt=message.attempt,
        seed=request.seed,
        host=host,
        hosts_considered=ranking.hosts_considered,
        verdicts=ranking.verdicts,
        remedy=remedy,
        created_at=now,
    )
