"""``boot``: what it prints, what it waits for, how it ends."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from tests.cli.messages import a_step, all_steps, an_instance, building
from vmctl.v1 import compute_pb2
from vmctl_cli.booting import waiting

BOOT = ("boot", "--flavor", "m1.nano", "--image", "tiny")
FAULT = compute_pb2.Fault(
    code="no-valid-host",
    message="No valid host was found: 2 hosts have too little RAM",
    hint="take a smaller flavor",
    step=10,
    component="scheduler",
    request_id="req-1",
    facts_json='{"refusals": {"ram": 2}}',
)
BROKEN_LINE = Failure(grpc.StatusCode.UNAVAILABLE)


@pytest.fixture(autouse=True)
def _accepts(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    _accept(cloud, building())
    monkeypatch.setattr(waiting, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr("vmctl_cli.client.calls.LONG_RETRY_DELAYS_S", (0.001, 0.001))


def _accept(cloud: FakeCloud, *servers: compute_pb2.Instance) -> None:
    cloud.answers["BootInstance"] = compute_pb2.BootInstanceResponse(
        instances=servers, reservation_id="r-1"
    )


def _tell(cloud: FakeCloud, *streams: list[Any]) -> None:
    """Let each watch get the next of ``streams``."""
    left = list(streams)
    cloud.answers["WatchInstance"] = lambda _request: left.pop(0)


def seen(server: compute_pb2.Instance, *steps: Any) -> compute_pb2.WatchInstanceResponse:
    return compute_pb2.WatchInstanceResponse(instance=server, steps=steps)


def test_without_poll_it_answers_at_once(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl(*BOOT, "web1", "-f", "json")

    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out)["status"] == "BUILD"
    assert cloud.methods() == ["BootInstance"]


def test_several_servers_are_a_list(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _accept(cloud, building("web-1"), building("web-2"))

    found = json.loads(vmctl(*BOOT, "--min-count", "2", "web", "-f", "json").out)

    assert [one["name"] for one in found] == ["web-1", "web-2"]


def test_the_reservation_alone_is_printed_on_demand(vmctl: Vmctl) -> None:
    result = vmctl(*BOOT, "--return-reservation-id", "web1", "-f", "value")

    assert result.out == "r-1\n"


@pytest.mark.parametrize("option", ["--poll", "--wait"])
def test_poll_waits_with_novas_words_and_prints_the_server_as_it_runs(
    vmctl: Vmctl, cloud: FakeCloud, option: str
) -> None:
    _tell(cloud, [seen(building(), a_step(14)), seen(an_instance(), *all_steps())])

    result = vmctl(*BOOT, option, "web1", "-f", "yaml")

    assert result.code == 0
    assert result.err == (
        "\nServer building... 0% complete\nServer building... 100% complete\nFinished\n"
    )
    assert "status: ACTIVE\n" in result.out
    assert cloud.methods() == ["BootInstance", "WatchInstance"]


def test_a_script_that_polls_for_json_finds_no_progress_beside_it(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    _tell(cloud, [seen(an_instance(), *all_steps())])

    result = vmctl(*BOOT, "--poll", "web1", "-f", "json")

    assert result.err == ""
    assert json.loads(result.out)["status"] == "ACTIVE"


def test_trace_prints_each_step_once_as_it_arrives(vmctl: Vmctl, cloud: FakeCloud) -> None:
    first, rest = all_steps()[:14], all_steps()[14:]
    _tell(
        cloud,
        [seen(building(), *first), BROKEN_LINE],
        [seen(an_instance(), *first, *rest)],
    )

    result = vmctl(*BOOT, "--trace", "web1")

    lines = result.out.splitlines()
    assert [int(line.split()[0]) for line in lines[:28]] == list(range(1, 29))
    assert "14 compute agent -> image service step 14" in " ".join(lines[13].split())
    assert "14.0 ms  detail 14" in lines[13]
    assert lines[28].startswith("+---")
    assert (result.code, result.err) == (0, "")


def test_beside_json_the_steps_go_to_stderr(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _tell(cloud, [seen(an_instance(), *all_steps())])

    result = vmctl(*BOOT, "--trace", "web1", "-f", "json")

    assert json.loads(result.out)["status"] == "ACTIVE"
    assert len(result.err.splitlines()) == 28


def test_a_second_attempt_is_announced(vmctl: Vmctl, cloud: FakeCloud) -> None:
    failed = a_step(28, outcome="failed", detail="QEMU ended")
    _tell(cloud, [seen(an_instance(), failed, a_step(8, attempt=2, outcome="nothing"))])

    lines = vmctl(*BOOT, "--trace", "web1").out.splitlines()

    assert lines[0].endswith("FAILED: QEMU ended")
    assert lines[1] == "attempt 2, on another host:"
    assert lines[2].endswith("nothing to do: detail 8")


def test_a_boot_that_fails_prints_its_fault_and_exits_9(vmctl: Vmctl, cloud: FakeCloud) -> None:
    failed = building(status="ERROR", vm_state="error", fault=FAULT)
    _tell(cloud, [seen(failed)])
    cloud.answers["ExplainInstance"] = compute_pb2.Decision(
        verdicts=[
            compute_pb2.HostVerdict(host="host1", filter="ram", reason="64 MiB free, 128 asked"),
            compute_pb2.HostVerdict(host="host2"),
        ],
    )

    result = vmctl(*BOOT, "--poll", "web1")

    assert result.code == 9
    assert "| host1 | ram    | 64 MiB free, 128 asked |" in result.err
    assert "host2" not in result.err
    assert result.err.endswith(
        "ERROR (NoValidHost): step 10, scheduler: No valid host was found: 2 hosts have too "
        "little RAM\nhint: take a smaller flavor\n"
    )
    assert "| ERROR" in result.out


def test_with_json_the_fault_is_an_error_object(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _tell(cloud, [seen(building(status="ERROR", fault=FAULT))])

    result = vmctl(*BOOT, "--poll", "web1", "-f", "json")

    error = json.loads(result.err)["error"]
    assert result.code == 9
    assert (error["code"], error["request_id"]) == ("no-valid-host", "req-1")
    assert error["facts"] == {
        "refusals": {"ram": 2},
        "instance_id": "id-of-web1",
        "step": 10,
        "component": "scheduler",
    }
    assert json.loads(result.out)["fault"]["step"] == 10


def test_a_server_without_a_fault_still_fails_in_words(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _tell(cloud, [seen(building(status="ERROR"))])

    result = vmctl(*BOOT, "--poll", "web1")

    assert result.code == 9
    assert "ERROR (BuildFailed): server web1 is in ERROR" in result.err


@pytest.mark.parametrize(
    "end", [[seen(building(status="DELETED"))], [Failure(grpc.StatusCode.NOT_FOUND, "not-found")]]
)
def test_a_server_deleted_meanwhile_is_told_as_such(
    vmctl: Vmctl, cloud: FakeCloud, end: list[Any]
) -> None:
    _tell(cloud, [seen(building()), *end])

    result = vmctl(*BOOT, "--poll", "web1")

    assert result.code == 9
    assert "server web1 was deleted while it was being built" in result.err


def test_a_daemon_that_restarts_is_waited_for(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _tell(cloud, [seen(building()), BROKEN_LINE], [BROKEN_LINE], [], [seen(an_instance())])

    assert vmctl(*BOOT, "--poll", "web1").code == 0


def test_a_daemon_that_stays_away_is_given_up(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
    _tell(cloud, [BROKEN_LINE], [BROKEN_LINE])

    assert vmctl(*BOOT, "--poll", "web1").code == 8


def test_a_refusal_while_waiting_ends_the_wait(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _tell(cloud, [Failure(grpc.StatusCode.PERMISSION_DENIED, "forbidden")])

    assert vmctl(*BOOT, "--poll", "web1").code == 4


def test_timeout_bounds_the_wait(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _tell(cloud, *[[seen(building()), BROKEN_LINE] for _ in range(1000)])

    result = vmctl(*BOOT, "--poll", "--timeout", "0.5", "web1")

    assert result.code == 8
    assert "ERROR (TimedOut): server web1 has not settled after 0.5 s" in result.err
    assert "vmctl show id-of-web1" in result.err
    assert "Error building" not in result.err
    assert "| BUILD" in result.out


def test_of_several_servers_the_highest_code_counts(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _accept(cloud, building("web-1"), building("web-2"))
    _tell(
        cloud,
        [seen(building("web-1", status="ERROR", fault=FAULT))],
        [seen(an_instance("web-2"))],
    )

    result = vmctl(*BOOT, "--max-count", "2", "--poll", "web", "-f", "json")

    assert result.code == 9
    assert [one["status"] for one in json.loads(result.out)] == ["ERROR", "ACTIVE"]


def test_a_boot_asks_again_with_the_same_key_while_the_daemon_is_away(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    cloud.fail("BootInstance", BROKEN_LINE, BROKEN_LINE)

    assert vmctl(*BOOT, "web1").code == 0
    assert cloud.methods() == ["BootInstance"] * 3


def test_quiet_prints_the_ids_of_all(vmctl: Vmctl, cloud: FakeCloud) -> None:
    _accept(cloud, building("web-1"), building("web-2"))

    assert vmctl(*BOOT, "--max-count", "2", "web", "--quiet").out == "id-of-web-1\nid-of-web-2\n"


@pytest.mark.parametrize("option", ["--min-count", "--max-count"])
def test_a_count_that_no_call_can_carry_is_wrong_usage(vmctl: Vmctl, option: str) -> None:
    result = vmctl(*BOOT, option, "99999999999999999999", "web")

    assert result.code == 2
    assert "is not in the range" in result.err
