"""Can the host do what the flavor's ``capabilities:`` extra specs ask for?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vmctld.compute.scheduler.filters.extra_spec import matches
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState

SCOPE = "capabilities:"
FACTS: Mapping[str, Callable[[HostState], object]] = {
    "hypervisor_type": lambda host: host.driver,
    "hypervisor_hostname": lambda host: host.name,
    "host": lambda host: host.name,
    "vcpus_total": lambda host: host.vcpus,
    "free_ram_mb": lambda host: host.free_ram_mib,
    "total_usable_ram_mb": lambda host: host.ram_mib,
    "free_disk_mb": lambda host: host.free_disk_gib * 1024,
    "num_instances": lambda host: host.instances,
    "num_io_ops": lambda host: host.io_ops,
}
"""What is known of hosts; nova's names and units."""
NAMES = ("host", "hypervisor_hostname")  # the operator's: reasons do not tell them


def has_capabilities(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host that lacks a capability, or whose value is not the one asked for."""
    for key, wanted in request.extra_specs.items():
        if not key.startswith(SCOPE):
            continue
        name = key.removeprefix(SCOPE)
        fact = FACTS.get(name)
        if fact is None:
            return f"nothing is known of its {name}, {wanted!r} asked for"
        value = str(fact(host))
        if matches(value, wanted):
            continue
        if name in NAMES:
            return f"{name} is another, {wanted!r} asked for"
        return f"{name} is {value}, {wanted!r} asked for"
    return None
