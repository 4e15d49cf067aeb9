"""Every stable error code is made to happen by a test, which calls it by its name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from scripts import error_codes

TESTS = Path(__file__).parents[1]
CODES = sorted({line.split("\t")[0] for line in error_codes.lines().splitlines()})
NOT_NAMED = frozenset(
    """
    agent-not-located already-exists bad-session-file bus-library-missing call-interrupted
    cause-unknown claimed-already console-ended database-closed database-connection-lost
    database-locked disk-not-grown empty-stream forced-host-forbidden host-network-failed
    invalid-credentials invalid-hint invalid-key invalid-minimum invalid-period invalid-port
    invalid-ratio invalid-request invalid-setting invalid-text invalid-visibility
    machine-record-unreadable machine-undead memory-not-saved multiple-networks
    no-image-to-rebuild no-image-to-rescue no-keyring no-rescue-image not-being-deleted
    not-for-agents not-your-action not-your-instance nothing-to-change output-failed
    quota-class-not-found reason-unexpected rebuild-of-volume token-not-found unauthenticated
    unavailable unreadable-file volume-not-made
    """.split()  # noqa: SIM905 - words, not a list that somebody edits line by line
)
"""Told by their class or exit code, or not made to happen yet: these may only become fewer."""


@cache
def _texts() -> str:
    here = Path(__file__)
    return "\n".join(path.read_text() for path in TESTS.rglob("*.py") if path != here)


def _is_named(code: str) -> bool:
    pattern = re.escape(code).replace(r"\*", "[a-z-]+")
    return re.search(f"[\"']{pattern}[\"']", _texts()) is not None


@pytest.mark.parametrize("code", CODES)
def test_a_test_makes_the_code_happen(code: str) -> None:
    assert code in NOT_NAMED or _is_named(code), "no test asks for this code"


def test_what_is_excused_exists() -> None:
    assert set(CODES) >= NOT_NAMED
