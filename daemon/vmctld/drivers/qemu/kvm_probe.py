"""Runs a tiny guest on the raw KVM interface and prints ``works``, or why it does not.

A script for a process of its own (``kvm.py`` starts it): a KVM that emulates may stay in the
kernel for minutes, and only a signal ends that.  Standard library alone, so that it starts in
some 15 ms.  Numbers are those of Linux's ``include/uapi/linux/kvm.h``.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import signal
import struct

# What kvm_probe.S assembles to; the commands are there.
GUEST_CODE = bytes.fromhex("""
    fa66b8200000000f22e066b8004000000f22d866b9800000c00f32660d000100000f30660f011690100f20c0
    660d010000800f22c066ea3d100000080031c031d2bb0100000031c9488d3d21000000f0480fc70f750db900
    2d3101ffc975fcb04beb02b05866ba0105eef4ebfd0f1f000000000000000000000000000000000000000000
    0000000000000000009b20000f0080100000
""")
CODE_ADDRESS = 0x1000
TABLES_ADDRESS = 0x4000
GUEST_BYTES = 0x10000
WORKS = ord("K")
LIMIT_S = 0.5  # fifty times what a processor needs

KVM_API_VERSION = 12
KVM_GET_API_VERSION = 0xAE00
KVM_CREATE_VM = 0xAE01
KVM_GET_VCPU_MMAP_SIZE = 0xAE04
KVM_GET_SUPPORTED_CPUID = 0xC008AE05
KVM_CREATE_VCPU = 0xAE41
KVM_SET_USER_MEMORY_REGION = 0x4020AE46
KVM_SET_TSS_ADDR = 0xAE47
KVM_RUN = 0xAE80
KVM_SET_REGS = 0x4090AE82
KVM_GET_SREGS = 0x8138AE83
KVM_SET_SREGS = 0x4138AE84
KVM_SET_CPUID2 = 0x4008AE90
KVM_EXIT_IO = 2
KVM_EXIT_INTR = 10

TSS_ADDRESS = 0xFFFBD000  # below the firmware's place, where QEMU has it too
CPUID_ENTRIES = 256


def page_tables() -> bytes:
    """Return three pages that map the first 2 MiB to themselves, writable."""
    present_writable, large = 0x3, 0x80
    entries = (
        TABLES_ADDRESS + 0x1000 | present_writable,
        TABLES_ADDRESS + 0x2000 | present_writable,
        present_writable | large,
    )
    return b"".join(struct.pack("<Q", entry).ljust(mmap.PAGESIZE, b"\0") for entry in entries)


def guest_memory() -> mmap.mmap:
    """Return the guest's RAM with its code and page tables in it."""
    memory = mmap.mmap(-1, GUEST_BYTES)
    memory[CODE_ADDRESS : CODE_ADDRESS + len(GUEST_CODE)] = GUEST_CODE
    tables = page_tables()
    memory[TABLES_ADDRESS : TABLES_ADDRESS + len(tables)] = tables
    return memory


def make_vcpu(kvm: int, memory: mmap.mmap) -> int:
    """Return the descriptor of a vCPU that stands at the first instruction, in real mode."""
    vm = fcntl.ioctl(kvm, KVM_CREATE_VM, 0)
    fcntl.ioctl(vm, KVM_SET_TSS_ADDR, TSS_ADDRESS - (1 << 32))
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    region = struct.pack("=IIQQQ", 0, 0, 0, GUEST_BYTES, address)
    fcntl.ioctl(vm, KVM_SET_USER_MEMORY_REGION, region)
    vcpu = fcntl.ioctl(vm, KVM_CREATE_VCPU, 0)
    cpuid = bytearray(8 + 40 * CPUID_ENTRIES)
    struct.pack_into("=I", cpuid, 0, CPUID_ENTRIES)
    fcntl.ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid)
    fcntl.ioctl(vcpu, KVM_SET_CPUID2, cpuid)
    special = bytearray(312)
    fcntl.ioctl(vcpu, KVM_GET_SREGS, special)
    struct.pack_into("=QIH", special, 0, 0, 0xFFFF, 0)  # cs: base, limit, selector
    fcntl.ioctl(vcpu, KVM_SET_SREGS, bytes(special))
    rip_and_flags = (CODE_ADDRESS, 0x2)
    fcntl.ioctl(vcpu, KVM_SET_REGS, struct.pack("=18Q", *([0] * 16), *rip_and_flags))
    return vcpu


def run_guest() -> str:
    """Return ``works``, or what the guest's end was instead."""
    kvm = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    version = fcntl.ioctl(kvm, KVM_GET_API_VERSION)
    if version != KVM_API_VERSION:
        return f"its interface has version {version}"
    memory = guest_memory()
    vcpu = make_vcpu(kvm, memory)
    shared = mmap.mmap(vcpu, fcntl.ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE))
    reason = KVM_EXIT_INTR
    while reason == KVM_EXIT_INTR:
        fcntl.ioctl(vcpu, KVM_RUN, 0)
        (reason,) = struct.unpack_from("=I", shared, 8)
    if reason != KVM_EXIT_IO:
        (detail,) = struct.unpack_from("=I", shared, 32)
        return f"a guest ended with KVM exit {reason} ({detail}) in kernel mode"
    (offset,) = struct.unpack_from("=Q", shared, 40)
    return "works" if shared[offset] == WORKS else "a guest computed a wrong result"


def main() -> None:
    """Print the verdict; a guest that takes too long ends the process by SIGALRM."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        verdict = run_guest()
    except OSError as error:
        verdict = f"{error.strerror}"
    print(verdict)


if __name__ == "__main__":
    main()
