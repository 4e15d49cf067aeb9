"""The scheduler's decisions on the wire, and what a boot would make."""

from __future__ import annotations

from collections.abc import Iterator

from vmctl.v1 import compute_pb2, placement_pb2
from vmctld.domain.placement import Decision, Verdict
from vmctld.domain.preview import BootPreview, PreviewedServer
from vmctld.wire.convert.flavor import flavor_to_proto

PASSED, REFUSED, NOT_ASKED = "passed", "refused", "not-asked"


def decision_to_proto(decision: Decision, *, for_admin: bool) -> compute_pb2.Decision:
    """Return why a host was taken, or none; to others than admins hosts have no names."""
    names = {
        verdict.host: verdict.host if for_admin else f"host {number}"
        for number, verdict in enumerate(decision.verdicts, 1)
    }
    return compute_pb2.Decision(
        instance_id=decision.instance_id,
        attempt=decision.attempt,
        host=names.get(decision.host, "") if decision.host else "",
        verdicts=[
            _verdict(decision, verdict, names[verdict.host]) for verdict in decision.verdicts
        ],
        remedy=decision.remedy,
        hosts_considered=decision.hosts_considered,
    )


def preview_to_proto(preview: BootPreview, *, for_admin: bool) -> placement_pb2.PreviewBootResponse:
    """Return what a boot would make as a message."""
    return placement_pb2.PreviewBootResponse(
        servers=[_previewed(server, for_admin=for_admin) for server in preview.servers],
        flavor=flavor_to_proto(preview.flavor),
        image_id=preview.image_id or "",
        network_ids=preview.network_ids,
        volume_ids=preview.volume_ids,
        availability_zone=preview.availability_zone or "",
        instances_used=preview.usage.instances,
        instances_limit=preview.limits["instances"],
        cores_used=preview.usage.cores,
        cores_limit=preview.limits["cores"],
        ram_used_mib=preview.usage.ram_mib,
        ram_limit_mib=preview.limits["ram_mib"],
    )


def _previewed(server: PreviewedServer, *, for_admin: bool) -> placement_pb2.PreviewedServer:
    decision = decision_to_proto(server.decision, for_admin=for_admin)
    decision.instance_id = ""  # it was drawn to decide, and is forgotten
    return placement_pb2.PreviewedServer(
        name=server.name, hostname=server.hostname, decision=decision
    )


def _verdict(decision: Decision, verdict: Verdict, name: str) -> compute_pb2.HostVerdict:
    return compute_pb2.HostVerdict(
        host=name,
        filter=verdict.filter,
        reason=verdict.reason,
        weight=verdict.weight,
        filters=_filters(decision, verdict),
        weights=[
            compute_pb2.WeigherVerdict(
                name=weigher,
                multiplier=multiplier,
                value=value,
                weight=multiplier * value or 0.0,  # never -0
            )
            for (weigher, multiplier), value in zip(
                decision.weighers, verdict.weights, strict=False
            )
        ],
    )


def _filters(decision: Decision, verdict: Verdict) -> Iterator[compute_pb2.FilterVerdict]:
    """Yield what became of each filter: they are asked in order, up to the first refusal."""
    outcome = PASSED
    for name in decision.filters:
        if name == verdict.filter:
            yield compute_pb2.FilterVerdict(name=name, outcome=REFUSED, reason=verdict.reason)
            outcome = NOT_ASKED
        else:
            yield compute_pb2.FilterVerdict(name=name, outcome=outcome)
