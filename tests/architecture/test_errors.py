"""Every failure that a caller can tell apart has one gRPC status and one exit code."""

from __future__ import annotations

import re

import grpc
import pytest

from vmctl_cli import errors as cli_errors
from vmctld import errors
from vmctld.wire.status import STATUS_OF_CLASS

CLASSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, errors.VmctlError)
    and kind is not errors.VmctlError
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_error_has_a_status_and_a_code_of_its_own(kind: type[errors.VmctlError]) -> None:
    assert kind in STATUS_OF_CLASS
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.default_code)
    assert [one.default_code for one in CLASSES].count(kind.default_code) == 1


def test_no_status_is_one_that_grpc_keeps_for_itself() -> None:
    assert grpc.StatusCode.UNKNOWN not in STATUS_OF_CLASS.values()
    assert grpc.StatusCode.OK not in STATUS_OF_CLASS.values()


def test_only_what_may_pass_by_itself_is_worth_repeating() -> None:
    assert {kind for kind in CLASSES if kind.retryable} == {errors.Unavailable, errors.TimedOut}


def test_the_command_line_has_errors_of_its_own() -> None:
    assert not any(
        isinstance(kind, type) and issubclass(kind, errors.VmctlError)
        for kind in vars(cli_errors).values()
    )
