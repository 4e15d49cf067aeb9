from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from vmctld.app.failpoints import arm_failpoints
from vmctld.compute.messages import BuildInstance
from vmctld.errors import InvalidRequest
from vmctld.observe import failpoints

SPEC = "step=12;phase=before;do=drop"


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


def _settings(failpoint: str | None, *, enabled: bool) -> Any:
    return SimpleNamespace(failpoint=failpoint, enable_failpoints=enabled)


def _is_armed() -> bool:
    return failpoints.copies("12", failpoints.Phase.BEFORE) == 0


def test_without_the_second_word_nothing_is_armed() -> None:
    assert arm_failpoints(_settings(SPEC, enabled=False)) is None

    assert not _is_armed()


def test_what_was_asked_for_twice_is_armed() -> None:
    tap = arm_failpoints(_settings(SPEC, enabled=True))

    assert tap is not None
    assert tap.at_send("agent.a", BuildInstance("i-1", 1)).copies == 0


def test_a_daemon_without_failpoints_disarms_what_was_armed() -> None:
    failpoints.arm(SPEC)

    assert arm_failpoints(_settings(None, enabled=True)) is None

    assert not _is_armed()


def test_a_failpoint_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        arm_failpoints(_settings("step=12;do=explode", enabled=True))
