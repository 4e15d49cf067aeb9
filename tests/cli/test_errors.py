"""From a failed call to words and an exit code."""

from __future__ import annotations

import json

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl_cli.errors import CLASS_EXIT, CODE_CLASS, STATUS, CliError, class_of, render

CONTRACT = {
    "OK": 0,
    "INTERNAL": 1,
    "UNKNOWN": 1,
    "DATA_LOSS": 1,
    "INVALID_ARGUMENT": 2,
    "OUT_OF_RANGE": 2,
    "NOT_FOUND": 3,
    "UNAUTHENTICATED": 4,
    "PERMISSION_DENIED": 4,
    "ALREADY_EXISTS": 5,
    "FAILED_PRECONDITION": 5,
    "ABORTED": 5,
    "RESOURCE_EXHAUSTED": 6,
    "UNIMPLEMENTED": 7,
    "UNAVAILABLE": 8,
    "DEADLINE_EXCEEDED": 8,
    "CANCELLED": 8,
}
NO_ROOM = Failure(
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    "quota-exceeded",
    "Quota exceeded for cores: Requested 2, but already used 19 of 20 cores",
    "vmctl quota-show tells what is used",
    {"cores": {"limit": 20}},
    "QuotaExceeded",
)


def test_every_status_has_the_exit_code_of_the_contract() -> None:
    assert {status.name for status in grpc.StatusCode} == set(CONTRACT)
    assert {name: code for name, (_, code) in STATUS.items()} | {"OK": 0} == CONTRACT


@pytest.mark.parametrize("status", [one for one in grpc.StatusCode if one.value[0]])
@pytest.mark.parametrize("code", ["", "some-cause"])
def test_a_refused_call_ends_the_command_with_its_status_exit_code(
    vmctl: Vmctl, cloud: FakeCloud, status: grpc.StatusCode, code: str
) -> None:
    cloud.fail("DeleteFlavor", Failure(status, code))

    result = vmctl("flavor-delete", "small")

    assert result.code == CONTRACT[status.name]
    assert result.err.startswith("ERROR (")
    assert "Traceback" not in result.err


def test_an_error_says_class_message_and_hint(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail("BootInstance", NO_ROOM)

    result = vmctl("boot", "--flavor", "f", "--image", "i", "web1")

    assert (result.code, result.out) == (6, "")
    assert result.err == (
        "ERROR (QuotaExceeded): Quota exceeded for cores: Requested 2, but already used 19 of "
        "20 cores\nhint: vmctl quota-show tells what is used\n"
    )


@pytest.mark.parametrize("where", ["before", "after", "environment"])
def test_with_json_an_error_is_one_object_on_stderr(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    cloud.fail("BootInstance", NO_ROOM)
    command = ["boot", "--flavor", "f", "--image", "i", "web1"]
    if where == "environment":
        monkeypatch.setenv("VMCTL_FORMAT", "json")
    else:
        command = ["-f", "json", *command] if where == "before" else [*command, "--format=json"]

    result = vmctl(*command)

    assert result.out == ""
    assert json.loads(result.err) == {
        "error": {
            "code": "quota-exceeded",
            "message": NO_ROOM.message,
            "hint": NO_ROOM.hint,
            "facts": {"cores": {"limit": 20}},
            "request_id": "req-of-the-daemon",
            "retryable": False,
        }
    }


def test_wrong_usage_is_an_object_with_json_too(vmctl: Vmctl) -> None:
    result = vmctl("list", "--bogus", "-fjson")

    assert result.code == 2
    assert json.loads(result.err)["error"]["code"] == "wrong-usage"


def test_an_ambiguous_name_lists_its_matches(vmctl: Vmctl, cloud: FakeCloud) -> None:
    matches = [{"id": "1", "name": "dup"}, {"id": "2", "name": "dup"}]
    cloud.fail(
        "GetInstance",
        Failure(
            grpc.StatusCode.ABORTED,
            "ambiguous-name",
            "2 instances are named dup",
            facts={"matches": matches},
            class_name="Conflict",
        ),
    )

    result = vmctl("show", "dup")

    assert result.code == 5
    assert result.err.splitlines()[1:3] == ["  1  dup", "  2  dup"]


def test_an_error_cannot_drive_the_terminal() -> None:
    error = CliError("a\x1b[2Jb", class_name="Internal", code="internal", hint="c\x9bd")

    assert render(error, "table") == "ERROR (Internal): a\\x1b[2Jb\nhint: c\\x9bd\n"


@pytest.mark.parametrize(
    ("code", "status", "class_name"),
    [
        ("no-valid-host", None, "NoValidHost"),
        ("image-not-found", None, "NotFound"),
        ("image-not-found", "NOT_FOUND", "NotFound"),
        ("disk-exploded", None, "BuildFailed"),
        ("build-timed-out", None, "BuildFailed"),
        ("no-free-address", None, "Exhausted"),
        ("volume-in-use", None, "WrongState"),
        ("something", "ABORTED", "Conflict"),
    ],
)
def test_a_code_names_its_class(code: str, status: str | None, class_name: str) -> None:
    assert class_of(code, status) == class_name


def test_every_class_has_an_exit_code() -> None:
    assert set(CODE_CLASS.values()) <= set(CLASS_EXIT)
