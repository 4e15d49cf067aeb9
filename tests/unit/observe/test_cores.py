"""One core for the daemon, every core for what it starts, another one when ours is crowded."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from vmctld.observe.cores import Look, busy_seconds, quieter_core

STAT = """\
cpu  300 0 100 900 0 0 0 0 0 0
cpu0 200 0 50 400 10 0 0 0 0 0
cpu1 100 0 50 500 10 5 10 0 0 0
intr 12345 0 0
"""
BOTH = frozenset({0, 1})
IN_A_PROCESS = """
import os, subprocess, sys, threading
from vmctld.observe.cores import Cores
every = os.sched_getaffinity(0)
cores = Cores()
cores.settle()
seen = []
thread = threading.Thread(target=lambda: seen.append(len(os.sched_getaffinity(0))))
thread.start()
thread.join()
ask = [sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"]
with cores.roaming():
    child = int(subprocess.run(ask, capture_output=True, check=True).stdout)
print(seen == [1], child == len(every), len(os.sched_getaffinity(0)) == 1)
"""


def test_threads_keep_to_one_core_and_programs_get_all() -> None:
    program = [sys.executable, "-c", textwrap.dedent(IN_A_PROCESS)]

    done = subprocess.run(program, capture_output=True, text=True, timeout=60)

    assert done.stdout.split() == ["True", "True", "True"], done.stderr


def test_a_core_is_busy_with_all_but_idling_and_waiting() -> None:
    ticks = os.sysconf("SC_CLK_TCK")

    assert busy_seconds(STAT) == {0: 250 / ticks, 1: 165 / ticks}


@pytest.mark.parametrize(
    ("own_s", "home_s", "other_s", "goes_to"),
    [
        pytest.param(9.0, 10.0, 1.0, None, id="only we are busy here"),
        pytest.param(2.0, 10.0, 1.0, 1, id="others use our core"),
        pytest.param(2.0, 10.0, 9.0, None, id="the other core is no quieter"),
    ],
)
def test_the_daemon_moves_when_others_crowd_its_core(
    own_s: float, home_s: float, other_s: float, goes_to: int | None
) -> None:
    before = Look(0.0, 0.0, {0: 0.0, 1: 0.0})
    after = Look(10.0, own_s, {0: home_s, 1: other_s})

    assert quieter_core(before, after, 0, BOTH) == goes_to


def test_a_core_that_is_gone_is_not_compared() -> None:
    before, after = Look(0.0, 0.0, {1: 0.0}), Look(10.0, 1.0, {1: 5.0})

    assert quieter_core(before, after, 0, BOTH) is None
