"""``--name`` of what needs none."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud


@pytest.mark.parametrize("name", ["", "  "])
@pytest.mark.parametrize(
    "making",
    [("volume-create", "1"), ("subnet-create", "net", "10.30.0.0/24"), ("port-create", "net")],
    ids=lambda words: words[0],
)
def test_a_name_that_is_none_is_refused_before_anything_is_asked(
    vmctl: Vmctl, cloud: FakeCloud, making: tuple[str, ...], name: str
) -> None:
    ran = vmctl(*making, "--name", name)

    assert ran.code == 2
    assert "is empty" in ran.err
    assert cloud.requests == []
