from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.image_properties import runs_the_image


@pytest.mark.parametrize(
    ("properties", "driver", "passes"),
    [
        ({}, "qemu", True),
        ({"hw_architecture": "x86_64"}, "qemu", True),
        ({"architecture": "aarch64"}, "qemu", False),
        ({"hw_architecture": "x86_64", "architecture": "aarch64"}, "qemu", True),
        ({"img_hv_type": "kvm"}, "fake", True),
        ({"hypervisor_type": "xen"}, "qemu", False),
        ({"hw_vm_mode": "HVM"}, "qemu", True),
        ({"vm_mode": "xen"}, "fake", False),
        ({"architecture": "aarch64"}, "of-tomorrow", True),
    ],
)
def test_a_host_runs_what_its_driver_can(
    properties: dict[str, str], driver: str, passes: bool
) -> None:
    reason = runs_the_image(a_host(driver=driver), a_request(image_properties=properties))

    assert (reason is None) is passes


def test_the_reason_says_what_was_asked_for_and_what_is_there() -> None:
    wanted = a_request(image_properties={"hw_vm_mode": "xen"})

    assert runs_the_image(a_host(), wanted) == "VM mode xen asked for by the image, hvm here"
