"""``boot --dry-run``: everything up to the entry, and the decision, with nothing made.

The hosts are read from the database anew, so it agrees with a scheduler in any process; what is
decided is decided by the same functions, of the same request with the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vmctld.compute.api.admission import Admission
from vmctld.compute.api.drafts import Plan
from vmctld.compute.api.joining import check_room
from vmctld.compute.placing import place_request
from vmctld.compute.quotas import ProjectQuotas
from vmctld.compute.scheduler.asking import placement_request
from vmctld.compute.scheduler.decide import Ranking
from vmctld.compute.scheduler.look import decide, hosts_for
from vmctld.compute.scheduler.record import decision_of, why_no_host
from vmctld.compute.scheduler.remedy import smallest_change
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.compute.scheduler.view import HostView
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.clock import Clock
from vmctld.domain.host import HostState
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, Resources
from vmctld.domain.placement import Decision
from vmctld.domain.preview import BootPreview, PreviewedServer
from vmctld.domain.quota import Usage
from vmctld.errors import Fact, NoValidHost, QuotaExceeded
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import hosts

REASONS_TOLD = 10  # of single hosts, in an error


class Previews:
    """Says what a boot would come to."""

    def __init__(
        self, database: Database, admission: Admission, quotas: ProjectQuotas, clock: Clock
    ) -> None:
        self._database = database
        self._admission = admission
        self._quotas = quotas
        self._clock = clock

    def preview(self, caller: Caller, request: BootRequest) -> BootPreview:
        """Return what would be made and where.

        Raises what the boot itself would be refused with, and NoValidHost where the boot would be
        accepted and end in ERROR.
        """
        plan, drafts = self._admission.draft(caller, request)
        with self._database.read() as tx:
            within, usage = self._within_quota(tx, plan, drafts)
            limits = self._quotas.limits_of(tx, caller.project_id)
        view = HostView(self._hosts)
        view.reload()
        servers = []
        taken: list[str] = []
        for draft in within:
            decision = self._decide(caller, view, draft, taken)
            servers.append(PreviewedServer(draft.name, draft.hostname, decision))
            taken.append(decision.host or "")
        return BootPreview(
            servers=tuple(servers),
            flavor=plan.flavor,
            image_id=plan.image.id if plan.image else None,
            network_ids=tuple(nic.network_id for nic in plan.nics),
            volume_ids=tuple(volume.volume_id for volume in plan.volumes),
            availability_zone=plan.zone,
            usage=usage,
            limits=limits,
        )

    def _within_quota(
        self, tx: Tx, plan: Plan, drafts: Sequence[Instance]
    ) -> tuple[Sequence[Instance], Usage]:
        """Return those that the quota has room for, and the use with them."""
        project_id, flavor, least = drafts[0].project_id, plan.flavor, plan.request.min_count
        self._quotas.check_metadata_items(tx, project_id, len(plan.request.metadata))
        for count in range(len(drafts), least - 1, -1):
            wanted = Usage(count, count * flavor.vcpus, count * flavor.ram_mib)
            try:
                usage = self._quotas.check(tx, project_id, wanted)
            except QuotaExceeded:
                if count == least:
                    raise
            else:
                break
        if plan.wishes.group_id:
            check_room(tx, self._quotas, project_id, plan.wishes.group_id, count)
        return drafts[:count], usage

    def _decide(
        self, caller: Caller, view: HostView, draft: Instance, taken: Sequence[str]
    ) -> Decision:
        message, now = place_request(draft), self._clock()
        request = _with_those_before(placement_request(self._database, message, now), taken)
        ranking = decide(view, request)
        if not ranking.candidates:
            remedy = smallest_change(hosts_for(view, request), request)
            raise _no_valid_host(caller, request, ranking, remedy)
        (host,) = view.best_first(ranking.candidates[0])
        view.claimed(_claimed(host, request.resources))
        return decision_of(message, request, ranking, host.name, "", now)

    def _hosts(self) -> Sequence[HostState]:
        with self._database.read() as tx:
            return hosts.everything(tx)


def _claimed(host: HostState, wanted: Resources) -> HostState:
    """Return ``host`` as a claim would leave it."""
    return replace(
        host,
        free_vcpus=host.free_vcpus - wanted.vcpus,
        free_ram_mib=host.free_ram_mib - wanted.ram_mib,
        free_disk_gib=host.free_disk_gib - wanted.disk_gib,
        instances=host.instances + 1,
        generation=host.generation + 1,
    )


def _with_those_before(request: PlacementRequest, taken: Sequence[str]) -> PlacementRequest:
    """Return the request as it is when the servers before it are on their hosts."""
    group = request.group
    if group is None or not taken:
        return request
    members = dict(group.members)
    for host in taken:
        members[host] = members.get(host, 0) + 1
    return replace(request, group=replace(group, members=members))


def _no_valid_host(
    caller: Caller, request: PlacementRequest, ranking: Ranking, remedy: str
) -> NoValidHost:
    facts: dict[str, Fact] = {
        "hosts": ranking.hosts_considered,
        "refusals": dict(ranking.refusals),
        "vcpus": request.resources.vcpus,
        "ram_mib": request.resources.ram_mib,
        "disk_gib": request.resources.disk_gib,
    }
    if caller.is_admin:  # the names of hosts are the operator's
        facts["reasons"] = [
            {"host": one.host, "filter": one.filter, "reason": one.reason[:200]}
            for one in ranking.verdicts[:REASONS_TOLD]
        ]
    return NoValidHost(why_no_host(ranking, request.only_host), hint=remedy, facts=facts)
