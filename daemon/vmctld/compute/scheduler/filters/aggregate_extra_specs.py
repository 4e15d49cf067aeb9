"""Do the host's aggregates have what the flavor's extra specs ask of them?"""

from __future__ import annotations

from vmctld.compute.scheduler.filters.extra_spec import matches
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState

SCOPE = "aggregate_instance_extra_specs:"


def aggregates_have_extra_specs(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host without an aggregate that says what the flavor asks for.

    Only keys with the scope count: a flavor's other extra specs are for others.
    """
    for key, wanted in request.extra_specs.items():
        if not key.startswith(SCOPE):
            continue
        name = key.removeprefix(SCOPE)
        values = host.aggregate_metadata.get(name)
        if values is None:
            return f"no aggregate of it has {name}, {wanted!r} asked for"
        if not any(matches(value, wanted) for value in values):
            return f"its aggregates have {name} {', '.join(sorted(values))}, {wanted!r} asked for"
    return None
