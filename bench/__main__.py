"""``make bench``: all figures, or those whose names are given.

usage: python -m bench [boots] [split] [scheduling] [bus] [waiting] [cli] [lists] [upload] [rules]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from bench import boots, bus, cli, lists, rules, scheduling, split, upload, waiting
from bench.table import Row, show

GUEST = Path(__file__).parent.parent / "build" / "tiny.qcow2"
FIGURES: dict[str, Callable[[], list[Row]]] = {
    "boots": lambda: boots.measure(GUEST),
    "split": lambda: split.measure(GUEST),
    "scheduling": scheduling.measure,
    "bus": bus.measure,
    "waiting": lambda: waiting.measure(GUEST),
    "cli": cli.measure,
    "lists": lambda: lists.measure(GUEST),
    "upload": upload.measure,
    "rules": rules.measure,
}


def main() -> None:
    """Measure and print."""
    wanted = sys.argv[1:] or list(FIGURES)
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} CPUs")
    for name in wanted:
        show(name, FIGURES[name]())
    print(f"\nload {os.getloadavg()[0]:.2f} at the end")


if __name__ == "__main__":
    main()
