"""Can the host run what the image was made for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


@dataclass(frozen=True, slots=True)
class Runs:
    """What a driver can run."""

    architectures: frozenset[str]
    hypervisors: frozenset[str]
    modes: frozenset[str]


_X86 = frozenset({"x86_64", "amd64", "i686"})
_KVM = frozenset({"qemu", "kvm"})
_HVM = frozenset({"hvm"})
RUNS: Mapping[str, Runs] = {
    "qemu": Runs(_X86, _KVM, _HVM),
    "libvirt": Runs(_X86, _KVM, _HVM),
    "fake": Runs(_X86, _KVM | {"fake"}, _HVM),
}

# each thing: the properties that say it, the newest name first, and what is looked up
_KEYS = (
    ("architecture", ("hw_architecture", "architecture"), "architectures"),
    ("hypervisor", ("img_hv_type", "hypervisor_type"), "hypervisors"),
    ("VM mode", ("hw_vm_mode", "vm_mode"), "modes"),
)


def runs_the_image(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host whose driver has another architecture, hypervisor or VM mode."""
    properties = request.image_properties
    runs = RUNS.get(host.driver)
    if not properties or runs is None:
        return None
    for what, keys, field in _KEYS:
        wanted = next((properties[key] for key in keys if properties.get(key)), None)
        supported: frozenset[str] = getattr(runs, field)
        if wanted is not None and wanted.lower() not in supported:
            return f"{what} {wanted} asked for by the image, {', '.join(sorted(supported))} here"
    return None
