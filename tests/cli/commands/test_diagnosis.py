"""``trace``, ``explain``, ``console-log``, ``instance-action``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import CREATED, a_step, all_steps
from vmctl.v1 import compute_pb2


@pytest.fixture(autouse=True)
def _traced(cloud: FakeCloud) -> None:
    cloud.answers["GetTrace"] = compute_pb2.Trace(
        instance_id="id-of-web1",
        request_id="req-1",
        steps=all_steps(attempt=2),
        attempts=[
            compute_pb2.Attempt(
                number=1,
                host="host1",
                steps=[a_step(28, outcome="failed")],
                fault=compute_pb2.Fault(code="hypervisor-failed", message="QEMU ended"),
            )
        ],
    )


def test_a_trace_for_scripts_has_steps_and_earlier_attempts(vmctl: Vmctl) -> None:
    found = json.loads(vmctl("trace", "web1", "-f", "json").out)

    assert set(found) == {"instance_id", "request_id", "steps", "attempts"}
    assert [step["number"] for step in found["steps"]] == list(range(1, 29))
    assert found["steps"][0] == {
        "number": 1,
        "name": "step 1",
        "component": "compute agent",
        "peer": "image service",
        "attempt": 2,
        "started_at": "2026-01-02T03:04:05.250Z",
        "duration_ms": 1.0,
        "outcome": "done",
        "detail": "detail 1",
    }
    assert found["attempts"][0]["host"] == "host1"
    assert found["attempts"][0]["fault"]["code"] == "hypervisor-failed"


def test_a_trace_for_people_marks_the_slowest_step(vmctl: Vmctl) -> None:
    result = vmctl("trace", "web1")

    marked = [line for line in result.out.splitlines() if "slowest" in line]
    assert [line.split("|")[1].strip() for line in marked] == ["28", "28"]  # one an attempt
    assert "attempt 1 on host1\n" in result.out
    assert "FAILED" in result.out
    assert result.err == "request req-1\n"


def test_quiet_trace_prints_the_servers_id(vmctl: Vmctl) -> None:
    assert vmctl("trace", "web1", "--quiet").out == "id-of-web1\n"


def test_explain_shows_each_hosts_reason_and_the_remedy(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ExplainInstance"] = compute_pb2.Decision(
        instance_id="id-of-web1",
        attempt=1,
        hosts_considered=2,
        verdicts=[compute_pb2.HostVerdict(host="host1", filter="ram", reason="too little")],
        remedy="64 MiB less",
    )

    result = vmctl("explain", "web1")

    assert "| host1 | ram    | too little | 0.0    |" in result.out
    assert result.err == ("no host fitted, of 2 looked at (attempt 1)\n64 MiB less\n")
    assert json.loads(vmctl("explain", "web1", "-f", "json").out)["remedy"] == "64 MiB less"


def _explained() -> compute_pb2.Decision:
    filters = [
        compute_pb2.FilterVerdict(name="RamFilter", outcome="passed"),
        compute_pb2.FilterVerdict(name="DiskFilter", outcome="passed"),
    ]
    weights = [compute_pb2.WeigherVerdict(name="RAMWeigher", multiplier=1, value=0.5, weight=0.5)]
    refusals = [
        compute_pb2.FilterVerdict(name="RamFilter", outcome="refused", reason="too little"),
        compute_pb2.FilterVerdict(name="DiskFilter", outcome="not-asked"),
    ]
    return compute_pb2.Decision(
        instance_id="id-of-web1",
        attempt=1,
        host="host1",
        hosts_considered=2,
        verdicts=[
            compute_pb2.HostVerdict(host="host1", weight=0.5, filters=filters, weights=weights),
            compute_pb2.HostVerdict(
                host="host2", filter="RamFilter", reason="too little", filters=refusals
            ),
        ],
    )


def test_explain_shows_what_became_of_each_filter_and_weigher(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    cloud.answers["ExplainInstance"] = _explained()

    out = vmctl("explain", "web1").out

    assert "| RamFilter  | 1      | 1       | 0         |" in out
    assert "| DiskFilter | 1      | 0       | 1         |" in out
    assert "| host1 | RAMWeigher | 1          | 0.5   | 0.5    |" in out
    assert "RAMWeigher" not in vmctl("explain", "web1", "-c", "host").out


def test_explained_as_json_every_host_has_every_filter_and_weight(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    cloud.answers["ExplainInstance"] = _explained()

    first, second = json.loads(vmctl("explain", "web1", "-f", "json").out)["verdicts"]

    assert first["weights"] == [
        {"name": "RAMWeigher", "multiplier": 1.0, "value": 0.5, "weight": 0.5}
    ]
    assert second["filters"][0] == {
        "name": "RamFilter",
        "outcome": "refused",
        "reason": "too little",
    }


def test_the_console_log_is_written_as_it_is_into_a_pipe(vmctl: Vmctl, cloud: FakeCloud) -> None:
    written = "Booting\r\n\x1b[1mlogin: \x1b[0m"
    cloud.answers["GetConsoleLog"] = compute_pb2.GetConsoleLogResponse(output=written.encode())

    assert vmctl("console-log", "web1").out == written
    assert cloud.last(compute_pb2.GetConsoleLogRequest).lines == 0


def test_the_length_of_the_console_log_travels(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("console-log", "--length", "20", "web1")

    assert cloud.last(compute_pb2.GetConsoleLogRequest).lines == 20
    assert vmctl("console-log", "--length", "0", "web1").out == ""
    assert vmctl("console-log", "--length", "-1", "web1").code == 2


def test_the_console_log_as_json_is_text(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["GetConsoleLog"] = compute_pb2.GetConsoleLogResponse(output=b"a\xff")

    assert json.loads(vmctl("console-log", "web1", "-f", "json").out) == {"output": "a\ufffd"}


def test_actions_are_listed_and_shown_with_their_events(vmctl: Vmctl, cloud: FakeCloud) -> None:
    event = compute_pb2.ActionEvent(event="compute_spawn", started_at=CREATED, result="Success")
    action = compute_pb2.InstanceAction(
        action="create", request_id="req-1", started_at=CREATED, events=[event]
    )
    cloud.answers["ListInstanceActions"] = compute_pb2.ListInstanceActionsResponse(actions=[action])
    cloud.answers["GetInstanceAction"] = action

    listed = vmctl("instance-action-list", "web1").out.splitlines()
    shown = json.loads(vmctl("instance-action", "web1", "req-1", "-f", "json").out)
    table = vmctl("instance-action", "web1", "req-1").out

    assert listed[3] == "| create | req-1      | -       | 2026-01-02T03:04:05Z | -          |"
    assert shown["events"][0]["event"] == "compute_spawn"
    assert shown["events"][0]["finished_at"] is None
    assert "| compute_spawn | -    | 2026-01-02T03:04:05Z | -           | Success" in table
    assert "events" not in table
    assert cloud.last(compute_pb2.GetInstanceActionRequest).request_id == "req-1"
