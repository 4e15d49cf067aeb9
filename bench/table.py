"""One form for all figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what, how much, against which floor, and what was wanted."""

    what: str
    figure: str
    ratio: str
    wanted: str


def show(title: str, rows: list[Row]) -> None:
    """Print figures under a title."""
    print(f"\n{title}")
    for row in rows:
        print(f"  {row.what:34} {row.figure:34} {row.ratio:30} {row.wanted}", flush=True)
