"""What a user sees while a server is being built."""

from __future__ import annotations

import pytest

from tests.cli.messages import a_step, building
from vmctl_cli.booting import progress
from vmctl_cli.booting.progress import ProgressLine
from vmctl_cli.client.server_records import server_from
from vmctl_cli.client.traces import Watched, step_from


def _watched(*numbers: int) -> Watched:
    steps = tuple(step_from(a_step(number)) for number in numbers)
    return Watched(server_from(building()), steps, None)


def _shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, well: bool | None) -> str:
    written: list[str] = []
    monkeypatch.setattr(progress, "error_is_terminal", lambda: terminal)
    monkeypatch.setattr(progress, "write_error", written.append)
    line = ProgressLine()
    line.begin()
    for watched in (_watched(), _watched(1, 2, 14), _watched(7), _watched(28)):
        line.saw(watched)
    line.end(well=well)
    return "".join(written)


def test_on_a_terminal_one_line_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(monkeypatch, terminal=True, well=True) == (
        "\n\rServer building... 0% complete"
        "\rServer building... 50% complete"
        "\rServer building... 99% complete"
        "\rServer building... 100% complete\nFinished\n"
    )


def test_elsewhere_two_lines_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(monkeypatch, terminal=False, well=True) == (
        "\nServer building... 0% complete\nServer building... 100% complete\nFinished\n"
    )


def test_a_wait_that_ends_before_the_building_says_nothing_of_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _shown(monkeypatch, terminal=False, well=None) == "\nServer building... 0% complete\n"


def test_a_failure_is_told_in_novas_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(monkeypatch, terminal=True, well=False).endswith("\nError building server\n")
