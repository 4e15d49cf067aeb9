"""Disks as QEMU is told of them: a block node over a file, and the device that shows it.

On the command line and by its monitor the same words are used, so a disk that was there at the
start and one that came later have the same names.
"""

from __future__ import annotations


def volume_node(attachment_id: str) -> str:
    """Return the volume's name inside QEMU, which holds 31 bytes: found by attachment id."""
    return "v-" + attachment_id.replace("-", "")[:29]


def device_id(node: str) -> str:
    """Return the id of the device that shows ``node`` to the guest."""
    return f"disk-{node}"


def fdset_path(number: int) -> str:
    """Return the name under which QEMU opens what it was handed as a descriptor."""
    return f"/dev/fdset/{number}"


def disk_node(
    name: str, disk_format: str, filename: str, *, read_only: bool, backing: str | None = None
) -> dict[str, object]:
    """Return a block node over one file, of a format that is never guessed."""
    file = {"driver": "file", "filename": filename, "read-only": read_only}
    node: dict[str, object] = {
        "driver": disk_format,
        "node-name": name,
        "read-only": read_only,
        "discard": "unmap",
        "file": file,
    }
    if disk_format == "qcow2":
        node["backing"] = backing  # null is an order too: follow no header to another file
    return node


def disk_device(node: str, serial: str, boot_index: int | None = None) -> dict[str, object]:
    """Return the disk that the guest sees, with its serial in /sys/block/*/serial."""
    disk: dict[str, object] = {
        "driver": "virtio-blk-pci",
        "id": device_id(node),
        "drive": node,
        "serial": serial,
    }
    if boot_index is not None:
        disk["bootindex"] = boot_index
    return disk
