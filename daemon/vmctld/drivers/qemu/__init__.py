"""Machines as QEMU processes: JSON arguments, QMP, descriptors; no libvirt, no root needed."""

from vmctld.drivers.qemu.driver import QemuDriver

__all__ = ["QemuDriver"]
