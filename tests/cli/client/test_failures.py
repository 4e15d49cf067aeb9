"""Reading what a failed call carries."""

from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from vmctl_cli.client.failures import DETAILS_KEY, failure_from
from vmctl_cli.errors import CliError


class _Failed(grpc.RpcError, grpc.Call):
    """A call that failed with this in its trailing metadata."""

    def __init__(
        self,
        trailing: tuple[tuple[str, bytes], ...] | None,
        code: grpc.StatusCode = grpc.StatusCode.ABORTED,
    ) -> None:
        self._trailing, self._code = trailing, code

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return "what happened"

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...] | None:
        return self._trailing


for _abstract in _Failed.__abstractmethods__:
    setattr(_Failed, _abstract, lambda self: None)
_Failed.__abstractmethods__ = frozenset()


def _failure(trailing: tuple[tuple[str, bytes], ...] | None) -> CliError:
    return failure_from(_Failed(trailing), endpoint="unix:///s", request_id="req-1")


def _packed(**metadata: str) -> tuple[tuple[str, bytes], ...]:
    status = status_pb2.Status(code=10)
    info = error_details_pb2.ErrorInfo(reason="NAME_TAKEN", domain="vmctl", metadata=metadata)
    status.details.add().Pack(error_details_pb2.DebugInfo(detail="skipped"))
    status.details.add().Pack(info)
    return ((DETAILS_KEY, status.SerializeToString()),)


def test_all_that_the_daemon_says_is_kept() -> None:
    failure = _failure(
        _packed(
            hint="h",
            facts='{"a": 1}',
            request_id="req-2",
            retryable="true",
            **{"class": "Conflict"},
        )
    )

    assert failure.as_json()["error"] == {
        "code": "name-taken",
        "message": "what happened",
        "hint": "h",
        "facts": {"a": 1},
        "request_id": "req-2",
        "retryable": True,
    }
    assert (failure.class_name, failure.exit_code) == ("Conflict", 5)


@pytest.mark.parametrize("facts", ["", "{", "[1]"])
def test_facts_that_make_no_sense_are_none(facts: str) -> None:
    assert _failure(_packed(facts=facts)).facts == {}


@pytest.mark.parametrize(
    "trailing",
    [None, (), ((DETAILS_KEY, b"\xff"),), ((DETAILS_KEY, b""),), (("other", b"x"),)],
)
def test_without_details_the_status_still_counts(
    trailing: tuple[tuple[str, bytes], ...] | None,
) -> None:
    failure = _failure(trailing)

    assert (failure.code, failure.exit_code) == ("conflict", 5)
    assert failure.request_id == "req-1"


def test_a_call_that_the_daemon_cut_off_says_that_it_is_being_shut_down() -> None:
    cut_off = _Failed(None, grpc.StatusCode.CANCELLED)

    failure = failure_from(cut_off, endpoint="unix:///s", request_id="req-1")

    assert failure.exit_code == 8
    assert "shut down" in failure.message
