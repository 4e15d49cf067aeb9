from __future__ import annotations

import time
from typing import cast

from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.settling import CpuSamples


class ProcessWith:
    """A process that has used the CPU it is told to."""

    cpu: float | None = 0.0

    def cpu_s(self) -> float | None:
        return self.cpu


class Bench:
    """Samples under a clock of the test's."""

    def __init__(self) -> None:
        self.process = ProcessWith()
        self.samples = CpuSamples()
        self.began = time.monotonic()

    def is_idle_at(self, seconds: float, cpu_s: float | None) -> bool:
        self.process.cpu = cpu_s
        return self.samples.is_idle(cast(QemuProcess, self.process), self.began + seconds)


def test_a_guest_that_computes_has_not_settled() -> None:
    bench = Bench()

    assert [bench.is_idle_at(t, cpu_s=t) for t in (1.5, 2.0, 2.5, 3.0)] == [False] * 4


def test_a_guest_that_has_gone_quiet_has() -> None:
    bench = Bench()
    bench.is_idle_at(3.0, cpu_s=3.0)

    assert bench.is_idle_at(3.6, cpu_s=3.1)


def test_a_young_guest_has_not_however_quiet() -> None:
    bench = Bench()
    bench.is_idle_at(0.1, cpu_s=0.0)

    assert not bench.is_idle_at(0.9, cpu_s=0.0)


def test_one_sample_tells_nothing() -> None:
    assert not Bench().is_idle_at(60.0, cpu_s=5.0)


def test_samples_close_together_are_measured_against_an_old_one() -> None:
    bench = Bench()
    for tenths in range(20, 30):
        bench.is_idle_at(tenths / 10, cpu_s=2.0 + (tenths - 20) / 10)

    quiet = [bench.is_idle_at(tenths / 10, cpu_s=2.9) for tenths in range(30, 40)]

    assert not quiet[0]
    assert quiet[-1]


def test_a_process_that_is_gone_has_settled() -> None:
    assert Bench().is_idle_at(0.0, cpu_s=None)
