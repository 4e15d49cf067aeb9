"""Flavors."""

from __future__ import annotations

from vmctld.domain.flavor import FIRST_FLAVORS


def test_the_first_flavors_are_novas() -> None:
    assert {f.name: (f.id, f.vcpus, f.ram_mib, f.disk_gib) for f in FIRST_FLAVORS} == {
        "m1.nano": ("42", 1, 128, 1),
        "m1.tiny": ("1", 1, 512, 1),
        "m1.small": ("2", 1, 2048, 20),
        "m1.medium": ("3", 2, 4096, 40),
        "m1.large": ("4", 4, 8192, 80),
        "m1.xlarge": ("5", 8, 16384, 160),
    }
