"""Nova's tables."""

from __future__ import annotations

from vmctl_cli.output.table import render


def test_a_cell_with_several_lines_becomes_several_rows() -> None:
    assert render(["A", "B"], [["x", "1\n22"]]) == (
        "+---+----+\n| A | B  |\n+---+----+\n| x | 1  |\n|   | 22 |\n+---+----+\n"
    )


def test_a_table_without_rows_has_its_header() -> None:
    assert render(["A"], []) == "+---+\n| A |\n+---+\n+---+\n"
