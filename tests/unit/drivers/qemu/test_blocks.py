from __future__ import annotations

from tests.support.machines import an_id
from vmctld.drivers.qemu.blocks import device_id, disk_device, disk_node, volume_node


def test_a_volumes_name_inside_qemu_fits_and_is_its_attachments() -> None:
    one, other = an_id(), an_id()

    assert len(volume_node(one)) <= 31
    assert volume_node(one) != volume_node(other)
    assert volume_node(one).removeprefix("v-") in one.replace("-", "")


def test_a_header_never_says_what_lies_under_a_disk() -> None:
    assert disk_node("v-1", "qcow2", "/dev/fdset/1", read_only=False)["backing"] is None
    assert "backing" not in disk_node("v-1", "raw", "/dev/fdset/1", read_only=False)


def test_a_disk_that_is_not_booted_from_has_no_boot_index() -> None:
    assert "bootindex" not in disk_device("v-1", "serial")
    assert disk_device("v-1", "serial", 3)["bootindex"] == 3
    assert disk_device("v-1", "serial")["id"] == device_id("v-1")
