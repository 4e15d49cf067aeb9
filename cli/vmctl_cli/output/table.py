"""Nova's ASCII tables: ``+-|`` borders, a header, everything left-aligned.

Written out here because rich and prettytable cost more than the whole command does.
"""

from __future__ import annotations

from collections.abc import Sequence

from vmctl_cli.text import harmless, width


def render(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the table as text; a cell with several lines becomes several rows."""
    cells = [[_lines(cell) for cell in row] for row in rows]
    widths = [
        max([width(heading), *(width(line) for row in cells for line in row[index])])
        for index, heading in enumerate(headings)
    ]
    rule = "+" + "+".join("-" * (size + 2) for size in widths) + "+"
    lines = [rule, _row(headings, widths), rule]
    for row in cells:
        for number in range(max(len(cell) for cell in row)):
            lines.append(_row([cell[number] if number < len(cell) else "" for cell in row], widths))
    lines.append(rule)
    return "\n".join(lines) + "\n"


def _lines(cell: str) -> list[str]:
    return [harmless(line) for line in cell.split("\n")]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (size - width(cell)) for cell, size in zip(cells, widths, strict=True))
    return "| " + " | ".join(padded) + " |"
