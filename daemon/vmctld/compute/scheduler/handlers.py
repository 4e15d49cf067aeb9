"""Steps 8 to 11: takes the request, finds a host, claims it, sends the build on its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from vmctld.bus.base import Bus, Delivery, Settle
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
from vmctld.compute.scheduler.asking import placement_request
from vmctld.compute.scheduler.decide import Ranking
from vmctld.compute.scheduler.look import decide, hosts_for
from vmctld.compute.scheduler.record import (
    decision_of,
    last_failure,
    no_valid_host,
    place_entry,
    said,
)
from vmctld.compute.scheduler.remedy import smallest_change
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.compute.scheduler.view import HostView
from vmctld.compute.steps import between
from vmctld.domain.clock import Clock
from vmctld.domain.host import HostState
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.errors import AlreadyExists, Forbidden, NotFound
from vmctld.observe import failpoints, metrics
from vmctld.observe.failpoints import Phase
from vmctld.storage.database import Database
from vmctld.storage.repositories import decisions, hosts, instances, journal, server_groups

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
        self.view.refresh()
        for look in range(ROUNDS):
            began = self._clock()
            failpoints.hit("10", Phase.BEFORE)
            request = self._request(message)
            ranking = decide(self.view, request)
            failpoints.hit("10", Phase.AFTER_EFFECT)
            steps = [*taken, between(10, began, self._clock(), said(ranking))]
            if ranking.candidates:
                claimed, is_stale = self._claim(message, request, ranking, steps)
                if claimed is not None or is_stale:
                    return Placed(message.instance_id, message.attempt, claimed)
            if look + 1 < ROUNDS:
                self.view.reload()
        self._refuse(message, request, ranking, steps)
        return Placed(message.instance_id, message.attempt, None)

    def _request(self, message: PlaceInstance) -> PlacementRequest:
        return placement_request(
            self._database, message, self._clock(), hears_hosts=self._hears_hosts()
        )

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
                    tx, [place_entry(message, host.name, "done", tuple(steps), None, now)]
                )
                decisions.write(tx, decision_of(message, request, ranking, host.name, "", now))
                build = BuildInstance(message.instance_id, message.attempt)
                posting.post(agent_address(host.name), build)
        except (_Stale, AlreadyExists):
            log.debug("placed already, or deleted meanwhile", instance_id=message.instance_id)
            return None, True
        self.view.claimed(host)
        return host.name, False

    def _claim_one(
        self,
        posting: OutboxTx,
        message: PlaceInstance,
        request: PlacementRequest,
        candidates: Sequence[str],
    ) -> HostState | None:
        """Claim on the first that still has room, and still keeps the group's hard policy.

        The group is locked: of two that are placed at once, the second sees the first.
        """
        group = request.group
        if group is not None and group.policy.is_hard and message.wishes.group_id:
            group = server_groups.on_hosts(posting.tx, message.wishes.group_id, lock=True)
        for name in candidates:
            if group is not None and not group.allows(name):
                continue
            host = hosts.claim(
                posting.tx, message.instance_id, name, request.resources, request.now
            )
            if host is not None:
                return host
            metrics.current().claim_retried()
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
        remedy = smallest_change(hosts_for(self.view, request), request)
        fault = no_valid_host(message, ranking, remedy, now)
        steps[-1] = between(10, steps[-1].started_at, now, fault.message, Outcome.FAILED)
        with self._outbox.transaction("10:refuse") as posting:
            tx = posting.tx
            # No host is left because builds failed: what they failed of is what the user needs.
            cause = last_failure(tx, message) or fault
            if not instances.fail(
                tx, message.instance_id, message.attempt, cause, now, unplaced=True
            ):
                return
            journal.write(tx, [place_entry(message, None, "failed", tuple(steps), fault, now)])
            decisions.write(tx, decision_of(message, request, ranking, None, remedy, now))
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
        host.build_failures,
    )
