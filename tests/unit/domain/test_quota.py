"""Quotas."""

from __future__ import annotations

from dataclasses import fields

from vmctld.domain.quota import DEFAULT_LIMITS, Usage


def test_what_instances_use_is_limited() -> None:
    assert {field.name for field in fields(Usage)} <= set(DEFAULT_LIMITS)
