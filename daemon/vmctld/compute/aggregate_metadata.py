"""What an aggregate may say: free keys and values, and those that the scheduler understands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vmctld.compute.hypervisors import LEAST_RATIO, MOST_RATIO
from vmctld.compute.scheduler.filters import io_ops, num_instances
from vmctld.domain.names import check_name, check_text, shown
from vmctld.errors import InvalidRequest
from vmctld.storage.repositories.host_rules import RATIO_KEYS

MAX_ITEMS = 128
MAX_VALUE_CHARS = 255
_KEY = re.compile(r"[a-zA-Z0-9_.:-]{1,255}", re.ASCII)
_COUNTS = (io_ops.KEY, num_instances.KEY)


def changed_metadata(now: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return the metadata after ``changes``; None takes a key away.  Raises InvalidRequest."""
    after = dict(now)
    for key, value in changes.items():
        if value is None:
            after.pop(key, None)
        else:
            after[_checked_key(key)] = _checked_value(key, value)
    if len(after) > MAX_ITEMS:
        raise _invalid(f"{len(after)} metadata items", f"{MAX_ITEMS} at most")
    return after


def checked_zone(name: str) -> str:
    """Return the name of a zone; no colon, which separates it from a host in ``zone:host``."""
    zone = check_name(name, "availability zone")
    if ":" in zone:
        raise _invalid("the name of the availability zone holds a ':'", "leave it out")
    return zone


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise _invalid(f"{shown(key[:64])} is no key", "letters, digits and '_.:-'")
    return key


def _checked_value(key: str, value: str) -> str:
    text = check_text(value, f"value of {key}", MAX_VALUE_CHARS)
    if key in RATIO_KEYS and not _is_ratio(text):
        raise _invalid(
            f"{shown(text[:32])} is no {key}", f"a number from {LEAST_RATIO} to {MOST_RATIO:.0f}"
        )
    if key in _COUNTS and not text.isdecimal():
        raise _invalid(f"{shown(text[:32])} is no {key}", "a whole number, 0 or more")
    return text


def _is_ratio(text: str) -> bool:
    try:
        return LEAST_RATIO <= float(text) <= MOST_RATIO
    except ValueError:
        return False


def _invalid(problem: str, hint: str) -> InvalidRequest:
    return InvalidRequest(problem, code="invalid-aggregate-metadata", hint=hint)
