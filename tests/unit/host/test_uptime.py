from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clock import NOON
from vmctld.host import uptime


@pytest.mark.parametrize(
    ("up_s", "said"),
    [
        (59, "12:00:00 up 0 min,"),
        (3_540, "12:00:00 up 59 min,"),
        (3_660, "12:00:00 up  1:01,"),
        (86_400 + 36_000, "12:00:00 up 1 day, 10:00,"),
        (3 * 86_400, "12:00:00 up 3 days, 0 min,"),
    ],
)
def test_a_machine_says_how_long_it_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, up_s: int, said: str
) -> None:
    told = tmp_path / "uptime"
    told.write_text(f"{up_s}.25 12345.67\n")
    monkeypatch.setattr(uptime, "UPTIME", told)
    monkeypatch.setattr("os.getloadavg", lambda: (0.5, 1.25, 2.0))

    line = uptime.uptime_line(NOON)

    assert line == f"{said}  load average: 0.50, 1.25, 2.00"


def test_this_machine_has_such_a_line() -> None:
    assert " up " in uptime.uptime_line(NOON)
