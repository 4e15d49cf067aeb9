"""What every call carries, and when it is made again."""

from __future__ import annotations

import re
import threading
import time

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl_cli.client import calls

AWAY = Failure(grpc.StatusCode.UNAVAILABLE)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow each other at once."""
    monkeypatch.setattr("vmctl_cli.client.calls.RETRY_DELAYS_S", (0.001, 0.001))


def test_a_call_carries_token_request_id_and_when_it_was_sent(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    vmctl("list")

    metadata = cloud.calls[0].metadata
    assert metadata["authorization"] == "Bearer vmt_0"
    assert re.fullmatch(
        r"req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(metadata["x-request-id"])
    )
    assert abs(float(str(metadata["x-sent-at"])) - time.time()) < 60


def test_signing_in_needs_no_token(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VMCTL_TOKEN")

    vmctl("login", "--username", "ada", "--password-stdin", stdin="wrong")

    assert "authorization" not in cloud.calls[0].metadata


def test_reading_is_tried_again_while_the_daemon_is_away(
    vmctl: Vmctl, cloud: FakeCloud, impatient: None
) -> None:
    cloud.fail("ListInstances", AWAY, AWAY)

    assert vmctl("list").code == 0
    assert cloud.methods() == ["ListInstances"] * 3


def test_trying_again_ends(vmctl: Vmctl, cloud: FakeCloud, impatient: None) -> None:
    cloud.fail("ListInstances", AWAY, AWAY, AWAY, AWAY)

    assert vmctl("list").code == 8
    assert cloud.methods() == ["ListInstances"] * 3


def test_trying_again_ends_at_the_timeout(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmctl_cli.client.calls.RETRY_DELAYS_S", (0.001, 5.0))
    cloud.fail("ListInstances", AWAY, AWAY)

    assert vmctl("list", "--timeout", "2").code == 8
    assert cloud.methods() == ["ListInstances"] * 2


def test_a_daemon_that_is_away_for_long_is_told_of_once(
    vmctl: Vmctl, cloud: FakeCloud, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmctl_cli.client.calls.TELL_AFTER_S", 0.0)
    told = "the daemon does not answer; trying again for a while\n"

    cloud.fail("ListInstances", AWAY, AWAY)
    assert vmctl("list").err == told
    cloud.fail("ListInstances", AWAY, AWAY)
    assert vmctl("list", "-f", "json").err == ""


def test_what_may_take_long_is_tried_for_a_cold_start() -> None:
    assert 13 <= sum(calls.LONG_RETRY_DELAYS_S) <= 17


def test_writing_is_not_tried_again(vmctl: Vmctl, cloud: FakeCloud, impatient: None) -> None:
    cloud.fail("CreateVolume", AWAY)

    assert vmctl("volume-create", "1").code == 8
    assert cloud.methods() == ["CreateVolume"]


def test_other_failures_of_reading_are_not_tried_again(
    vmctl: Vmctl, cloud: FakeCloud, impatient: None
) -> None:
    cloud.fail("ListInstances", Failure(grpc.StatusCode.INTERNAL))

    assert vmctl("list").code == 1
    assert cloud.methods() == ["ListInstances"]


def test_a_daemon_that_is_back_is_found(
    vmctl: Vmctl, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket without a listener, as after a crash; then somebody serves it."""
    monkeypatch.setattr("vmctl_cli.client.calls.RETRY_DELAYS_S", (0.1,) * 100)
    cloud.stop()
    cloud.socket.touch()
    restart = threading.Timer(0.3, lambda: (cloud.socket.unlink(), cloud.start()))
    restart.start()

    assert vmctl("list").code == 0
    restart.join()


def test_a_call_ends_at_its_timeout(vmctl: Vmctl, cloud: FakeCloud) -> None:
    release = threading.Event()

    def late(_request: object) -> None:
        release.wait(10)

    cloud.answers["ListInstances"] = late

    result = vmctl("list", "--timeout", "0.2")
    release.set()

    assert result.code == 8
    assert "ERROR (TimedOut): the daemon did not answer in time" in result.err


def test_debug_tells_the_calls_but_not_the_token(vmctl: Vmctl) -> None:
    err = vmctl("list", "--debug").err

    assert re.fullmatch(r"debug: ListInstancesRequest OK [0-9.]+ ms req-[0-9a-f-]+\n", err)
