from __future__ import annotations

import pytest

from vmctld.drivers.base import newer_attempt, require_instance_id
from vmctld.errors import InvalidRequest


def test_a_canonical_uuid_is_an_instance_id() -> None:
    instance_id = "8f5a5b0e-6f2d-4a53-9c0f-0c7a2f1f0001"

    assert require_instance_id(instance_id) == instance_id


@pytest.mark.parametrize(
    "instance_id",
    [
        "",
        "web",
        "../../etc",
        "8F5A5B0E-6F2D-4A53-9C0F-0C7A2F1F0001",
        "8f5a5b0e6f2d4a539c0f0c7a2f1f0001",
        "{8f5a5b0e-6f2d-4a53-9c0f-0c7a2f1f0001}",
    ],
)
def test_anything_else_is_not(instance_id: str) -> None:
    with pytest.raises(InvalidRequest):
        require_instance_id(instance_id)


def test_a_late_attempt_is_told_which_one_is_here() -> None:
    error = newer_attempt("i", here=3, asked=2)

    assert error.facts == {"instance_id": "i", "attempt_here": 3, "attempt_asked": 2}
