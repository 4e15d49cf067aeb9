"""Steps as lines."""

from __future__ import annotations

import pytest

from tests.cli.messages import a_step
from vmctl_cli.booting.steps import milliseconds, step_line
from vmctl_cli.client.traces import step_from


def test_a_line_has_number_who_what_time_and_detail() -> None:
    line = step_line(step_from(a_step(7, component="database", peer="", duration_ms=12.34)))

    assert line.split("  ")[0] == " 7" or line.startswith(" 7  database ")
    assert line.endswith("12.3 ms  detail 7")


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ({"outcome": "nothing", "detail": ""}, "nothing to do"),
        ({"outcome": "nothing"}, "nothing to do: detail 7"),
        ({"outcome": "failed"}, "FAILED: detail 7"),
        ({"outcome": "puzzled", "detail": ""}, "puzzled"),
        ({"detail": "\x1b[2J"}, "\\x1b[2J"),
        ({"detail": ""}, " ms"),
    ],
)
def test_a_line_ends_with_what_came_of_it(fields: dict[str, str], end: str) -> None:
    assert step_line(step_from(a_step(7, **fields))).endswith(end)


@pytest.mark.parametrize(
    ("duration_ms", "text"), [(0.04, "0.0 ms"), (999.0, "999.0 ms"), (61_234.5, "61.23 s")]
)
def test_durations_have_the_digits_that_matter(duration_ms: float, text: str) -> None:
    assert milliseconds(duration_ms) == text
