from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from vmctld.drivers.qemu import kvm_probe

SOURCE = Path(kvm_probe.__file__).with_name("kvm_probe.S")


def the_guest_on_an_emulated_processor(directory: Path) -> int:
    """Return the byte that the guest's code reports where there is no KVM to doubt."""
    # The firmware is one far jump to the code; QEMU's debug port ends it with what was written.
    firmware = bytearray(0x10000)
    firmware[0xFFF0:0xFFF5] = b"\xea" + kvm_probe.CODE_ADDRESS.to_bytes(4, "little")
    loads = {
        "code": (kvm_probe.GUEST_CODE, kvm_probe.CODE_ADDRESS),
        "tables": (kvm_probe.page_tables(), kvm_probe.TABLES_ADDRESS),
    }
    (directory / "firmware").write_bytes(firmware)
    command = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-m", "16"]
    command += ["-accel", "tcg", "-cpu", "max", "-bios", str(directory / "firmware")]
    command += ["-device", "isa-debug-exit,iobase=0x501,iosize=1"]
    for name, (content, address) in loads.items():
        (directory / name).write_bytes(content)
        loader = f"loader,file={directory / name},addr={address:#x},force-raw=on"
        command += ["-device", loader]
    status = subprocess.run(command, check=False, timeout=60).returncode
    return status >> 1  # the device exits with 2 * byte + 1


def test_the_guest_works_on_an_honest_processor(tmp_path: Path) -> None:
    assert the_guest_on_an_emulated_processor(tmp_path) == kvm_probe.WORKS


@pytest.mark.skipif(shutil.which("as") is None, reason="needs binutils to assemble")
def test_the_guests_code_is_what_its_source_assembles_to(tmp_path: Path) -> None:
    """By the commands in the source's head."""
    assembled, linked = tmp_path / "kvm_probe.o", tmp_path / "kvm_probe.bin"
    subprocess.run(["as", "--64", "-o", assembled, SOURCE], check=True)
    layout = ["-Ttext=0x1000", "--oformat=binary"]
    subprocess.run(["ld", *layout, "-o", linked, assembled], check=True)

    assert linked.read_bytes() == kvm_probe.GUEST_CODE


def test_the_page_tables_map_the_first_two_megabytes() -> None:
    tables = kvm_probe.page_tables()

    entries = [int.from_bytes(tables[at : at + 8], "little") for at in (0, 0x1000, 0x2000)]
    assert entries == [0x5003, 0x6003, 0x83]
