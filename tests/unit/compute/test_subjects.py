"""Whom a message is about."""

from __future__ import annotations

import pytest

from tests.support.instances import an_instance
from vmctld.bus.base import Unreadable
from vmctld.compute import messages as m
from vmctld.compute.subjects import instance_of

INSTANCE = an_instance()


@pytest.mark.parametrize(
    ("message", "instance_id"),
    [
        (m.BuildInstance("i1", 1), "i1"),
        (m.DestroyInstance(INSTANCE), INSTANCE.id),
        (m.HostsReport(()), None),
        (Unreadable(b"?"), None),
    ],
)
def test_a_message_is_about_an_instance_or_about_none(
    message: object, instance_id: str | None
) -> None:
    assert instance_of(message) == instance_id
